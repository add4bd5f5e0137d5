import Foundation

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
    /// The same with 8-bit operands, each tensor with a scale of its largest magnitude: weights and activations e4m3,
    /// gradients e5m2 (Micikevicius et al. 2022).
    case fp8
  }

  /// What weights are kept in from step to step; moments and average stay fp32.
  public enum WeightFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// As they are computed.
    case fp32
    /// Rounded to the nearest bfloat16 after each step: a step below half a place of a weight is lost.
    case bf16
    /// Rounded to one of the two next to it at random, the mean being what was computed (Gupta et al. 2015, section 3.1;
    /// of bfloat16 weights Zamirai et al. 2020).
    case bf16Stochastic = "bf16-stochastic"
  }

  /// How the loss is scaled before the backward pass of fp16 (Micikevicius 2018, section 3.2).
  public enum LossScaling: String, Sendable, Hashable, Codable, CaseIterable {
    /// From 65536, halved where gradients overflow, doubled after 2,000 steps without (``LossScale``).
    case dynamic
    /// Not at all: what of the gradients is too small for fp16 is lost.
    case none
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

  /// How the gradient moves the weights.
  public struct Optimizer: Sendable, Hashable, Codable {
    /// Rules that there are.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
      /// Kingma & Ba 2015.
      case adam
      /// The same after w ← (1 − rate·decay)·w (Loshchilov & Hutter 2019).
      case adamW = "adamw"
      /// w ← w − rate·(sign(β₁·m + (1 − β₁)·g) + decay·w), m ← β₂·m + (1 − β₂)·g (Chen 2023, algorithm 2).
      case lion
    }

    /// The rule.
    public var kind: Kind
    /// α, before warm-up and decay.
    public var learningRate: Double
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// ε, added to the second moment's root; not of `lion`.
    public var epsilon: Double
    /// What the weights shrink by, times the rate; not of `adam`.
    public var weightDecay: Double

    /// PyTorch's defaults but for the rate.
    public init(
      kind: Kind = .adam, learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.999,
      epsilon: Double = 1e-8, weightDecay: Double = 0
    ) {
      self.kind = kind
      self.weightDecay = weightDecay
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
  /// How the loss is scaled where `precision` is fp16; the others need no scale and have none.
  public var lossScaling: LossScaling
  /// What weights are kept in from step to step.
  public var weights: WeightFormat
  /// Parts a batch is cut into, each summed by itself; nil: a quarter of the batch,
  /// at least 8, at most 32, never more than the batch.
  public var lanes: Int?
  /// Decay of the exponential moving average of the weights, min(decay, (1 + n)/(10 + n)) after n updates: a young one
  /// follows closely; nil: none of a fixed decay is kept.
  public var ema: Double?
  /// The images after which its weights count half, in place of a decay; nil: none is kept so.
  public var emaHalfLife: Double?
  /// The half-life is at most this share of the images seen so far (Karras 2022, appendix F.2).
  public var emaRampUp: Double
  /// σ_rel of averages with a power profile (``PowerProfile``) that are tracked beside, of which snapshots are kept for
  /// `sampling.ema`; nil: none.
  public var emaWidths: [Double]?
  /// Steps between two snapshots of them.
  public var emaEvery: Int
  /// What of the network's error is made small.
  public var loss: Loss
  /// How much an error counts at a level.
  public var weighting: Weighting
  /// Which levels training sees; nil: as the process has it.
  public var timesteps: Timesteps?
  /// Batches whose gradients are one step's.
  public var accumulate: Int
  /// Largest global L2 norm of the gradient; nil: not clipped.
  public var clip: Double?
  /// The rule and its constants.
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

  /// Whether an average of the weights is kept.
  public var keepsAverage: Bool { ema != nil || emaHalfLife != nil }

  /// What is left of the average at an update.
  /// - Parameter updates: before this one.
  func averageDecay(updates: Double) -> Double {
    if let emaHalfLife {
      let life = min(emaHalfLife, updates * Double(examples) * emaRampUp)
      return life > 0 ? exp2(-Double(examples) / life) : 0
    }
    return min(ema ?? 0, (1 + updates) / (10 + updates))
  }

  /// Examples of a step.
  public var examples: Int { batch * accumulate }

  /// Settings whose defaults are those of an experiment file.
  public init(
    steps: Int, batch: Int = 64, seed: UInt64 = 0, precision: Precision = .fp32,
    lanes: Int? = nil, ema: Double? = nil, clip: Double? = nil, optimizer: Optimizer = .init(),
    learningRateSchedule: LearningRateSchedule = .constant, warmup: Int = 0, logEvery: Int = 10,
    checkpointEvery: Int = 500, keepState: Bool = false, from: String? = nil, loss: Loss = .mse,
    weighting: Weighting = .none, timesteps: Timesteps? = nil, accumulate: Int = 1,
    emaHalfLife: Double? = nil, emaRampUp: Double = 0.05, emaWidths: [Double]? = nil,
    emaEvery: Int = 100, weights: WeightFormat = .fp32,
    lossScaling: LossScaling = .dynamic
  ) {
    self.lossScaling = lossScaling
    self.weights = weights
    self.emaWidths = emaWidths
    self.emaEvery = emaEvery
    self.loss = loss
    self.weighting = weighting
    self.timesteps = timesteps
    self.accumulate = accumulate
    self.steps = steps
    self.batch = batch
    self.seed = seed
    self.precision = precision
    self.lanes = lanes
    self.ema = ema
    self.emaHalfLife = emaHalfLife
    self.emaRampUp = emaRampUp
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
