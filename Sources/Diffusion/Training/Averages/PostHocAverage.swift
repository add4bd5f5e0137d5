import Foundation
import Kernels

/// An average of the weights that was not tracked, made of snapshots of those that were (Karras et al. 2024, section
/// 3.2): of all sums Σ xᵢ·θ̄ᵢ the one whose profile comes nearest to the wanted one.
///
/// Profiles are sequences over updates, as they were in training, not their continuous limits: a width that was tracked
/// comes out as it was. The xᵢ add up to 1, so that weights which no longer change are reproduced.
enum PostHocAverage {
  /// A snapshot's average: what it counts, and when it was taken.
  struct Tracked: Sendable, Hashable {
    var profile: PowerProfile
    /// t, updates until then.
    var updates: Int
  }

  /// Least squares over the profiles, which are all but linearly dependent where snapshots lie close: directions below
  /// this share of the largest eigenvalue are left out, as they would amplify the rounding of the snapshots.
  private static let negligible = 1e-12

  /// The xᵢ.
  /// - Parameters:
  ///   - tracked: at least one.
  ///   - wanted: of which no snapshot is later.
  /// - Throws: `DiffusionError(.badInput)` where LAPACK does not converge.
  static func coefficients(
    of wanted: Tracked, from tracked: [Tracked]
  ) throws(DiffusionError) -> [Double] {
    if let same = tracked.firstIndex(of: wanted) {
      return tracked.indices.map { $0 == same ? 1 : 0 }
    }
    let products = ProfileProducts(of: tracked + [wanted])
    let n = tracked.count
    let lengths = tracked.map { products($0, $0).squareRoot() }
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let value = products(tracked[i], tracked[j]) / (lengths[i] * lengths[j])
        (matrix[i * n + j], matrix[j * n + i]) = (value, value)
      }
    }
    guard let eigen = SymmetricEigen(matrix, size: n) else {
      throw DiffusionError(
        .badInput,
        "no average of width \(wanted.profile.width) can be made of these snapshots: their profiles could not be taken apart"
      )
    }
    func solved(_ right: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: n)
      for (k, value) in eigen.values.enumerated() where value > negligible * eigen.values[0] {
        let vector = eigen.vectors[(k * n)..<((k + 1) * n)]
        let weight = zip(vector, right).reduce(0) { $0 + $1.0 * $1.1 } / value
        for (i, element) in vector.enumerated() { result[i] += weight * element }
      }
      return result
    }
    let free = solved((0..<n).map { products(wanted, tracked[$0]) / lengths[$0] })
    // By Lagrange's multiplier.
    let ones = lengths.map { 1 / $0 }
    let along = solved(ones)
    func sum(_ values: [Double]) -> Double { zip(values, ones).reduce(0) { $0 + $1.0 * $1.1 } }
    let missing = (1 - sum(free)) / sum(along)
    return (0..<n).map { (free[$0] + missing * along[$0]) / lengths[$0] }
  }
}

/// Inner products of profiles over updates: Σ_s p(s)·q(s) with p(s) = (1 − β(s))·(s/t)^{γ+1} for s ≤ t.
private struct ProfileProducts {
  private struct Pair: Hashable {
    var low: PowerProfile
    var high: PowerProfile
    var updates: Int

    init(_ a: PowerProfile, _ b: PowerProfile, _ updates: Int) {
      (low, high) = a.exponent <= b.exponent ? (a, b) : (b, a)
      self.updates = updates
    }
  }

  private var sums: [Pair: Double] = [:]

  init(of tracked: [PostHocAverage.Tracked]) {
    let profiles = Set(tracked.map(\.profile)).sorted { $0.exponent < $1.exponent }
    let times = Set(tracked.map(\.updates))
    let last = times.max() ?? 0
    for (i, a) in profiles.enumerated() {
      for b in profiles[...i] {
        // Σ_{s≤t} of both shares times (s/t)^{a+b}, from that of t − 1.
        let power = a.exponent + b.exponent + 2
        var sum = 0.0
        for t in stride(from: 1, through: last, by: 1) {
          let kept = t == 1 ? 0 : exp(power * log1p(-1 / Double(t)))
          sum = sum * kept + a.share(at: t) * b.share(at: t)
          if times.contains(t) { sums[Pair(a, b, t)] = sum }
        }
      }
    }
  }

  func callAsFunction(_ a: PostHocAverage.Tracked, _ b: PostHocAverage.Tracked) -> Double {
    let (early, late) = a.updates <= b.updates ? (a, b) : (b, a)
    let sum = sums[Pair(early.profile, late.profile, early.updates)] ?? 0
    // The later one's profile is that of the early time, scaled down.
    let ratio = Double(early.updates) / Double(late.updates)
    return sum * pow(ratio, late.profile.exponent + 1)
  }
}
