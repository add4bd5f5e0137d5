extension NetworkDescription {
  func makeSmallUNet() throws(DiffusionError) -> SmallUNet {
    guard (1...12).contains(model.levels), (8...Self.widest).contains(model.baseChannels),
      model.baseChannels % 8 == 0, (2...Self.widest).contains(model.timeEmbeddingDim),
      model.timeEmbeddingDim % 2 == 0
    else {
      throw DiffusionError(
        .badInput,
        "no small U-Net has \(model.levels) levels, \(model.baseChannels) base channels (a multiple of 8) "
          + "and a time embedding of \(model.timeEmbeddingDim) (even)")
    }
    return SmallUNet(
      model, conditioning: conditioning, channels: channels, classes: classes,
      timeSpan: diffusion.timeSpan, learnsVariance: diffusion.variance == .learned,
      side: side, conditionWidth: conditionWidth)
  }

  /// From names and shapes alone, as PyTorch saves the small U-Net.
  init(smallUNet file: Safetensors) throws(DiffusionError) {
    func shape(_ name: String) -> [Int]? { file.entries[name]?.shape }
    guard let output = shape("output.weight"), output.count == 4,
      let first = shape("encoder.0.0.weight"), first.count == 4,
      let embedding = shape("time_mlp.0.weight"), embedding.count == 2
    else {
      throw DiffusionError(
        .badInput,
        "'\(file.name)' does not hold a supported network: a small U-Net has 'output.weight', "
          + "'encoder.0.0.weight' and 'time_mlp.0.weight', a residual one 'conv_in.weight'")
    }
    var levels = 0
    while file.entries["encoder.\(levels).0.weight"] != nil { levels += 1 }
    var model = ModelSettings(
      architecture: .smallUNet, levels: levels, baseChannels: first[0],
      timeEmbedding: embedding[1] == 1 ? .linear : .sinusoidal, timeEmbeddingDim: embedding[0])
    // Halved, not doubled: the file says how many.
    if let projection = shape("time_projection.0.weight")?.first, projection / 2 == first[0] {
      model.timeScaleShift = .scaleShift
    }
    var conditioning = ConditioningSettings()
    var classes = 0
    if let embed = shape("condition_embed.0.weight"), embed.count == 2 {
      conditioning = ConditioningSettings(kind: .class, inject: .concat)
      classes = embed[1]
    } else if let embed = shape("class_embedding.weight"), embed.count == 2 {
      conditioning = ConditioningSettings(kind: .class, inject: .time)
      classes = max(embed[0], 1) - 1
    }
    // The condition's constant channels stand beside the image's.
    let constants = file.entries["condition_embed.0.weight"] == nil ? 0 : first[0]
    let channels = max(first[1] - constants, 1)
    self.init(
      model: model, conditioning: conditioning, channels: channels, classes: classes)
    if output[0] == 2 * channels { diffusion.variance = .learned }
  }
}
