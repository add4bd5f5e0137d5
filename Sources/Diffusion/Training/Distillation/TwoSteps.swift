/// Two steps of DDIM, and what a student should say for one of its own to end where they do.
///
/// With x at a level (α, σ), x″ at (α″, σ″) after two steps: x̃_0 = (x″ − (σ″/σ)·x)/(α″ − (σ″/σ)·α), the x̂_0 of the one
/// step x″ = α″·x̃_0 + (σ″/σ)·(x − α·x̃_0) (Salimans & Ho 2022, algorithm 2 and appendix G); the target is what the network
/// would say of x̃_0. It holds of every process, where σ > 0 at the first level.
struct TwoSteps: Sendable {
  let from: NoiseLevel
  let middle: NoiseLevel
  let to: NoiseLevel
  private let prediction: PredictionTarget
  private let sigmaData: Double

  /// - Parameters:
  ///   - from: the noisiest; the student is asked about it, and the teacher.
  ///   - middle: the teacher is asked about it too.
  ///   - to: where both end.
  init(_ process: NoiseProcess, from: NoiseLevel, middle: NoiseLevel, to: NoiseLevel) {
    (self.from, self.middle, self.to) = (from, middle, to)
    prediction = process.prediction
    sigmaData = process.sigmaData
  }

  /// x at the middle level, of what the teacher says of x.
  func middle(x: Double, output: Double) -> Double { step(x, output, from, middle) }

  /// What the student is to say of x.
  /// - Parameters:
  ///   - x: at the first level.
  ///   - middle: x at the middle level, and `output` what the teacher says of it.
  func target(x: Double, middle: Double, output: Double) -> Double {
    let end = step(middle, output, self.middle, to)
    let ratio = to.sigma / from.sigma
    let x0 = (end - ratio * x) / (to.signal - ratio * from.signal)
    return prediction.target(
      x0: x0, noise: from.noise(xt: x, x0: x0), at: from, sigmaData: sigmaData)
  }

  private func step(
    _ x: Double, _ output: Double, _ from: NoiseLevel, _ to: NoiseLevel
  ) -> Double {
    let (x0, noise) = prediction.estimates(from: output, xt: x, at: from, sigmaData: sigmaData)
    return to.signal * x0 + to.sigma * noise
  }
}
