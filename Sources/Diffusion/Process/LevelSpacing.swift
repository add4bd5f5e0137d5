import Foundation

extension NoiseProcess {
  /// The levels that an experiment's `sampling` section asks for: n that the network is asked about, from the noisiest
  /// down, and the one where the last step ends.
  ///
  /// - Returns: n + 1 levels of falling s = σ/α; the last is data without noise unless the settings leave some.
  ///
  /// Throws `DiffusionError(.badInput)` where steps and spacing do not fit the process.
  public func levels(for sampling: SamplingSettings) throws -> [NoiseLevel] {
    let end =
      sampling.setAlphaToOne
      ? NoiseLevel.data : table?.level(0) ?? level(at: ends.to)
    return try visited(sampling) + [end]
  }

  private func visited(_ sampling: SamplingSettings) throws -> [NoiseLevel] {
    let n = sampling.steps
    guard n >= 1 else {
      throw DiffusionError(.badInput, "sampling.steps is \(n): sampling takes at least one step")
    }
    switch sampling.spacing {
    case .linspace, .trailing, .leading:
      return try timesteps(sampling)
    case .quadratic:
      // √t in equal steps (Lu 2022, DPM-Solver, section 3.4 and appendix D).
      return places(n) { from, to, share in
        let root = from.squareRoot() + share * (to.squareRoot() - from.squareRoot())
        return root * root
      }
    case .sgmUniform:
      let (from, to) = ends
      return (0..<n).map { level(place: from + Double($0) / Double(n) * (to - from)) }
    case .karras:
      return try ratios(sampling) { high, low, share in
        let rho = 7.0
        let root = pow(high, 1 / rho) + share * (pow(low, 1 / rho) - pow(high, 1 / rho))
        return pow(root, rho)
      }
    case .exponential, .logSNR:
      return try ratios(sampling) { high, low, share in
        exp(log(high) + share * (log(low) - log(high)))
      }
    }
  }

  // MARK: By timesteps

  /// The noisiest and the cleanest place: a timestep of `vp`, u of the others.
  private var ends: (from: Double, to: Double) {
    switch settings.process {
    case .vp: (Double(settings.steps - 1), 0)
    case .ve, .edm: (1, 0)
    case .subVP, .flow, .trig: (1, Self.smallestSampled)
    }
  }

  private func level(place: Double) -> NoiseLevel {
    guard let table else { return level(at: place) }
    guard place != place.rounded() else { return table.level(Int(place)) }
    return level(at: place / Double(table.steps - 1))
  }

  private func places(
    _ n: Int, _ place: (_ from: Double, _ to: Double, _ share: Double) -> Double
  ) -> [NoiseLevel] {
    let (from, to) = ends
    return (0..<n).map { i in
      if i == 0 { return level(place: from) }
      if i == n - 1 { return level(place: to) }
      return level(place: place(from, to, Double(i) / Double(n - 1)))
    }
  }

  private func timesteps(_ sampling: SamplingSettings) throws -> [NoiseLevel] {
    let n = sampling.steps
    if let table {
      if sampling.spacing == .leading, table.alphasCumprod.last == 0 {
        throw DiffusionError(
          .badInput,
          "sampling.spacing is leading, which never visits the last timestep: at zero terminal SNR that is where "
            + "samples start; take trailing or linspace")
      }
      return try sampling.spacing.timesteps(n, of: table.steps, offset: sampling.stepsOffset)
        .reversed().map(table.level)
    }
    switch sampling.spacing {
    case .trailing: return (0..<n).map { level(at: 1 - Double($0) / Double(n)) }
    case .leading:
      throw DiffusionError(
        .badInput,
        "sampling.spacing is leading, which counts timesteps from the first; diffusion.process \(settings.process.kind) "
          + "has none: take linspace or trailing")
    default: return places(n) { from, to, share in from + share * (to - from) }
    }
  }

  // MARK: By σ/α

  /// The largest and the smallest s of a sampler's levels: the process's own, unless the settings say otherwise.
  private func range(_ sampling: SamplingSettings) throws -> (high: Double, low: Double) {
    let (from, to) = ends
    let high = sampling.sigmaMax ?? level(place: from).ratio
    let low = sampling.sigmaMin ?? level(place: to).ratio
    guard high < .infinity else {
      throw DiffusionError(
        .badInput,
        "sampling.spacing is \(sampling.spacing.rawValue), which needs a largest σ/α, and this process ends in pure "
          + "noise: set sampling.sigma_max, or take linspace, trailing or sgm-uniform")
    }
    guard low > 0, low < high || (low == high && sampling.steps == 1) else {
      throw DiffusionError(
        .badInput,
        "the levels go from σ/α \(high) down to \(low): sampling.sigma_min lies above 0 and below "
          + "sampling.sigma_max")
    }
    return (high, low)
  }

  private func ratios(
    _ sampling: SamplingSettings,
    _ ratio: (_ high: Double, _ low: Double, _ share: Double) -> Double
  ) throws -> [NoiseLevel] {
    let n = sampling.steps
    let (high, low) = try range(sampling)
    return (0..<n).map { i in
      level(ratio: i == 0 ? high : i == n - 1 ? low : ratio(high, low, Double(i) / Double(n - 1)))
    }
  }
}
