/// Which network predicts the noise: the `model` section of an experiment file.
public struct ModelSettings: Sendable, Hashable {
  /// Networks that there are.
  public enum Architecture: String, Sendable, Hashable, Codable, CaseIterable {
    /// The small U-Net of `docs/small-unet.md`.
    case smallUNet = "small-unet"
    /// The residual U-Net with self-attention that diffusers calls `UNet2DModel`.
    case unet
    /// A multilayer perceptron for vectors.
    case mlp
    /// The best predictor of the data's noise in closed form: of a Gaussian, a mixture, or the data set itself. Nothing
    /// to train.
    case exact
    /// The same of a Gaussian, by its older name.
    case exactGaussian = "exact-gaussian"

    /// Whether there is nothing to train.
    public var isExact: Bool { self == .exact || self == .exactGaussian }
  }

  /// How the small U-Net and the multilayer perceptron are told the time.
  public enum TimeEmbedding: String, Sendable, Hashable, Codable, CaseIterable {
    /// t/T as one number in [0, 1).
    case linear
    /// Cosines and sines of t, maximum period 10000 (Ho 2020, after Vaswani 2017).
    case sinusoidal
  }

  /// Which network.
  public var architecture: Architecture
  /// Resolutions of the U-Net; each halves the one before.
  public var levels: Int
  /// Channels of the first level, a multiple of 8; level i has `baseChannels · min(2^i, 4)`.
  public var baseChannels: Int
  /// How the small U-Net is told the time.
  public var timeEmbedding: TimeEmbedding
  /// Values of the sinusoidal embedding.
  public var timeEmbeddingDim: Int
  /// How the time embedding enters a level of the small U-Net; the residual one has it among its own settings.
  public var timeScaleShift: ResidualUNetSettings.TimeScaleShift
  /// Probability with which training zeroes a value: of the small U-Net on the way to the next level, of the multilayer
  /// perceptron after each hidden layer's activation. The residual U-Net has it among its own settings.
  public var dropout: Double
  /// Of the residual U-Net; the small one's are those above.
  public var residual: ResidualUNetSettings?
  /// Of the multilayer perceptron, besides the time embedding above.
  public var mlp: MLPSettings?

  /// Settings whose defaults are those of an experiment file.
  public init(
    architecture: Architecture = .smallUNet, levels: Int = 2, baseChannels: Int = 64,
    timeEmbedding: TimeEmbedding = .linear, timeEmbeddingDim: Int = 128,
    timeScaleShift: ResidualUNetSettings.TimeScaleShift = .default,
    residual: ResidualUNetSettings? = nil, mlp: MLPSettings? = nil, dropout: Double = 0
  ) {
    self.dropout = dropout
    self.architecture = architecture
    self.levels = levels
    self.baseChannels = baseChannels
    self.timeEmbedding = timeEmbedding
    self.timeEmbeddingDim = timeEmbeddingDim
    self.timeScaleShift = timeScaleShift
    self.residual = residual
    self.mlp = mlp
  }
}

// What is as it always was is not written: files of networks keep their bytes, and old ones are read.
extension ModelSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case architecture, levels, baseChannels, timeEmbedding, timeEmbeddingDim, timeScaleShift
    case residual, mlp, dropout
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try values.decode(Architecture.self, forKey: .architecture)
    levels = try values.decode(Int.self, forKey: .levels)
    baseChannels = try values.decode(Int.self, forKey: .baseChannels)
    timeEmbedding = try values.decode(TimeEmbedding.self, forKey: .timeEmbedding)
    timeEmbeddingDim = try values.decode(Int.self, forKey: .timeEmbeddingDim)
    timeScaleShift =
      try values.decodeIfPresent(
        ResidualUNetSettings.TimeScaleShift.self, forKey: .timeScaleShift) ?? .default
    residual = try values.decodeIfPresent(ResidualUNetSettings.self, forKey: .residual)
    mlp = try values.decodeIfPresent(MLPSettings.self, forKey: .mlp)
    dropout = try values.decodeIfPresent(Double.self, forKey: .dropout) ?? 0
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(architecture, forKey: .architecture)
    try values.encode(levels, forKey: .levels)
    try values.encode(baseChannels, forKey: .baseChannels)
    try values.encode(timeEmbedding, forKey: .timeEmbedding)
    try values.encode(timeEmbeddingDim, forKey: .timeEmbeddingDim)
    if timeScaleShift != .default { try values.encode(timeScaleShift, forKey: .timeScaleShift) }
    try values.encodeIfPresent(residual, forKey: .residual)
    try values.encodeIfPresent(mlp, forKey: .mlp)
    if dropout != 0 { try values.encode(dropout, forKey: .dropout) }
  }
}

