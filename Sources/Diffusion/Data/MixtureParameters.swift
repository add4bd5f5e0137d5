/// A mixture of Gaussians of one width, p(x) = Σ_k w_k · N(x; μ_k, σ²·I), as numbers.
public struct MixtureParameters: Sendable, Hashable {
  /// (components, dimensions): μ_k.
  public let means: [[Double]]
  /// σ, of every component in every dimension.
  public let deviation: Double
  /// (components): w_k, which sum to 1.
  public let weights: [Double]
  /// Whether sample i is of component i mod K; else components are drawn with their weights.
  public let isInTurn: Bool

  /// Most components that a mixture may have.
  public static let mostComponents = 1000
  /// Most dimensions that vectors may have.
  public static let mostDimensions = 4096

  /// Eight Gaussians on a circle in two dimensions, centres at 0.75·(cos, sin)(k·45°), deviation 0.05: with four
  /// deviations they end at 0.95.
  public static let ring = circle(radius: 0.75, deviation: 0.05)

  /// Eight on a circle, in turn.
  static func circle(radius: Double, deviation: Double) -> MixtureParameters {
    // Multiples of 45°: no library's cosine, which may differ from another's.
    let half = 0.5.squareRoot()
    let turns = [0, half, 1, half, 0, -half, -1, -half]
    return MixtureParameters(
      means: (0..<8).map { [radius * turns[($0 + 2) % 8], radius * turns[$0]] },
      deviation: deviation, normalised: [Double](repeating: 0.125, count: 8), isInTurn: true)
  }

  private init(means: [[Double]], deviation: Double, normalised weights: [Double], isInTurn: Bool) {
    self.means = means
    self.deviation = deviation
    self.weights = weights
    self.isInTurn = isInTurn
  }

  /// - Parameters:
  ///   - means: a component each; nil: those of ``ring``.
  ///   - weights: of each component, above 0, up to a common factor; nil: all alike, the components in turn.
  /// - Throws: `badInput` if the numbers make no mixture.
  public init(
    means: [[Double]]? = nil, deviation: Double = ring.deviation, weights: [Double]? = nil
  ) throws(DiffusionError) {
    let means = means ?? Self.ring.means
    let dimensions = means.first?.count ?? 0
    guard (1...Self.mostComponents).contains(means.count),
      (1...Self.mostDimensions).contains(dimensions),
      means.allSatisfy({ $0.count == dimensions && $0.allSatisfy(\.isFinite) })
    else {
      throw DiffusionError(
        .badInput,
        "mixture: data.means are \(means.count) lists of \(Set(means.map(\.count)).sorted()) numbers, "
          + "expected 1 to \(Self.mostComponents) of as many finite numbers each, one a dimension")
    }
    guard deviation.isFinite, deviation > 0 else {
      throw DiffusionError(
        .badInput, "mixture: data.deviation is \(deviation), expected a number above 0")
    }
    let given = weights ?? [Double](repeating: 1, count: means.count)
    let sum = given.reduce(0, +)
    guard given.count == means.count, given.allSatisfy({ $0 > 0 }), sum.isFinite else {
      throw DiffusionError(
        .badInput,
        "mixture: data.weights are \(given), expected \(means.count) numbers above 0, one a component"
      )
    }
    self.init(
      means: means, deviation: deviation, normalised: given.map { $0 / sum },
      isInTurn: weights == nil)
  }

  /// D
  public var dimensions: Int { means[0].count }

  /// (dimensions): Σ w_k·μ_k.
  public var mean: [Double] {
    (0..<dimensions).map { d in zip(weights, means).reduce(0) { $0 + $1.0 * $1.1[d] } }
  }

  /// (dimensions): σ² + Σ w_k·(μ_k − mean)².
  public var variance: [Double] {
    let mean = mean
    return (0..<dimensions).map { d in
      zip(weights, means).reduce(deviation * deviation) { sum, component in
        let shift = component.1[d] - mean[d]
        return sum + component.0 * shift * shift
      }
    }
  }

  /// The component of which the share u of all samples, in the components' order, is the end: the first whose
  /// weights add up to more than u.
  func component(at u: Double) -> Int {
    var sum = 0.0
    for (k, weight) in weights.enumerated() {
      sum += weight
      if u < sum { return k }
    }
    return weights.count - 1
  }

  /// Each component's angle on ``ring``, or its mean.
  var classNames: [String] {
    if means == Self.ring.means {
      return means.indices.map { "\($0 * 360 / means.count) degrees" }
    }
    return means.map { mean in
      let shown = mean.prefix(3).map(plain).joined(separator: ", ") + (mean.count > 3 ? ", …" : "")
      return mean.count == 1 ? shown : "(\(shown))"
    }
  }
}

extension DataSettings {
  /// The mixture that these data are drawn from, where they are one.
  /// - Throws: `badInput` if its numbers make none.
  public func mixture() throws(DiffusionError) -> MixtureParameters? {
    switch source {
    case .mixture(let means, let deviation, let weights):
      try MixtureParameters(means: means, deviation: deviation, weights: weights)
    case .points(.eightGaussians, _, _): Points.eightGaussians
    default: nil
    }
  }
}
