import Foundation

/// Ancestral sampling (Ho 2020, algorithm 2), respaced to the levels (Nichol & Dhariwal 2021, section 4).
///
/// x ← α_{i−1}·β'/σ_i²·x̂_0 + √α'·σ_{i−1}²/σ_i²·x + Σ·z, with Σ² = β̃' (fixed-small), β' (fixed-large) or what the network says (learned) and no noise at
/// the last step; β' = 1 − ᾱ_i/ᾱ_{i−1} of the levels that are visited. Taking those of the dense table instead is a
/// common mistake, which `naiveStrided` shows.
///
/// - Returns: (N, D).
public func ancestral<Value>(_ descent: Descent<Value>) throws -> [Value] {
  if descent.process.variance == .learned { return try ancestralOfLearned(descent) }
  return try descent.descend { step in
    let transition = step.transition
    return ReverseStep(
      x0: transition.meanOfX0, x: transition.meanOfX,
      noise: step.place == 0
        ? 0 : transition.reverseVariance(descent.process.variance).squareRoot())
  }
}

/// The same with Σ² between β̃' and β', value by value (Nichol & Dhariwal 2021, eq. 15).
private func ancestralOfLearned<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let transition = step.transition
    let (x0, variances) = try descent.estimateOfLearned(x, at: step.from)
    var next = descent.combine((transition.meanOfX0, x0), (transition.meanOfX, x))
    guard step.place > 0 else { return (next, x0) }
    let (least, most) = (log(transition.posteriorVariance), log(transition.added))
    for (i, (z, v)) in zip(descent.normals(.step(step.place)), variances).enumerated() {
      let share = (Double(v) + 1) / 2
      next[i] += Value(exp((share * most + (1 - share) * least) / 2) * Double(z))
    }
    return (next, x0)
  }
}

extension Transition {
  /// The variance of the noise that an ancestral step adds (Ho 2020, section 3.2): β̃' or β'.
  fileprivate func reverseVariance(_ variance: DiffusionSettings.Variance) -> Double {
    switch variance {
    case .fixedLarge: added
    // As the tables have it: through its logarithm, which learned variances are given in.
    case .fixedSmall, .learned: exp(log(posteriorVariance))
    }
  }
}
