import Foundation
import Kernels

/// The variational bound on −ln p(x_0) of `vp`, term by term over t (Ho 2020, eq. 5; Nichol & Dhariwal 2021, section 3):
///
/// L = KL(q(x_T|x_0) ‖ N(0, I)) + Σ_{t≥1} KL(q(x_{t−1}|x_t,x_0) ‖ p(x_{t−1}|x_t)) − ln p(x_0|x_1)
///
/// with timesteps counted from 0 here, so that term 0 is the decoder −ln p(x_0|x_1). In nats, summed over the values of
/// an image.
struct VariationalBound: Sendable {
  /// p(x_0 | x_1).
  enum Decoder: Sendable {
    /// Of bytes in [−1, 1]: what the Gaussian gives their bins (Ho 2020, eq. 13).
    case discretised
    /// Of continuous data: the Gaussian's density.
    case continuous
  }

  let process: NoiseProcess
  let decoder: Decoder
  /// T levels.
  let levels: [NoiseLevel]
  /// β_t.
  private let betas: [Double]
  /// T: from t to t − 1, the first to data.
  private let transitions: [Transition]

  /// - Throws: `DiffusionError(.badInput)` of a process that is no table of steps.
  init(_ process: NoiseProcess, decoder: Decoder) throws(DiffusionError) {
    guard let table = process.table else {
      throw DiffusionError(
        .badInput,
        "the variational bound is a sum over the steps of diffusion.process vp, and \(process.settings.process.kind) has "
          + "none: measure log-likelihood")
    }
    self.process = process
    self.decoder = decoder
    betas = table.betas
    let levels = (0..<table.steps).map(table.level)
    self.levels = levels
    transitions = levels.indices.map {
      Transition(from: levels[$0], to: $0 == 0 ? .data : levels[$0 - 1])
    }
  }

  var steps: Int { levels.count }

  // MARK: What the reverse process is

  /// ln Σ of p(x_{t−1}|x_t) where it is fixed: β̃ or β (Ho 2020, section 3.2). At the last step, where β̃ is 0, both take
  /// β̃ of the step before, as the published programs do.
  func fixedLogVariance(_ t: Int) -> Double {
    guard t > 0 else { return steps > 1 ? log(transitions[1].posteriorVariance) : log(betas[0]) }
    return switch process.variance {
    case .fixedSmall, .learned: log(transitions[t].posteriorVariance)
    case .fixedLarge: log(betas[t])
    }
  }

  /// The same where a network says v, from −1 for β̃ to 1 for β (Nichol & Dhariwal 2021, eq. 15).
  func learnedLogVariance(_ t: Int, _ v: Double) -> Double {
    let share = (v + 1) / 2
    return share * log(betas[t]) + (1 - share) * fixedLogVariance(t)
  }

  /// x_t = √(1 − β_t)·x_{t−1} + √β_t·z of one value (Ho 2020, eq. 2).
  func forward(_ previous: Double, noise z: Double, _ t: Int) -> Double {
    (1 - betas[t]).squareRoot() * previous + betas[t].squareRoot() * z
  }

  // MARK: Terms

  /// What one image says of one timestep, summed over its values.
  struct Term: Sendable {
    /// The divergence of the step; of step 0 −ln p(x_0|x_1). In nats.
    var loss = 0.0
    /// What of it the variances alone make, C of Ho 2020, eq. 8; 0 of step 0. In nats.
    var constant = 0.0
    /// β²/(2Σ·(1 − β)·(1 − ᾱ))·|ε − ε̂|² (Ho 2020, eq. 12); 0 of step 0. In nats.
    var weightedError = 0.0
    /// |ε − ε̂|², what L_simple is the mean of (Ho 2020, eq. 14).
    var noiseError = 0.0
  }

  /// What the reverse process makes of x_t.
  struct Estimate: Sendable {
    /// (D): x̂_0.
    var x0: ArraySlice<Double>
    /// (D): ln Σ where it is learned; nil: ``VariationalBound/fixedLogVariance(_:)``.
    var logVariance: ArraySlice<Double>?
  }

  /// KL(q(x_T|x_0) ‖ N(0, I)) in nats: ½·Σ(σ² + α²·x_0² − 1 − ln σ²) at the last level.
  /// - Parameter x0: (D).
  func prior(x0: ArraySlice<Double>) -> Double {
    guard let last = levels.last else { return 0 }
    let logVariance = log(last.noiseVariance)
    return x0.reduce(0) {
      $0
        + GaussianTerms.divergence(
          difference: last.signal * $1, logVariance: logVariance, from: 0)
    }
  }

