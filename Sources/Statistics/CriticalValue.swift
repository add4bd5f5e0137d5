import Foundation

/// How many standard errors a difference must be from 0 so that all verdicts of a table hold together.
///
/// `c(k, n)` of k settings with n seeds each is the 95.5 % quantile of the largest |D|/√(V/n) of a table, V as
/// ``SimultaneousComparison`` estimates it, in the worst of some fifteen patterns of spreads within a ratio of 3, found by
/// simulation (docs/verdicts.md). Between the table's rows and columns ln c is linear in ln k and in 1/(n − 1).
enum CriticalValue {
  /// Told as 5 %: what is left pays for looking again when more seeds have come in.
  static let level = 0.955

  /// - Parameters:
  ///   - settings: k, 2 at least. For 2 it is Student's t.
  ///   - seeds: n, 2 at least.
  static func of(settings: Int, seeds: Int) -> Double {
    if settings == 2 {
      return StudentT.quantile(0.5 + level / 2, degreesOfFreedom: Double(seeds - 1))
    }
    let k = log(Double(settings))
    let row = max(
      1, min(rows.count - 1, rows.firstIndex { $0.settings >= settings } ?? rows.count - 1))
    let (a, b) = (rows[row - 1], rows[row])
    let (low, high) = (log(Double(a.settings)), log(Double(b.settings)))
    let share = settings <= rows[0].settings ? 0 : (k - low) / (high - low)
    let (from, to) = (a.logarithm(seeds: seeds), b.logarithm(seeds: seeds))
    return exp(from + share * (to - from))
  }

  private struct Row {
    var settings: Int
    /// For ``columns``.
    var values: [Double]

    init(_ settings: Int, _ values: [Double]) {
      self.settings = settings
      self.values = values
    }

    func logarithm(seeds: Int) -> Double {
      let x = 1 / Double(seeds - 1)
      let column = CriticalValue.columns.firstIndex { $0 <= x } ?? 0
      if column == 0 { return log(values[0]) }
      let (left, right) = (CriticalValue.columns[column - 1], CriticalValue.columns[column])
      let share = (x - left) / (right - left)
      return log(values[column - 1]) + share * (log(values[column]) - log(values[column - 1]))
    }
  }

  /// 1/(n − 1) of n = 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30 and without end.
  private static let columns =
    [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30].map { 1 / Double($0 - 1) } + [0]

  // The last column is Šidák's (1967, JASA 62:626), an upper bound whatever the correlation.
  private static let rows = [
    Row(
      3,
      [5.413, 3.194, 2.868, 2.679, 2.594, 2.543, 2.503, 2.485, 2.466, 2.433, 2.409, 2.363, 2.278]),
    Row(
      4,
      [4.903, 3.241, 2.986, 2.781, 2.691, 2.649, 2.638, 2.600, 2.571, 2.542, 2.498, 2.456, 2.427]),
    Row(
      5,
      [4.729, 3.326, 3.024, 2.842, 2.772, 2.734, 2.711, 2.679, 2.661, 2.633, 2.607, 2.585, 2.529]),
    Row(
      6,
      [4.647, 3.381, 3.084, 2.916, 2.820, 2.803, 2.781, 2.755, 2.736, 2.723, 2.695, 2.645, 2.606]),
    Row(
      7,
      [4.559, 3.403, 3.090, 2.958, 2.873, 2.852, 2.825, 2.808, 2.804, 2.797, 2.760, 2.745, 2.668]),
    Row(
      8,
      [4.515, 3.467, 3.114, 2.993, 2.906, 2.891, 2.879, 2.865, 2.844, 2.834, 2.828, 2.762, 2.719]),
    Row(
      10,
      [4.515, 3.508, 3.210, 3.047, 2.973, 2.972, 2.954, 2.919, 2.937, 2.942, 2.907, 2.869, 2.801]),
    Row(
      12,
      [4.580, 3.551, 3.234, 3.099, 3.025, 3.006, 2.995, 2.981, 3.002, 2.975, 2.977, 2.923, 2.865]),
    Row(
      15,
      [4.566, 3.619, 3.301, 3.195, 3.095, 3.104, 3.075, 3.050, 3.074, 3.068, 3.043, 3.011, 2.940]),
    Row(
      20,
      [4.572, 3.605, 3.380, 3.287, 3.173, 3.178, 3.163, 3.140, 3.153, 3.160, 3.144, 3.130, 3.034]),
    Row(
      30,
      [4.616, 3.743, 3.473, 3.372, 3.323, 3.348, 3.317, 3.294, 3.324, 3.320, 3.324, 3.293, 3.159]),
    Row(
      50,
      [4.727, 3.848, 3.630, 3.568, 3.581, 3.486, 3.536, 3.495, 3.465, 3.431, 3.398, 3.367, 3.309]),
    Row(
      100,
      [4.854, 4.030, 3.925, 3.953, 3.924, 3.846, 3.802, 3.835, 3.733, 3.682, 3.633, 3.587, 3.501]),
  ]
}
