/// What the residual U-Net is made of, under the names of diffusers' `UNet2DModel` and its `config.json`.
///
/// Channels of the images, their size and the classes come from the data and the conditioning.
public struct ResidualUNetSettings: Sendable, Hashable, Codable {
  /// A stage on the way down, by the class of diffusers.
  public enum DownBlock: String, Sendable, Hashable, Codable, CaseIterable {
    /// Residual blocks.
    case plain = "DownBlock2D"
    /// Self-attention after each residual block.
    case attention = "AttnDownBlock2D"
  }

  /// A stage on the way up, by the class of diffusers.
  public enum UpBlock: String, Sendable, Hashable, Codable, CaseIterable {
    /// Residual blocks.
    case plain = "UpBlock2D"
    /// Self-attention after each residual block.
    case attention = "AttnUpBlock2D"
  }

  /// How a residual block is told the time.
  public enum TimeScaleShift: String, Sendable, Hashable, Codable, CaseIterable {
    /// Added between the two convolutions.
    case `default`
    /// Scale and shift after the second norm (Nichol & Dhariwal 2021).
    case scaleShift = "scale_shift"
  }

  /// Channels of each level; each halves the resolution of the one before.
  public var blockOutChannels: [Int]
  /// Residual blocks a level on the way down; one more on the way up.
  public var layersPerBlock: Int
  /// From the finest level down.
  public var downBlockTypes: [DownBlock]
  /// From the coarsest level up.
  public var upBlockTypes: [UpBlock]
  /// Whether the middle block has self-attention.
  public var addAttention: Bool
  /// Channels of an attention head; nil: one head of all channels.
  public var attentionHeadDim: Int?
  /// Groups of each group norm.
  public var normNumGroups: Int
  /// ε of each group norm.
  public var normEps: Double
  /// Probability with which training zeroes a value before each block's second convolution.
  public var dropout: Double
  /// What the time embedding does in a block.
  public var timeScaleShift: TimeScaleShift
  /// 1 pads both sides; 0 pads right and bottom alone, as Ho 2020 has it.
  public var downsamplePadding: Int
  /// Whether the time embedding has cosines before sines.
  public var flipSinToCos: Bool
  /// Subtracted from the number of frequencies when they are spaced.
  public var freqShift: Double
  /// Divides what the middle block's residual blocks and attention put out.
  public var midBlockScaleFactor: Double
  /// Whether images are mapped from [0, 1] to [−1, 1] first.
  public var centerInputSample: Bool

  /// - Parameters:
  ///   - attentionLevels: levels with self-attention, counted from the finest, 0.
  public init(
    blockOutChannels: [Int] = [64, 128, 128], layersPerBlock: Int = 2,
    attentionLevels: Set<Int> = [1]
  ) {
    self.blockOutChannels = blockOutChannels
    self.layersPerBlock = layersPerBlock
    downBlockTypes = blockOutChannels.indices.map {
      attentionLevels.contains($0) ? .attention : .plain
    }
    upBlockTypes = blockOutChannels.indices.reversed().map {
      attentionLevels.contains($0) ? .attention : .plain
    }
    addAttention = true
    attentionHeadDim = 8
    normNumGroups = 32
    normEps = 1e-5
    dropout = 0
    timeScaleShift = .default
    downsamplePadding = 1
    flipSinToCos = true
    freqShift = 0
    midBlockScaleFactor = 1
    centerInputSample = false
  }
}
