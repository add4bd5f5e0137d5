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
        "no residual U-Net is made so: \(problem.message)" + (problem.hint.map { "; \($0)" } ?? ""))
    }
    return ResidualUNet(settings, channels: channels, classEmbeddings: classEmbeddings)
  }

  /// From names and shapes alone, as diffusers saves a `UNet2DModel`: channels, blocks, attention, classes and how a block
  /// is told the time. What shapes do not tell is as diffusers has it where nothing is said: heads of 8 channels, 32
  /// groups, cosines before sines, padding on both sides, no dropout.
  init(residualUNet file: Safetensors) throws(DiffusionError) {
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
    var settings = ResidualUNetSettings()
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
    self.init(
      model: ModelSettings(architecture: .unet, residual: settings), conditioning: conditioning,
      channels: try first("conv_out.weight", rank: 4), height: side, width: side,
      classes: classes)
  }
}
