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

    init(_ settings: Int, _ thousandths: [Int]) {
      self.settings = settings
      values = thousandths.map { Double($0) / 1000 }
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
    Row(3, [5413, 3194, 2868, 2679, 2594, 2543, 2503, 2485, 2466, 2433, 2409, 2363, 2278]),
    Row(4, [4903, 3241, 2986, 2781, 2691, 2649, 2638, 2600, 2571, 2542, 2498, 2456, 2427]),
    Row(5, [4729, 3326, 3024, 2842, 2772, 2734, 2711, 2679, 2661, 2633, 2607, 2585, 2529]),
    Row(6, [4647, 3381, 3084, 2916, 2820, 2803, 2781, 2755, 2736, 2723, 2695, 2645, 2606]),
    Row(7, [4559, 3403, 3090, 2958, 2873, 2852, 2825, 2808, 2804, 2797, 2760, 2745, 2668]),
    Row(8, [4515, 3467, 3114, 2993, 2906, 2891, 2879, 2865, 2844, 2834, 2828, 2762, 2719]),
    Row(10, [4515, 3508, 3210, 3047, 2973, 2972, 2954, 2919, 2937, 2942, 2907, 2869, 2801]),
    Row(12, [4580, 3551, 3234, 3099, 3025, 3006, 2995, 2981, 3002, 2975, 2977, 2923, 2865]),
    Row(15, [4566, 3619, 3301, 3195, 3095, 3104, 3075, 3050, 3074, 3068, 3043, 3011, 2940]),
    Row(20, [4572, 3605, 3380, 3287, 3173, 3178, 3163, 3140, 3153, 3160, 3144, 3130, 3034]),
    Row(30, [4616, 3743, 3473, 3372, 3323, 3348, 3317, 3294, 3324, 3320, 3324, 3293, 3159]),
    Row(50, [4727, 3848, 3630, 3568, 3581, 3486, 3536, 3495, 3465, 3431, 3398, 3367, 3309]),
    Row(100, [4854, 4030, 3925, 3953, 3924, 3846, 3802, 3835, 3733, 3682, 3633, 3587, 3501]),
  ]
}
