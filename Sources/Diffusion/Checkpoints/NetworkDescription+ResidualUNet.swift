extension NetworkDescription {
  /// Rows of the class embedding: the classes and, last, the null class; 0 without conditioning.
  var classEmbeddings: Int { conditioning.kind == .class ? classes + 1 : 0 }

  func makeResidualUNet() throws(DiffusionError) -> ResidualUNet {
    guard let settings = model.residual else {
      throw DiffusionError(
        .badInput, "architecture 'unet' comes without its settings: model.residual is missing")
    }
    if let problem = settings.problems.first {
      throw DiffusionError(
        .badInput,
        "this residual U-Net cannot be built: \(problem.message)"
          + (problem.hint.map { "; \($0)" } ?? ""))
    }
    return ResidualUNet(
      settings, channels: channels, classEmbeddings: classEmbeddings,
      learnsVariance: diffusion.variance == .learned, side: side,
      conditionWidth: conditionWidth, hearsAugmentation: conditioning.augmentation)
  }

  /// From names and shapes alone, as diffusers saves a `UNet2DModel`: channels, blocks, attention, classes and how a block
  /// is told the time.
  /// - Parameter untold: what shapes do not tell; nil: as diffusers has it where nothing is said, heads of 8 channels, 32
  ///   groups, cosines before sines, padding on both sides, no dropout.
  init(
    residualUNet file: Safetensors, untold: ResidualUNetSettings? = nil
  ) throws(DiffusionError) {
    func has(_ name: String) -> Bool { file.entries[name] != nil }
    func first(_ name: String, rank: Int) throws(DiffusionError) -> Int {
      guard let shape = file.entries[name]?.shape, shape.count == rank else {
        throw DiffusionError(
          .badInput,
          "'\(file.name)' does not hold a residual U-Net: one has '\(name)' with \(rank) sides")
      }
      return shape[0]
    }
    func count(_ prefix: String, _ suffix: String, upTo limit: Int) -> Int {
      (0..<limit).first { !has("\(prefix)\($0)\(suffix)") } ?? limit
    }
    let conv1 = ".resnets.0.conv1.weight"
    let levels = count(
      "down_blocks.", conv1, upTo: ResidualUNetSettings.levelRange.upperBound + 1)
    var settings = untold ?? ResidualUNetSettings()
    settings.blockOutChannels = []
    for level in 0..<levels {
      settings.blockOutChannels.append(try first("down_blocks.\(level)\(conv1)", rank: 4))
    }
    settings.layersPerBlock = count(
      "down_blocks.0.resnets.", ".conv1.weight",
      upTo: ResidualUNetSettings.layerRange.upperBound + 1)
    let query = ".attentions.0.to_q.weight"
    settings.downBlockTypes = (0..<levels).map {
      has("down_blocks.\($0)\(query)") ? .attention : .plain
    }
    settings.upBlockTypes = (0..<levels).map {
      has("up_blocks.\($0)\(query)") ? .attention : .plain
    }
    settings.addAttention = has("mid_block\(query)")
    if let channels = settings.blockOutChannels.first {
      let shift = try first("down_blocks.0.resnets.0.time_emb_proj.weight", rank: 2)
      // Halved, not doubled: the file says how many.
      settings.timeScaleShift = shift / 2 == channels ? .scaleShift : .default
    }
    var conditioning = ConditioningSettings()
    var classes = 0
    if has("class_embedding.weight") {
      conditioning = ConditioningSettings(kind: .class, inject: .time)
      classes = try first("class_embedding.weight", rank: 2)
      classes = max(classes, 1) - 1
    }
    let side = max(32, settings.sizeMultiple)
    let outputs = try first("conv_out.weight", rank: 4)
    let inputs = file.entries["conv_in.weight"]?.shape ?? []
    let learns = inputs.count == 4 && outputs == 2 * inputs[1]
    self.init(
      model: ModelSettings(architecture: .unet, residual: settings), conditioning: conditioning,
      channels: learns ? inputs[1] : outputs, height: side, width: side, classes: classes)
    if learns { diffusion.variance = .learned }
  }
}

extension ResidualUNetSettings {
  /// What of these the tensors of a network do not tell and matters to it, under the names of `config.json`.
  var untold: [String] {
    let hasAttention =
      addAttention || downBlockTypes.contains(.attention) || upBlockTypes.contains(.attention)
    return
      (hasAttention ? ["attention_head_dim \(attentionHeadDim.map(String.init) ?? "null")"] : [])
      + ["norm_num_groups \(normNumGroups)", "norm_eps \(normEps)"]
      + (blockOutChannels.count > 1 ? ["downsample_padding \(downsamplePadding)"] : [])
      + [
        "flip_sin_to_cos \(flipSinToCos)", "freq_shift \(freqShift)",
        "mid_block_scale_factor \(midBlockScaleFactor)",
        "center_input_sample \(centerInputSample)",
      ]
  }

  /// Options that fit every number of channels: enough to read tensors with, not to predict.
  public static var ofAnyChannels: ResidualUNetSettings {
    var settings = ResidualUNetSettings()
    (settings.normNumGroups, settings.attentionHeadDim) = (1, nil)
    return settings
  }
}
