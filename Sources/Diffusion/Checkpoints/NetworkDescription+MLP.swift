extension NetworkDescription {
  func makeMLP() throws(DiffusionError) -> MLP {
    let settings = model.mlp ?? MLPSettings()
    guard (1...MLPSettings.widest).contains(settings.width),
      MLPSettings.layerRange.contains(settings.layers),
      (2...MLPSettings.widest).contains(model.timeEmbeddingDim), model.timeEmbeddingDim % 2 == 0,
      (2...1024).contains(settings.inputEmbeddingDim), settings.inputEmbeddingDim % 2 == 0,
      settings.inputEmbeddingScale.isFinite, settings.inputEmbeddingScale >= 1
    else {
      throw DiffusionError(
        .badInput,
        "no multilayer perceptron has \(settings.layers) layers of \(settings.width), a time embedding "
          + "of \(model.timeEmbeddingDim) (even) and one of \(settings.inputEmbeddingDim) (even), of scale "
          + "\(settings.inputEmbeddingScale), for each coordinate")
    }
    guard height == 1, width == 1, channels <= MixtureParameters.mostDimensions else {
      throw DiffusionError(
        .badInput,
        "architecture 'mlp' takes vectors of up to \(MixtureParameters.mostDimensions) dimensions, not "
          + "images of \(channels)×\(height)×\(width): use small-unet or unet, or data that are points"
      )
    }
    guard !conditioning.augmentation else {
      throw DiffusionError(
        .badInput,
        "architecture 'mlp' is of vectors, to which nothing is done: leave conditioning.augmentation out"
      )
    }
    return MLP(
      model, conditioning: conditioning, channels: channels, classes: classes,
      timeSpan: diffusion.timeSpan, learnsVariance: diffusion.variance == .learned,
      side: side, conditionWidth: conditionWidth)
  }

  /// From names and shapes alone, as PyTorch saves it. Of an input embedding the scale is assumed to be the usual one.
  init(mlp file: Safetensors) throws(DiffusionError) {
    func matrix(_ name: String) throws(DiffusionError) -> [Int] {
      guard let shape = file.entries[name]?.shape, shape.count == 2 else {
        throw DiffusionError(
          .badInput,
          "'\(file.name)' does not hold a multilayer perceptron: one has a matrix '\(name)'")
      }
      return shape
    }
    let (input, output) = (try matrix("input.weight"), try matrix("output.weight"))
    let embedding = try matrix("time_mlp.0.weight")
    var settings = MLPSettings(width: input[0], layers: 0)
    while file.entries["layers.\(settings.layers).weight"] != nil { settings.layers += 1 }
    // Coordinates are as many as the output's or half of them: an embedded one has an odd number of values.
    let learns = input[1] == output[0] / 2 && output[0] > 1 && output[0] % 2 == 0
    let channels = max(learns ? output[0] / 2 : output[0], 1)
    if input[1] > channels {
      settings.inputEmbedding = .sinusoidal
      settings.inputEmbeddingDim = input[1] / channels - 1
    }
    var conditioning = ConditioningSettings()
    var classes = 0
    if file.entries["class_embedding.weight"] != nil {
      conditioning = ConditioningSettings(kind: .class, inject: .time)
      classes = max(try matrix("class_embedding.weight")[0], 1) - 1
    }
    self.init(
      model: ModelSettings(
        architecture: .mlp, timeEmbedding: embedding[1] == 1 ? .linear : .sinusoidal,
        timeEmbeddingDim: embedding[0], mlp: settings),
      conditioning: conditioning, channels: channels, height: 1, width: 1, classes: classes)
    if learns { diffusion.variance = .learned }
  }
}
