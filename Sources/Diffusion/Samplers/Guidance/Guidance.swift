/// How far a prediction is carried beyond what a guide says: D = D_guide + w·(D_c − D_guide) of what is told the condition
/// and of a guide that is not (Ho & Salimans 2022, eq. 6, w = 1 + their w), or that is a worse network (Karras et al. 2024,
/// "Guiding a Diffusion Model with a Bad Version of Itself", eq. 3).
public struct Guidance: Sendable, Hashable {
  /// Nothing is guided.
  public static let none = Guidance(scale: 1)

  /// What the guide is.
  public enum Guide: Sendable, Hashable {
    /// The network, not told the condition.
    case unconditional
    /// Another network that is told the same, or the same one as it was earlier.
    case network
  }

  /// What a prediction is led away from.
  public var guide = Guide.unconditional
  /// w: 0 is the guide alone, 1 the prediction alone.
  public var scale: Double
  /// The σ/α above which it acts; below, w is 1 (Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval",
  /// eq. 6).
  public var least = 0.0
  /// The σ/α up to which it acts; nil: no bound.
  public var most: Double?
  /// φ: how far each sample's guided prediction is scaled back to the standard deviation of the one that was guided (Lin et
  /// al. 2024, eq. 15 and 16); 0: not at all.
  public var rescale = 0.0
  /// s: how far the gradient of a classifier of noisy images leads to the class, where guidance acts (Dhariwal & Nichol 2021,
  /// algorithm 2); 0: not at all.
  public var classifier = 0.0
  /// What of the difference from the guide counts (Sadat et al. 2025, "Eliminating Oversaturation and Artifacts of High
  /// Guidance Scales", section 4); nil: all of it, as it is.
  public var projection: Projection?

  /// Adaptive projected guidance, of the difference Δ = D_c − D_guide in x̂_0, sample by sample, in this order.
  public struct Projection: Sendable, Hashable {
    /// β: Δ ← Δ + β·(that of the level before); negative ones hold back what keeps its direction.
    public var momentum = 0.0
    /// r: Δ is at most so long, as a vector of all a sample's values; nil: no bound.
    public var norm: Double?
    /// η: what the part of Δ along D_c counts.
    public var parallel = 1.0

    /// Settings that leave Δ as it is.
    public init(momentum: Double = 0, norm: Double? = nil, parallel: Double = 1) {
      self.momentum = momentum
      self.norm = norm
      self.parallel = parallel
    }
  }

  /// - Parameter scale: w.
  public init(scale: Double) { self.scale = scale }

  /// Whether the guide is asked at a level.
  func acts(at level: NoiseLevel) -> Bool {
    scale != 1 && isWithinInterval(level)
  }

  /// Whether a classifier is asked at a level: where nothing is left of the data it has nothing to say.
  func asksClassifier(at level: NoiseLevel) -> Bool {
    classifier != 0 && level.signal > 0 && isWithinInterval(level)
  }

  private func isWithinInterval(_ level: NoiseLevel) -> Bool {
    (level.ratio > least || least == 0) && level.ratio <= most ?? .infinity
  }

  /// Whether the prediction itself is of no account: the guide alone is asked.
  func isGuideAlone(at level: NoiseLevel) -> Bool {
    scale == 0 && rescale == 0 && projection == nil && acts(at: level)
  }
}

extension SamplingSettings {
  /// What its keys say together.
  public var guidanceRule: Guidance {
    var rule = Guidance(scale: guidance)
    rule.guide = guideStep == nil && guide == nil ? .unconditional : .network
    rule.least = guidanceMin
    rule.most = guidanceMax
    rule.rescale = guidanceRescale
    rule.classifier = classifierGuidance
    let projection = Guidance.Projection(
      momentum: guidanceMomentum, norm: guidanceNorm, parallel: guidanceParallel)
    if projection != Guidance.Projection() { rule.projection = projection }
    return rule
  }
}
