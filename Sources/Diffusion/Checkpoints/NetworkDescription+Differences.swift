import Kernels

extension NetworkDescription {
  /// An option in which two networks differ.
  struct Difference: Sendable, Hashable {
    /// As the experiment file has it.
    var option: String
    var value: String
    var other: String
  }

  /// The options that make another network of the same weights, or need others: all but dropout, the size of the images
  /// and the noise process, which say how a network is trained and used.
  func differences(from other: NetworkDescription) -> [Difference] {
    let (own, others) = (options, other.options)
    return own.compactMap { option, value in
      guard let otherValue = others.first(where: { $0.0 == option })?.1, otherValue != value else {
        return nil
      }
      return Difference(option: option, value: value, other: otherValue)
    }
  }

  private var options: [(String, String)] {
    var options = [("model.architecture", model.architecture.rawValue)]
    switch model.architecture {
    case .smallUNet:
      options += [
        ("model.levels", "\(model.levels)"), ("model.base_channels", "\(model.baseChannels)"),
        ("model.time_embedding.kind", model.timeEmbedding.rawValue),
        ("model.time_embedding.dim", "\(model.timeEmbeddingDim)"),
        ("model.resnet_time_scale_shift", model.timeScaleShift.rawValue),
      ]
    case .unet: options += model.residual?.options ?? []
    case .mlp:
      options += [
        ("model.time_embedding.kind", model.timeEmbedding.rawValue),
        ("model.time_embedding.dim", "\(model.timeEmbeddingDim)"),
      ]
      options += model.mlp?.options ?? []
    case .exact, .exactGaussian: break
    }
    options += [
      ("the images' channels", "\(channels)"), ("conditioning.kind", conditioning.kind.rawValue),
      ("conditioning.self", "\(conditioning.selfConditioning)"),
      ("conditioning.augmentation", "\(conditioning.augmentation)"),
    ]
    if let degradation = conditioning.degradation {
      options.append(("conditioning.task", degradation.task.rawValue))
    }
    if conditioning.kind == .vector {
      options.append(("data.conditions", vector?.names.joined(separator: ", ") ?? "none"))
      options.append(("the values of conditioning.categories", vector?.categoriesText ?? "none"))
    }
    if conditioning.kind == .class {
      options += [
        ("the number of classes", "\(classes)"),
        ("conditioning.inject", conditioning.inject.rawValue),
      ]
    }
    return options
  }
}

extension ResidualUNetSettings {
  fileprivate var options: [(String, String)] {
    [
      ("model.block_out_channels", "\(blockOutChannels)"),
      ("model.layers_per_block", "\(layersPerBlock)"),
      ("model.down_block_types", "[\(downBlockTypes.map(\.rawValue).joined(separator: ", "))]"),
      ("model.up_block_types", "[\(upBlockTypes.map(\.rawValue).joined(separator: ", "))]"),
      ("model.add_attention", "\(addAttention)"),
      ("model.attention_head_dim", attentionHeadDim.map(String.init) ?? "none"),
      ("model.norm_num_groups", "\(normNumGroups)"), ("model.norm_eps", "\(normEps)"),
      ("model.resnet_time_scale_shift", timeScaleShift.rawValue),
      ("model.downsample_padding", "\(downsamplePadding)"),
      ("model.flip_sin_to_cos", "\(flipSinToCos)"), ("model.freq_shift", "\(freqShift)"),
      ("model.mid_block_scale_factor", "\(midBlockScaleFactor)"),
      ("model.center_input_sample", "\(centerInputSample)"),
    ]
  }
}

extension MLPSettings {
  fileprivate var options: [(String, String)] {
    let sizes = [
      ("model.width", "\(width)"), ("model.layers", "\(layers)"),
      ("model.input_embedding.kind", inputEmbedding.rawValue),
    ]
    if inputEmbedding == .none { return sizes }
    return sizes + [
      ("model.input_embedding.dim", "\(inputEmbeddingDim)"),
      ("model.input_embedding.scale", "\(inputEmbeddingScale)"),
    ]
  }
}

extension NetworkFile {
  /// Weights for another network to begin with.
  /// - Throws: `DiffusionError(.badInput)`, naming the options that differ and both values, or a tensor whose shape does:
  ///   the same weights under other options are another function.
  func initialValues(
    for description: NetworkDescription, _ network: any Network
  ) throws(DiffusionError) -> [Float] {
    try requireProcess()
    let differences = description.differences(from: self.description)
    guard differences.isEmpty else {
      throw DiffusionError(
        .badInput,
        "training.from names a network that differs from this run's: "
          + differences.map { "\($0.option) is \($0.other) there and \($0.value) here" }
          .joined(separator: "; "))
    }
    let (theirs, own) = (self.network.layout.parameters, network.layout.parameters)
    for parameter in own {
      guard let other = theirs.first(where: { $0.name == parameter.name }) else {
        throw DiffusionError(
          .badInput,
          "training.from names a network that differs from this run's: it has no '\(parameter.name)'"
        )
      }
      guard other.shape == parameter.shape else {
        throw DiffusionError(
          .badInput,
          "training.from names a network that differs from this run's: '\(parameter.name)' is \(other.shape) "
            + "there and \(parameter.shape) here")
      }
    }
    guard self.network.layout.shapes == network.layout.shapes else {
      throw DiffusionError(
        .badInput, "training.from names a network with more tensors than this run's")
    }
    guard notFinite == nil else {
      throw DiffusionError(
        .badInput, "training.from names a network with weights that are not finite: it has diverged"
      )
    }
    return values.array()
  }
}
