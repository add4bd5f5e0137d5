extension SamplingSettings.Spacing {
  /// Which n of T timesteps are visited when sampling, ascending; a sampler visits them from the
  /// end.
  ///
  /// - linspace: round(i·(T−1)/(n−1)), both ends included
  /// - trailing: round(T − i·T/n) − 1, i = 0 ..< n: ends at T−1, may start above 0
  /// - leading: i·⌊T/n⌋ + offset: starts at 0 (the offset), may end below T−1
  ///
  /// Halves are rounded to even; one step alone is T−1. (Names after Lin 2023, table 2.) The other spacings are of
  /// levels, see ``NoiseProcess/levels(for:)``: their timesteps are those of linspace.
  /// Throws `DiffusionError(.badInput)` unless 1 ≤ n ≤ T and all lie below T.
  public func timesteps(_ n: Int, of total: Int, offset: Int = 0) throws -> [Int] {
    guard n >= 1 else {
      throw DiffusionError(.badInput, "sampling.steps is \(n): sampling takes at least one step")
    }
    guard n <= total else {
      throw DiffusionError(
        .badInput,
        "sampling.steps is \(n), but the noise process has only \(total) steps (diffusion.steps): "
          + "take \(total) or fewer")
    }
    guard n > 1 else { return [total - 1] }
    switch self {
    case .linspace, .quadratic, .sgmUniform, .karras, .exponential, .logSNR:
      return (0..<n).map { roundedQuotient($0 * (total - 1), n - 1) }
    case .trailing:
      return (0..<n).reversed().map { roundedQuotient(total * n - $0 * total, n) - 1 }
    case .leading:
      let last = (n - 1) * (total / n) + offset
      guard last < total else {
        throw DiffusionError(
          .badInput,
          "\(n) steps in leading spacing with an offset of \(offset) begin at timestep \(last), and the noise "
            + "process ends at \(total - 1): take fewer, or another sampling.spacing")
      }
      return (0..<n).map { $0 * (total / n) + offset }
    }
  }
}

/// a/b to the nearest integer, halves to even: the quotient is formed once, from whole numbers, so
/// that a half is exactly a half.
private func roundedQuotient(_ a: Int, _ b: Int) -> Int {
  Int((Double(a) / Double(b)).rounded(.toNearestOrEven))
}
