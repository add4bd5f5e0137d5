/// Where a denoiser sends points at a noise level: the score, and the velocity of the probability flow.
///
/// With x̂_0 and ε̂ what it takes x = α·x_0 + σ·ε to be made of, the score ∇ log p(x) is −ε̂/σ (Song 2021, eq. 9), and
/// along the flow that keeps p, dx/du = α'·x̂_0 + σ'·ε̂ (their eq. 13 in these terms).
package struct VectorField {
  package enum Quantity: String, Sendable, CaseIterable {
    case score
    /// Towards the data: −dx/du, u from data at 0 to noise at 1.
    case velocity
  }

  package let denoiser: RunDenoiser

  package init(_ denoiser: RunDenoiser) {
    self.denoiser = denoiser
  }

  /// The level at u in [0, 1], from data to noise; of timesteps the nearest.
  package func level(_ u: Double) -> NoiseLevel {
    let process = denoiser.process
    guard let table = process.table else { return process.level(at: u) }
    return process.level(timestep: Int((u * Double(table.steps - 1)).rounded()))
  }

  /// - Parameters:
  ///   - x: (N, D).
  ///   - u: in [0, 1].
  ///   - classIndex: nil: of none.
  /// - Returns: (N, D).
  /// - Throws: what the denoiser throws.
  package func callAsFunction(
    _ quantity: Quantity, at x: [Float], _ u: Double, classIndex: Int?
  ) throws -> [Double] {
    let (process, level) = (denoiser.process, level(u))
    let count = x.count / denoiser.elements
    var output = [Float](repeating: 0, count: x.count)
    try denoiser.denoiser(
      count: count, classes: classIndex.map { [Int](repeating: $0, count: count) }, guidance: .none)(
        x, level, &output)
    // By u, from a little before to a little after.
    let (before, after) = (
      process.level(at: max(0, u - 1e-3)), process.level(at: min(1, u + 1e-3))
    )
    let (signalSlope, sigmaSlope) = (after.signal - before.signal, after.sigma - before.sigma)
    return zip(x, output).map { x, output in
      let (x0, noise) = process.prediction.estimates(
        from: Double(output), xt: Double(x), at: level, sigmaData: process.sigmaData)
      return switch quantity {
      case .score: -noise / level.sigma
      case .velocity: -(signalSlope * x0 + sigmaSlope * noise)
      }
    }
  }
}
