/// How the network is trained: the `training` section of an experiment file.
public struct TrainingSettings: Sendable, Hashable, Codable {
  /// What operands of products are rounded to.
  public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
    /// Operands as they are.
    case fp32
    /// bfloat16 operands of convolutions and linear layers, fp32 everything else.
    case bf16
    /// The same with float16 operands and a dynamic loss scale.
    case fp16
  }

  /// How the learning rate goes after warm-up.
  public enum LearningRateSchedule: String, Sendable, Hashable, Codable, CaseIterable {
    /// `lr` throughout.
    case constant
    /// Half a cosine from `lr` to 0 over `steps`.
    case cosine
    /// A line from `lr` to 0 over `steps`.
    case linear

    /// Whether the rate at a step changes when the total number of steps does.
    public var dependsOnTotal: Bool { self != .constant }
  }

  /// Adam (Kingma & Ba 2015).
  public struct Optimizer: Sendable, Hashable, Codable {
    /// α, before warm-up and decay.
    public var learningRate: Double
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// ε, added to the second moment's root.
    public var epsilon: Double

    /// PyTorch's defaults but for the rate.
    public init(
      learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.999,
      epsilon: Double = 1e-8
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  /// Batches to train on.
  public var steps: Int
  /// Images of a batch.
  public var batch: Int
  /// Of first weights, order, noise, timesteps and dropout.
  public var seed: UInt64
  /// What operands of products are rounded to.
  public var precision: Precision
  /// Parts a batch is cut into, each summed by itself; nil: a quarter of the batch,
  /// at least 8, at most 32, never more than the batch.
  public var lanes: Int?
  /// Decay of the exponential moving average of the weights; nil: none is kept.
  public var ema: Double?
  /// Largest global L2 norm of the gradient; nil: not clipped.
  public var clip: Double?
  /// Adam's constants.
  public var optimizer: Optimizer
  /// How the learning rate goes after warm-up.
  public var learningRateSchedule: LearningRateSchedule
  /// Steps over which the rate rises from 0.
  public var warmup: Int
  /// Steps between two logged values.
  public var logEvery: Int
  /// Steps between two checkpoints.
  public var checkpointEvery: Int
  /// Keep the training state after the run is finished.
  public var keepState: Bool
  /// A run or checkpoint whose weights training starts from.
  public var from: String?

  /// Settings whose defaults are those of an experiment file.
  public init(
    steps: Int, batch: Int = 64, seed: UInt64 = 0, precision: Precision = .fp32,
    lanes: Int? = nil, ema: Double? = nil, clip: Double? = nil, optimizer: Optimizer = .init(),
    learningRateSchedule: LearningRateSchedule = .constant, warmup: Int = 0, logEvery: Int = 10,
    checkpointEvery: Int = 500, keepState: Bool = false, from: String? = nil
  ) {
    self.steps = steps
    self.batch = batch
    self.seed = seed
    self.precision = precision
    self.lanes = lanes
    self.ema = ema
    self.clip = clip
    self.optimizer = optimizer
    self.learningRateSchedule = learningRateSchedule
    self.warmup = warmup
    self.logEvery = logEvery
    self.checkpointEvery = checkpointEvery
    self.keepState = keepState
    self.from = from
  }
}
