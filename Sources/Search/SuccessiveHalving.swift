/// Of the runs that have reached a rung, the best 1/η continue.
///
/// K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
/// Optimization", AISTATS 2016; L. Li et al., "A System for Massively Parallel Hyperparameter
/// Tuning", MLSys 2020. Decided when all have arrived, not as they arrive (the A of ASHA), so that
/// the outcome does not depend on which of them were quick.
public struct SuccessiveHalving: Sendable, Hashable {
  public var eta: Int

  /// - Precondition: eta ≥ 2.
  public init(eta: Int) {
    precondition(eta >= 2)
    self.eta = eta
  }

  /// How many of n continue: ⌊n/η⌋, one at least.
  public func kept(of count: Int) -> Int {
    count == 0 ? 0 : max(1, count / eta)
  }

  /// Each one's place among all, from 1; equal ones in the order given.
  /// - Parameter losses: lower is better; infinity for what has diverged.
  public static func ranks(_ losses: [Double]) -> [Int] {
    let order = losses.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }
    var ranks = [Int](repeating: 0, count: losses.count)
    for (rank, index) in order.enumerated() { ranks[index] = rank + 1 }
    return ranks
  }

  /// Whether each continues. What has diverged never does.
  public func goesOn(_ losses: [Double]) -> [Bool] {
    let kept = kept(of: losses.count)
    return zip(Self.ranks(losses), losses).map { $0 <= kept && $1 < .infinity }
  }
}
