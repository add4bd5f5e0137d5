/// The last losses at each timestep, from which `loss-aware` draws: p_t ∝ √E[L_t²] (Nichol & Dhariwal 2021, eq. 18), a
/// thousandth of it uniform; uniform until each timestep has its ten.
public struct LossHistory: Sendable, Hashable {
  /// Losses kept of a timestep.
  static let depth = 10
  /// What goes to all timesteps alike.
  static let uniformShare = 0.001

  /// (T, 10), oldest first.
  private(set) var losses: [Float]
  /// (T): how many of them there are.
  private(set) var counts: [Int]

  /// Without any losses.
  /// - Parameter steps: T.
  public init(steps: Int) {
    losses = [Float](repeating: 0, count: steps * Self.depth)
    counts = [Int](repeating: 0, count: steps)
  }

  /// What a checkpoint held; nil where that is impossible.
  init?(losses: [Float], counts: [Int], steps: Int) {
    guard counts.count == steps, losses.count == steps * Self.depth,
      counts.allSatisfy((0...Self.depth).contains)
    else { return nil }
    (self.losses, self.counts) = (losses, counts)
  }

  /// A loss that is no number is left out.
  mutating func add(_ loss: Double, at timestep: Int) {
    guard loss.isFinite else { return }
    let start = timestep * Self.depth
    if counts[timestep] < Self.depth {
      losses[start + counts[timestep]] = Float(loss)
      counts[timestep] += 1
    } else {
      for i in start..<start + Self.depth - 1 { losses[i] = losses[i + 1] }
      losses[start + Self.depth - 1] = Float(loss)
    }
  }

  /// p_t; nil while there are too few losses.
  func probabilities() -> [Double]? {
    guard counts.allSatisfy({ $0 == Self.depth }) else { return nil }
    let steps = counts.count
    var roots = (0..<steps).map { t in
      var sum = 0.0
      for i in t * Self.depth..<(t + 1) * Self.depth {
        sum += Double(losses[i]) * Double(losses[i])
      }
      return (sum / Double(Self.depth)).squareRoot()
    }
    let total = roots.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    for t in roots.indices {
      roots[t] = roots[t] / total * (1 - Self.uniformShare) + Self.uniformShare / Double(steps)
    }
    return roots
  }
}