  /// - Parameters:
  ///   - x0: (D), the image.
  ///   - xt: (D), the image at timestep t.
  ///   - noise: (D): ε of x_t = α·x_0 + σ·ε.
  func term(
    _ t: Int, x0: ArraySlice<Double>, xt: ArraySlice<Double>, noise: ArraySlice<Double>,
    _ estimate: Estimate
  ) -> Term {
    let (level, transition) = (levels[t], transitions[t])
    let fixed = fixedLogVariance(t)
    let posterior = log(transition.posteriorVariance)
    // The weight of the noise's error but for 1/Σ.
    let weight = betas[t] * betas[t] / (2 * (1 - betas[t]) * level.noiseVariance)
    // Where the variance is fixed it is the same for all values.
    var precision = exp(-fixed)
    var constant =
      t > 0 ? GaussianTerms.varianceDivergence(logVariance: posterior, from: fixed) : 0
    var term = Term()
    for i in 0..<x0.count {
      let data = x0[x0.startIndex + i]
      let x = xt[xt.startIndex + i]
      let estimated = estimate.x0[estimate.x0.startIndex + i]
      let learned = estimate.logVariance.map { $0[$0.startIndex + i] }
      if let learned {
        precision = exp(-learned)
        constant =
          t > 0 ? GaussianTerms.varianceDivergence(logVariance: posterior, from: learned) : 0
      }
      let error = noise[noise.startIndex + i] - level.noise(xt: x, x0: estimated)
      term.noiseError += error * error
      let mean = transition.meanOfX0 * estimated + transition.meanOfX * x
      guard t > 0 else {
        term.loss -= decoded(data, mean: mean, logVariance: learned ?? fixed)
        continue
      }
      let difference = transition.meanOfX0 * data + transition.meanOfX * x - mean
      term.loss += constant + difference * difference * precision / 2
      term.constant += constant
      // Where nothing is left of the data ε̂ says nothing, and the error of x̂_0 has a weight instead.
      let dataError = transition.meanOfX0 * (data - estimated)
      term.weightedError +=
        (weight < .infinity ? weight * error * error : dataError * dataError / 2) * precision
    }
    return term
  }

  /// ln p(x_0|x_1) of one value.
  private func decoded(_ x0: Double, mean: Double, logVariance: Double) -> Double {
    switch decoder {
    case .discretised:
      GaussianTerms.discretisedLogLikelihood(x: x0, mean: mean, logVariance: logVariance)
    case .continuous: GaussianTerms.logDensity(difference: x0 - mean, logVariance: logVariance)
    }
  }

  /// β²/(2Σ·(1 − β)·(1 − ᾱ)) with the fixed Σ: what the squared error of the noise is multiplied by at t ≥ 1, in nats.
  func weight(_ t: Int) -> Double {
    betas[t] * betas[t]
      / (2 * exp(fixedLogVariance(t)) * (1 - betas[t]) * levels[t].noiseVariance)
  }

  /// What the bound is before its terms are integrated one by one, of one step of one trajectory:
  /// ln q(x_t|x_{t−1}) − ln p(x_{t−1}|x_t), x_{−1} the image (Ho 2020, eq. 3).
  ///
  /// - Parameters:
  ///   - previous: (D): x_{t−1}.
  func logRatio(
    _ t: Int, previous: ArraySlice<Double>, xt: ArraySlice<Double>, _ estimate: Estimate
  ) -> Double {
    let transition = transitions[t]
    let (keep, added) = ((1 - betas[t]).squareRoot(), log(betas[t]))
    let fixed = fixedLogVariance(t)
    var sum = 0.0
    for i in 0..<xt.count {
      let x = xt[xt.startIndex + i]
      let before = previous[previous.startIndex + i]
      let logVariance = estimate.logVariance.map { $0[$0.startIndex + i] } ?? fixed
      let mean =
        transition.meanOfX0 * estimate.x0[estimate.x0.startIndex + i] + transition.meanOfX * x
      sum += GaussianTerms.logDensity(difference: x - keep * before, logVariance: added)
      sum -=
        t == 0
        ? decoded(before, mean: mean, logVariance: logVariance)
        : GaussianTerms.logDensity(difference: before - mean, logVariance: logVariance)
    }
    return sum
  }
}
