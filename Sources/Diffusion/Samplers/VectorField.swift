import Kernels

/// Where a denoiser sends points at a noise level: the score, and the velocity of the probability flow.
///
/// With x̂_0 and ε̂ what the network takes x = α·x_0 + σ·ε to be made of, the score ∇ log p(x) is −ε̂/σ (Song 2021, eq. 9),
/// and along the flow that keeps p, dx/du = α'·x̂_0 + σ'·ε̂ (their eq. 13 in these terms).
package struct VectorField {
  package enum Quantity: String, Sendable, CaseIterable {
    case score
    /// Towards the data: −dx/du, u from data at 0 to noise at 1.
    case velocity
  }

  private let predictor: Predictor
  private let schedule: NoiseSchedule

  /// - Parameters:
  ///   - file: a network over vectors.
  ///   - precision: that it was trained in.
  /// - Throws: `DiffusionError` where it is one of images, or the process has no sense.
  package init(_ file: NetworkFile, precision: TrainingSettings.Precision) throws {
    let description = file.description
    guard description.height == 1, description.width == 1 else {
      throw DiffusionError(
        .badInput, "the network is one of images, which are no points of a plane")
    }
    predictor = Predictor(
      network: file.network, values: file.values, height: 1, width: 1,
      precision: Precision(precision), kernels: try Engine.kernels(), pool: WorkerPool(count: 1))
    schedule = try NoiseSchedule(description.diffusion)
  }

  /// Ends its thread.
  package func end() { predictor.pool.end() }

  /// D
  package var dimensions: Int { predictor.elements }

  /// That the network can be told; 0: it knows none.
  package var classes: Int { predictor.network.classes }

  /// The level at u in [0, 1], from data to noise, and what to call it.
  package func level(_ u: Double) -> (signal: Double, sigma: Double, name: String) {
    let timestep = timestep(u)
    let level = schedule.level(timestep)
    return (level.signal, level.sigma, "t=\(timestep)")
  }

  private func timestep(_ u: Double) -> Int {
    Int((max(0, min(1, u)) * Double(schedule.steps - 1)).rounded())
  }

  /// - Parameters:
  ///   - x: (N, D).
  ///   - u: in [0, 1].
  ///   - classIndex: nil: the null class, where there are classes.
  /// - Returns: (N, D).
  package func callAsFunction(
    _ quantity: Quantity, at x: [Float], _ u: Double, classIndex: Int?
  ) -> [Double] {
    let timestep = timestep(u)
    let level = schedule.level(timestep)
    let count = x.count / dimensions
    let classes = predictor.network.classes
    let output = predictor.predict(
      x, timesteps: [Int](repeating: timestep, count: count),
      condition: classes == 0
        ? .none : .classes([Int](repeating: classIndex ?? classes, count: count)))
    // By u, between the levels before and after.
    let before = schedule.level(max(0, timestep - 1))
    let after = schedule.level(min(schedule.steps - 1, timestep + 1))
    let (signalSlope, sigmaSlope) = (after.signal - before.signal, after.sigma - before.sigma)
    return zip(x, output).map { x, output in
      let (x0, noise) = schedule.prediction.estimates(
        from: Double(output), xt: Double(x), at: level)
      return switch quantity {
      case .score: -noise / level.sigma
      case .velocity: -(signalSlope * x0 + sigmaSlope * noise)
      }
    }
  }
}
