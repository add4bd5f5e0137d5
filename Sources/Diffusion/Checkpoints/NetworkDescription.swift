import Foundation
import Kernels

/// What a network is, apart from its weights: enough to make it again.
public struct NetworkDescription: Sendable, Hashable, Codable {
  public var model: ModelSettings
  public var conditioning: ConditioningSettings
  public var diffusion: DiffusionSettings
  public var channels: Int
  public var height: Int
  public var width: Int
  /// Classes of the data; 0 without labels.
  public var classes: Int

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

  public init(_ settings: RunSettings, data: DataSet) {
    self.init(
      model: settings.model, conditioning: settings.conditioning, diffusion: settings.diffusion,
      channels: data.channels, height: data.height, width: data.width, classes: data.classes)
  }

  /// Widest layer and largest image taken for meant: what a damaged file asks for beyond that must not get as far
  /// as the arithmetic of sizes.
  private static let widest = 65_536

  /// - Throws: `DiffusionError(.badInput)` where the parts do not fit together.
  public func makeNetwork() throws(DiffusionError) -> any Network {
    if model.architecture == .unet, let residual = model.residual {
      return ResidualUNet(
        residual, channels: channels, classEmbeddings: conditioning.kind == .none ? 0 : classes + 1)
    }
    guard model.architecture == .smallUNet else {
      throw DiffusionError(
        .badInput, "architecture '\(model.architecture.rawValue)' has no network to make")
    }
    guard (1...12).contains(model.levels), (8...Self.widest).contains(model.baseChannels),
      model.baseChannels % 8 == 0, (2...Self.widest).contains(model.timeEmbeddingDim),
      model.timeEmbeddingDim % 2 == 0, (1...Self.widest).contains(channels)
    else {
      throw DiffusionError(
        .badInput,
        "no small U-Net has \(model.levels) levels, \(model.baseChannels) base channels (a multiple of 8), "
          + "a time embedding of \(model.timeEmbeddingDim) (even) and \(channels) image channels")
    }
    guard (1...Self.widest).contains(height), (1...Self.widest).contains(width),
      (0...1_000_000).contains(classes), (1...1_000_000).contains(diffusion.steps)
    else {
      throw DiffusionError(
        .badInput,
        "no network is made for images of \(height)×\(width), \(classes) classes and \(diffusion.steps) "
          + "noise levels")
    }
    guard conditioning.kind == .none || classes > 0 else {
      throw DiffusionError(
        .badInput, "conditioning.kind is class, and the data has no classes; use kind: none")
    }
    let network = SmallUNet(
      model, conditioning: conditioning, channels: channels, classes: classes,
      diffusionSteps: diffusion.steps)
    guard height % network.sizeMultiple == 0, width % network.sizeMultiple == 0 else {
      throw DiffusionError(
        .badInput,
        "images of \(height)×\(width) do not go through \(model.levels) levels: "
          + "both sides must be multiples of \(network.sizeMultiple); set data.size or model.levels"
      )
    }
    return network
  }

  /// From names and shapes alone, as PyTorch saves the small U-Net. T = 1000, the linear schedule and 32×32 images
  /// are taken for granted.
  /// - Throws: `DiffusionError(.badInput)` where the names are not a small U-Net's.
  public init(inferredFrom file: Safetensors) throws(DiffusionError) {
    func shape(_ name: String) -> [Int]? { file.entries[name]?.shape }
    guard let output = shape("output.weight"), output.count == 4,
      let first = shape("encoder.0.0.weight"), first.count == 4,
      let embedding = shape("time_mlp.0.weight"), embedding.count == 2
    else {
      throw DiffusionError(
        .badInput,
        "'\(file.name)' does not hold a small U-Net: one has 'output.weight', "
          + "'encoder.0.0.weight' and 'time_mlp.0.weight'")
    }
    var levels = 0
    while file.entries["encoder.\(levels).0.weight"] != nil { levels += 1 }
    let model = ModelSettings(
      architecture: .smallUNet, levels: levels, baseChannels: first[0],
      timeEmbedding: embedding[1] == 1 ? .linear : .sinusoidal, timeEmbeddingDim: embedding[0])
    var conditioning = ConditioningSettings()
    var classes = 0
    if let embed = shape("condition_embed.0.weight"), embed.count == 2 {
      conditioning = ConditioningSettings(kind: .class, inject: .concat)
      classes = embed[1]
    } else if let embed = shape("class_embedding.weight"), embed.count == 2 {
      conditioning = ConditioningSettings(kind: .class, inject: .time)
      classes = max(embed[0], 1) - 1
    }
    self.init(
      model: model, conditioning: conditioning, channels: output[0], classes: classes)
  }
}
