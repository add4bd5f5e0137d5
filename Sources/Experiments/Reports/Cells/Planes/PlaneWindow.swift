import Plots

/// The square window that shows points of the plane.
enum PlaneWindow {
  /// All but a share of the points of each set, the farthest along either axis, with a margin; ends at round numbers.
  static func covering(
    _ sets: [[Plots.Point]], leavingOut share: Double = 0.01
  ) -> ClosedRange<Double> {
    var (low, high) = (Double.infinity, -Double.infinity)
    for set in sets {
      for values in [set.map(\.x), set.map(\.y)] {
        let sorted = values.filter(\.isFinite).sorted()
        guard !sorted.isEmpty else { continue }
        let cut = Int(Double(sorted.count) * share / 2)
        low = min(low, sorted[cut])
        high = max(high, sorted[sorted.count - 1 - cut])
      }
    }
    guard low.isFinite, high.isFinite else { return -1...1 }
    let margin = max(0.06 * (high - low), 1e-6)
    return rounded(low - margin, down: true)...rounded(high + margin, down: false)
  }

  /// How far points are from 0 along either axis, all but the farthest of a hundred.
  static func extent(_ points: [Plots.Point]) -> Double {
    let sorted = points.flatMap { [abs($0.x), abs($0.y)] }.filter(\.isFinite).sorted()
    return sorted.isEmpty ? 1 : sorted[sorted.count - 1 - sorted.count / 100]
  }

  /// To one or two digits, of a tenth or more.
  private static func rounded(_ value: Double, down: Bool) -> Double {
    let size = abs(value)
    let step = size >= 100 ? 10.0 : size >= 10 ? 1 : 0.1
    let rounded = (value / step).rounded(down ? .down : .up) * step
    return rounded == 0 ? 0 : rounded
  }
}
