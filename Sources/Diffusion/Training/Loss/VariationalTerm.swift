import Foundation

/// One term of the variational bound and its gradient, value by value, in nats: L_t = KL(q(x_{t−1} | x_t, x_0) ‖
/// p(x_{t−1} | x_t)), and −ln p(x_0 | x_1) of the last (Ho 2020, eq. 5, t counted from 0 here).
struct VariationalTerm: Sendable {
  /// L of one value, and ∂L/∂μ, ∂L/∂ln Σ.
  struct Value {
    var nats: Double
    var byMean: Double
    var byLogVariance: Double
  }

  /// What the posterior's mean takes of x_0 and of x_t.
  let meanOfX0: Double
  let meanOfX: Double
  /// ln β̃ and ln β, between which a learned variance lies.
  let logPosterior: Double
  let logBeta: Double
  /// Of 8-bit data: half of what two neighbouring values differ by, and the range's ends.
  private let grid: (half: Double, low: Double, high: Double)?
  /// −ln p(x_0 | x_1) in the place of a divergence.
  private let isLast: Bool

  /// - Parameters:
  ///   - range: of 8-bit data, whose values the last term is a probability of; nil: a density.
  init(_ process: NoiseProcess, timestep: Int, range: ClosedRange<Double>?) {
    let from = process.level(timestep: timestep)
    let transition = Transition(
      from: from, to: timestep == 0 ? .data : process.level(timestep: timestep - 1))
    (meanOfX0, meanOfX) = (transition.meanOfX0, transition.meanOfX)
    logBeta = log(transition.added)
    isLast = timestep == 0
    // β̃ of the last step is 0: it takes its neighbour's (Nichol & Dhariwal 2021, section 3.1).
    let steps = process.table?.steps ?? 1
    logPosterior =
      timestep > 0
      ? log(transition.posteriorVariance)
      : steps > 1
        ? log(
          Transition(from: process.level(timestep: 1), to: from).posteriorVariance) : logBeta
    grid = range.map {
      (($0.upperBound - $0.lowerBound) / 510, $0.lowerBound, $0.upperBound)
    }
  }

  /// ln Σ where a network says v in [−1, 1] (Nichol & Dhariwal 2021, eq. 15).
  func logVariance(_ v: Double) -> Double {
    let share = (v + 1) / 2
    return share * logBeta + (1 - share) * logPosterior
  }

  /// ∂ln Σ/∂v.
  var slope: Double { (logBeta - logPosterior) / 2 }

  /// ln Σ of variances that nothing is learned of.
  func logVariance(_ variance: DiffusionSettings.Variance) -> Double {
    variance == .fixedLarge && !isLast ? logBeta : logPosterior
  }

  func callAsFunction(x0: Double, x: Double, mean: Double, logVariance: Double) -> Value {
    guard !isLast else { return decoded(x0, mean, logVariance) }
    let difference = mean - (meanOfX0 * x0 + meanOfX * x)
    let precision = exp(-logVariance)
    let square = difference * difference * precision
    let ratio = exp(logPosterior - logVariance)
    return Value(
      nats: (logVariance - logPosterior + ratio + square - 1) / 2,
      byMean: difference * precision, byLogVariance: (1 - ratio - square) / 2)
  }

  private func decoded(_ x0: Double, _ mean: Double, _ logVariance: Double) -> Value {
    let precision = exp(-logVariance / 2)
    guard let grid else {
      let place = (x0 - mean) * precision
      return Value(
        nats: (place * place + logVariance + log(2 * Double.pi)) / 2, byMean: -place * precision,
        byLogVariance: (1 - place * place) / 2)
    }
    // What lies at an end of the range has all that is beyond it.
    let above =
      x0 + grid.half >= grid.high ? Double.infinity : (x0 + grid.half - mean) * precision
    let below = x0 - grid.half <= grid.low ? -Double.infinity : (x0 - grid.half - mean) * precision
    // Both ends seen from the mean: the nearer first, whichever side it is on.
    let share = NormalShare(
      from: above < 0 ? -above : below, to: above < 0 ? -below : above)
    return Value(
      nats: -share.logarithm, byMean: (above < 0 ? -1 : 1) * share.slope * precision,
      byLogVariance: share.moment / 2)
  }
}

/// What of a standard normal lies between a and b, a < b and b > 0, also far out, where it is less than a Double can tell
/// from 0.
private struct NormalShare {
  /// ln(Φ(b) − Φ(a)).
  let logarithm: Double
  /// (φ(b) − φ(a))/(Φ(b) − Φ(a)).
  let slope: Double
  /// (b·φ(b) − a·φ(a))/(Φ(b) − Φ(a)).
  let moment: Double

  /// From where on Φ is better told by its ratio to φ.
  private static let far = 4.0

  init(from a: Double, to b: Double) {
    func density(_ z: Double) -> Double {
      z.isFinite ? exp(-z * z / 2) / (2 * Double.pi).squareRoot() : 0
    }
    guard a < Self.far else {
      // All over φ(a).
      let ratio = b.isFinite ? exp((a - b) * (a + b) / 2) : 0
      let share = Self.mills(a) - (b.isFinite ? ratio * Self.mills(b) : 0)
      logarithm = -a * a / 2 - log(2 * Double.pi) / 2 + log(share)
      slope = (ratio - 1) / share
      moment = ((b.isFinite ? ratio * b : 0) - a) / share
      return
    }
    let root = 2.0.squareRoot()
    let share =
      a > 0
      ? (erfc(a / root) - erfc(b / root)) / 2 : (erfc(-b / root) - erfc(-a / root)) / 2
    logarithm = log(share)
    slope = (density(b) - density(a)) / share
    moment =
      ((b.isFinite ? b * density(b) : 0) - (a.isFinite ? a * density(a) : 0)) / share
  }

  /// (1 − Φ(z))/φ(z) by its continued fraction, 1/(z + 1/(z + 2/(z + 3/…))): of z ≥ 4 every digit.
  private static func mills(_ z: Double) -> Double {
    var rest = z
    for k in (1...60).reversed() { rest = z + Double(k) / rest }
    return 1 / rest
  }
}