/// What the network is told besides image and time: the `conditioning` section.
public struct ConditioningSettings: Sendable, Hashable {
  /// What a network is conditioned on.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing but image and time.
    case none
    /// The image's class label.
    case `class`
    /// Numbers that come with each image or point: `data.conditions`.
    case vector
    /// A worse version of the image itself: ``Degradation``.
    case image
  }

  /// Where the condition enters the small U-Net; the others take it through the time embedding.
  public enum Injection: String, Sendable, Hashable, Codable, CaseIterable {
    /// The embedded condition as constant channels beside the image (the small U-Net's own way).
    case concat
    /// A learned vector per class added to the time embedding.
    case time
  }

  /// What the network is conditioned on.
  public var kind: Kind
  /// Where the condition enters the small U-Net.
  public var inject: Injection
  /// Probability with which training replaces the condition by the null condition
  /// (classifier-free guidance, Ho & Salimans 2022).
  public var dropout: Double
  /// Whether the network sees its own last estimate x̂_0 beside the image (Chen, Zhang & Hinton 2022, section 3.2).
  public var selfConditioning: Bool
  /// Of ``Kind/image``: what the network is to do.
  public var task: Degradation.Task
  /// Of super-resolution.
  public var factor: Int
  /// Whether the network is told what was done to the image, so that it does not do so by itself (Karras 2022,
  /// appendix F.2): see ``Augmentation``.
  public var augmentation: Bool
  /// Of ``Kind/vector``: which of the numbers are categories.
  public var categories: [String]

  /// Settings whose defaults are those of an experiment file.
  public init(
    kind: Kind = .none, inject: Injection = .concat, dropout: Double = 0.1,
    selfConditioning: Bool = false, task: Degradation.Task = .superResolution, factor: Int = 4,
    augmentation: Bool = false, categories: [String] = []
  ) {
    self.augmentation = augmentation
    self.categories = categories
    self.kind = kind
    self.inject = inject
    self.dropout = dropout
    self.selfConditioning = selfConditioning
    self.task = task
    self.factor = factor
  }

  /// What the network is told of an image; nil where it is told none.
  public var degradation: Degradation? {
    kind == .image ? Degradation(task, factor: factor) : nil
  }
}

// What is as it always was is not written: files of networks keep their bytes, and old ones are read.
extension ConditioningSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, inject, dropout, selfConditioning, task, factor, augmentation, categories
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    kind = try values.decode(Kind.self, forKey: .kind)
    inject = try values.decode(Injection.self, forKey: .inject)
    dropout = try values.decode(Double.self, forKey: .dropout)
    selfConditioning =
      try values.decodeIfPresent(Bool.self, forKey: .selfConditioning) ?? false
    task =
      try values.decodeIfPresent(Degradation.Task.self, forKey: .task) ?? .superResolution
    factor = try values.decodeIfPresent(Int.self, forKey: .factor) ?? 4
    augmentation = try values.decodeIfPresent(Bool.self, forKey: .augmentation) ?? false
    categories = try values.decodeIfPresent([String].self, forKey: .categories) ?? []
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .kind)
    try values.encode(inject, forKey: .inject)
    try values.encode(dropout, forKey: .dropout)
    if selfConditioning { try values.encode(true, forKey: .selfConditioning) }
    if augmentation { try values.encode(true, forKey: .augmentation) }
    if !categories.isEmpty { try values.encode(categories, forKey: .categories) }
    if kind == .image {
      try values.encode(task, forKey: .task)
      try values.encode(factor, forKey: .factor)
    }
  }
}
