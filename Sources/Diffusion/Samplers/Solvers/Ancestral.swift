import Foundation

/// Ancestral sampling (Ho 2020, algorithm 2), respaced to the levels (Nichol & Dhariwal 2021, section 4).
///
/// x ← α_{i−1}·β'/σ_i²·x̂_0 + √α'·σ_{i−1}²/σ_i²·x + Σ·z, with Σ² = β̃' (fixed-small) or β' (fixed-large) and no noise at
/// the last step; β' = 1 − ᾱ_i/ᾱ_{i−1} of the levels that are visited. Taking those of the dense table instead is a
/// common mistake, which `naiveStrided` shows.
///
/// - Returns: (N, D).
public func ancestral<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.descend { step in
    let transition = step.transition
    return ReverseStep(
      x0: transition.meanOfX0, x: transition.meanOfX,
      noise: step.place == 0
        ? 0 : transition.reverseVariance(descent.process.variance).squareRoot())
  }
}

extension Transition {
  /// The variance of the noise that an ancestral step adds (Ho 2020, section 3.2): β̃' or β'.
  fileprivate func reverseVariance(_ variance: DiffusionSettings.Variance) -> Double {
    switch variance {
    case .fixedLarge: added
    // As the tables have it: through its logarithm, which learned variances are given in.
    case .fixedSmall: exp(log(posteriorVariance))
    }
  }
}
