import Foundation
import Kernels

/// What a network is, apart from its weights: enough to make it again.
public struct NetworkDescription: Sendable, Hashable, Codable {
  /// Architecture and sizes.
  public var model: ModelSettings
  /// What it is told besides image and time.
  public var conditioning: ConditioningSettings
  /// The noise process that it was trained on, and what it predicts.
  public var diffusion: DiffusionSettings
  /// Channels of its images.
  public var channels: Int
  /// Height of the images that it was trained on, in pixels.
  public var height: Int
  /// Width of the images that it was trained on, in pixels.
  public var width: Int
  /// Classes of the data; 0 without labels.
  public var classes: Int
  /// Of each class, where they are known and the network is told classes.
  public var classNames: [String]?
  /// The numbers that the network is told, where it is conditioned on a vector.
  public var vector: VectorCondition?

  /// A description from its parts.
  public init(
    model: ModelSettings, conditioning: ConditioningSettings = .init(),
    diffusion: DiffusionSettings = .init(), channels: Int, height: Int = 32, width: Int = 32,
    classes: Int = 0
  ) {
    self.model = model
    self.conditioning = conditioning
    self.diffusion = diffusion
    self.channels = channels
    self.height = height
    self.width = width
    self.classes = classes
  }

  /// The network that settings ask for, over images such as these.
  public init(_ settings: RunSettings, data: DataSet) {
    self.init(
      model: settings.model, conditioning: settings.conditioning, diffusion: settings.diffusion,
      channels: data.channels, height: data.height, width: data.width, classes: data.classes)
    if conditioning.kind == .class, !data.classNames.isEmpty { classNames = data.classNames }
    if conditioning.kind == .vector {
      vector = VectorCondition(of: data, categories: conditioning.categories)
    }
  }

  /// D + 1 of the vectors that the network is told; 0: none.
  var conditionWidth: Int { conditioning.kind == .vector ? vector?.width ?? 0 : 0 }

  /// What the network sees beside the image.
  var side: SideChannels {
    SideChannels(
      estimate: conditioning.selfConditioning ? channels : 0,
      condition: conditioning.degradation?.channels(of: channels) ?? 0)
  }

  /// Widest layer and largest image accepted: what a damaged file asks for beyond that must not get as far
  /// as the arithmetic of sizes.
  static let widest = 65_536

  /// - Throws: `DiffusionError(.badInput)` where the parts do not fit together.
  public func makeNetwork() throws(DiffusionError) -> any Network {
    guard (1...Self.widest).contains(channels), (1...Self.widest).contains(height),
      (1...Self.widest).contains(width), (0...1_000_000).contains(classes),
      (1...1_000_000).contains(diffusion.steps)
    else {
      throw DiffusionError(
        .badInput,
        "no network can be built for images of \(channels)×\(height)×\(width), \(classes) classes and "
          + "\(diffusion.steps) noise levels")
    }
    if let degradation = conditioning.degradation {
      guard height * width > 1 else {
        throw DiffusionError(
          .badInput, "conditioning.kind image is of images, and the data are vectors")
      }
      if let problem = degradation.problem(height: height, width: width, channels: channels) {
        throw DiffusionError(.badInput, problem)
      }
    }
    if conditioning.kind == .vector {
      guard let vector, !vector.names.isEmpty else {
        throw DiffusionError(
          .badInput,
          "conditioning.kind is vector, but the data come with no numbers: name them in data.conditions"
        )
      }
      if let problem = vector.problem {
        throw DiffusionError(
          .badInput, "no network can be conditioned on this vector: \(problem) (data.conditions)")
      }
    }
    guard conditioning.kind != .class || classes > 0 else {
      throw DiffusionError(
        .badInput,
        "conditioning.kind is class, but the data has no classes: set where they are (data.labels, "
          + "data.label_array), or use kind: none")
    }
    guard model.dropout >= 0, model.dropout < 1 else {
      throw DiffusionError(.badInput, "model.dropout is \(model.dropout), not in [0, 1)")
    }
    let network: any Network
    switch model.architecture {
    case .smallUNet: network = try makeSmallUNet()
    case .unet: network = try makeResidualUNet()
    case .mlp: network = try makeMLP()
    case .exact, .exactGaussian:
      throw DiffusionError(
        .badInput, "architecture '\(model.architecture.rawValue)' has no network to make")
    }
    guard height % network.sizeMultiple == 0, width % network.sizeMultiple == 0 else {
      let levels = network.sizeMultiple.trailingZeroBitCount + 1
      if height == 1, width == 1, let images = ImageNumbers.flattened(channels) {
        throw DiffusionError(
          .badInput,
          "vectors of \(channels) dimensions do not go through \(levels) levels, which take images: if "
            + "they are \(images)")
      }
      throw DiffusionError(
        .badInput,
        "images of \(height)×\(width) do not go through \(levels) levels: "
          + "both sides must be multiples of \(network.sizeMultiple); set data.size or "
          + (model.architecture == .unet ? "model.block_out_channels" : "model.levels"))
    }
    return network
  }

  /// From names and shapes alone, as PyTorch saves the small U-Net and the perceptron, and diffusers the residual one. T = 1000, the linear
  /// schedule and 32×32 images are assumed.
  /// - Parameter untold: a residual network's options that shapes do not tell; nil: as diffusers has them.
  /// - Throws: `DiffusionError(.badInput)` where the names are neither's.
  public init(
    inferredFrom file: Safetensors, untold: ResidualUNetSettings? = nil
  ) throws(DiffusionError) {
    if file.entries["conv_in.weight"] != nil {
      try self.init(residualUNet: file, untold: untold)
    } else if file.entries["layers.0.weight"] != nil {
      try self.init(mlp: file)
    } else {
      try self.init(smallUNet: file)
    }
    conditioning.augmentation = file.entries["augmentation_embedding.weight"] != nil
    // Their names and scales stand in the metadata alone: taken as they come, they are standardised already.
    if let embedding = file.entries["condition_mlp.0.weight"]?.shape, embedding.count == 2,
      (2...VectorCondition.most + 1).contains(embedding[1])
    {
      let count = embedding[1] - 1
      (conditioning.kind, conditioning.inject) = (.vector, .time)
      vector = VectorCondition(
        names: (1...count).map { "\($0)" }, means: [Double](repeating: 0, count: count),
        deviations: [Double](repeating: 1, count: count))
    }
  }
}
