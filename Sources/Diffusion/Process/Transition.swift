import Foundation

/// From a noisy level to a cleaner one: what the forward process does between the two, and its posterior
/// q(x_to | x_from, x_0) (Ho 2020, eq. 7; for any process Kingma 2021, appendix A).
struct Transition: Sendable {
  let from: NoiseLevel
  let to: NoiseLevel
  /// (α_from/α_to)², α' of a step.
  let keep: Double
  /// σ_from² − (α_from/α_to)²·σ_to², the variance that the forward process adds: β' of a step.
  let added: Double

  init(from: NoiseLevel, to: NoiseLevel) {
    self.from = from
    self.to = to
    if from.preservesVariance && to.preservesVariance {
      added = 1 - from.signalVariance / to.signalVariance
      keep = 1 - added
    } else {
      keep = from.signalVariance / to.signalVariance
      added = max(0, from.noiseVariance - keep * to.noiseVariance)
    }
  }

  /// What the posterior's mean takes of x_0.
  var meanOfX0: Double { to.signal * added / from.noiseVariance }

  /// What the posterior's mean takes of x_from.
  var meanOfX: Double { keep.squareRoot() * to.noiseVariance / from.noiseVariance }

  /// β̃ of a step.
  var posteriorVariance: Double { added * to.noiseVariance / from.noiseVariance }

  /// s_to/s_from = (σ_to·α_from)/(α_to·σ_from): the share of the noise that an ODE's step leaves.
  var ratio: Double { to.sigma * from.signal / (to.signal * from.sigma) }

  /// h = ln(s_from/s_to), the step in half the log-SNR; ∞ from pure noise and to data.
  var logStep: Double { -Foundation.log(ratio) }
}
