import Foundation

/// The probability-flow ODE to a tolerance, by Dormand and Prince's pair of orders 5 and 4 (Song Y. 2021, section 4.3;
/// Dormand & Prince 1980), in ln s: dy = s·ε̂·d ln s, y = x/α.
///
/// Of the levels only the first and the last two count. A step is accepted where the root mean square of
/// error/(atol + rtol·|y|) is at most 1; all samples of the batch share their steps, so that a sample that shall not
/// depend on others goes alone.
///
/// - Parameters:
///   - rtol: relative tolerance, above 0.
///   - atol: absolute tolerance, above 0.
/// - Returns: (N, D). Throws `DiffusionError(.badInput)` where 10,000 steps are not enough.
public func probabilityFlow<Value>(
  _ descent: Descent<Value>, rtol: Double = 1e-5, atol: Double = 1e-5
) throws -> [Value] {
  let stops = descent.levels.filter { $0.sigma > 0 }
  guard let first = stops.first, let last = stops.last, let end = descent.levels.last else {
    return descent.start
  }
  var x = descent.start
  var level = first
  if first.signal == 0 {
    // Of one level alone nothing but x̂_0 is known.
    guard last.signal > 0 else {
      let estimate = try descent.estimate(x, at: first)
      x = descent.move(estimate, to: end)
      try descent.reportEnd(x, estimate.x0)
      return x
    }
    // s is infinite: by x̂_0 to where hardly anything is to be seen.
    level = descent.process.level(ratio: max(1000, last.ratio))
    x = descent.move(try descent.estimate(x, at: first), to: level)
  }
  var y = descent.combine((1 / level.signal, x))
  var w = level.logRatio
  let target = last.logRatio

  func slope(_ y: [Value], _ w: Double) throws -> [Value] {
    let level = descent.process.level(ratio: exp(w))
    let estimate = try descent.estimate(descent.combine((level.signal, y)), at: level)
    return descent.combine((level.ratio, estimate.noise))
  }

  var k = [try slope(y, w)]
  var size = min(0.05, w - target)
  var attempts = 0
  while w > target {
    guard attempts < 10_000, size > 1e-12 else {
      throw DiffusionError(
        .badInput,
        "the probability-flow ODE does not come to sampling.rtol \(rtol) and atol \(atol): the network is not smooth "
          + "enough for that; take larger ones, or fewer steps of a sampler with fixed steps")
    }
    attempts += 1
    // Not quite at the end is at the end.
    let h = -(w - target < size * 1.0001 ? w - target : size)
    for stage in DormandPrince.stages {
      k.append(try slope(added(h, stage.weights, k, to: y), w + stage.place * h))
    }
    let next = added(h, DormandPrince.fifth, k, to: y)
    k.append(try slope(next, w + h))
    let error = added(h, DormandPrince.error, k, to: nil)
    var sum = 0.0
    for i in error.indices {
      let size: Double = max(abs(Double(y[i])), abs(Double(next[i])))
      let relative: Double = Double(error[i]) / (atol + rtol * size)
      sum += relative * relative
    }
    let ratio = (sum / Double(max(error.count, 1))).squareRoot()
    // What is not finite is not made so by smaller steps: it shall show.
    if ratio <= 1 || !ratio.isFinite {
      (y, w) = (next, h == -(w - target) ? target : w + h)
      k = [k[6]]
    } else {
      k = [k[0]]
    }
    size = -h * (ratio.isFinite ? min(5, max(0.2, 0.9 * pow(max(ratio, 1e-10), -0.2))) : 1)
  }
  let estimate = try descent.estimate(descent.combine((last.signal, y)), at: last)
  x = descent.move(estimate, to: end)
  try descent.reportEnd(x, estimate.x0)
  return x
}

/// y + h·Σ weight·k
private func added<Value: SampleValue>(
  _ h: Double, _ weights: [Double], _ k: [[Value]], to y: [Value]?
) -> [Value] {
  var terms: [(weight: Double, values: [Value])] = []
  if let y { terms.append((1, y)) }
  for (weight, slope) in zip(weights, k) { terms.append((h * weight, slope)) }
  return Value.combine(terms)
}

private enum DormandPrince {
  /// Where each stage but the first and the last lies, and what it takes of those before.
  static let stages: [(place: Double, weights: [Double])] = [
    (1 / 5, [1 / 5]), (3 / 10, [3 / 40, 9 / 40]), (4 / 5, [44 / 45, -56 / 15, 32 / 9]),
    (8 / 9, [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]),
    (1, [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]),
  ]
  /// Order 5: the next y, at which the last stage lies.
  static let fifth: [Double] = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
  /// Order 5 less order 4.
  static let error: [Double] = [
    71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40,
  ]
}
