import Kernels

extension Predictor {
  /// What the network predicts of images, and the x̂_0 and ε̂ that this means at their levels: x = α·x̂_0 + σ·ε̂.
  ///
  /// - Parameters:
  ///   - x: (N, H, W, C), noisy images.
  ///   - levels: N, how noisy each is.
  ///   - condition: speaks of all N.
  ///   - process: what the network was trained on, and to predict.
  ///   - limit: how far x̂_0 may go.
  /// - Returns: (N, H, W, C) each. Where α or σ is 0, what a target does not say is not finite. Of learned variances also
  ///   what the network says of them, from −1 for β̃ to 1 for β.
  public func prediction(
    of x: [Float], at levels: [NoiseLevel], condition: Condition, process: NoiseProcess,
    limit: EstimateLimit = .none
  ) -> (output: [Float], x0: [Float], noise: [Float], variances: [Float]?) {
    var input = x
    for (place, level) in levels.enumerated() {
      let scale = Float(process.prediction.inputScale(at: level, sigmaData: process.sigmaData))
      guard scale != 1 else { continue }
      for k in place * elements..<(place + 1) * elements { input[k] *= scale }
    }
    let said = predict(
      input, times: levels.map { Float($0.time) }, condition: condition,
      variances: network.outputChannels > network.channels)
    let output = Array(said.prefix(x.count))
    var (x0, noise) = ([Float](), [Float]())
    for (place, level) in levels.enumerated() {
      let own = place * elements..<(place + 1) * elements
      let estimate = Float.estimate(
        Array(output[own]), x: Array(x[own]), at: level, process: process, limit: limit,
        elements: elements)
      x0 += estimate.x0
      noise += estimate.noise
    }
    return (
      output, x0, noise, said.count > x.count ? Array(said.suffix(x.count)) : nil
    )
  }
}
