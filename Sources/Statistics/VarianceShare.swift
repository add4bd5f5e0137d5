/// The share of a metric's variance over runs that one parameter explains by itself, with its 95 % interval.
///
/// With the runs in classes by what the parameter is set to, k classes of n runs:
///
///     ε² = (SS_between − df_between · MS_within) / SS_total,   df_between = k − 1,   MS_within = SS_within / (n − k)
///
/// (Kelley 1935, PNAS 21, 554–559), which is η² = SS_between/SS_total less what k − 1 degrees of freedom explain by chance.
/// It may fall below 0, as an unbiased estimate of a share near 0 has to.
///
/// The interval comes from a bootstrap over settings, so that the seeds of one stay together: percentiles of ε² over
/// resamples, less the bias of the bootstrap, which is the mean over resamples less ε² (Efron & Tibshirani 1993, chapters 10
/// and 13): resampled settings meet themselves in their class, which makes it look purer than it is.
public struct VarianceShare: Sendable, Hashable {
  /// Runs that differ in nothing but their seeds.
  public struct Setting: Sendable, Hashable {
    /// What the parameter is set to: 0, 1, 2, …
    public var level: Int
    /// The metric's value in each run.
    public var values: [Double]

    public init(level: Int, values: [Double]) {
      (self.level, self.values) = (level, values)
    }
  }

  /// ε².
  public let share: Double
  /// Ends of the interval, which may lie outside of 0…1 as ε² may.
  public let low, high: Double
  /// What was compared.
  public let settings, levels: Int

  /// Whether the interval leaves out 0.
  public var isToldFromNothing: Bool { low > 0 }

  /// With more distinct numbers than this they are taken in classes.
  public static let mostValues = 5
  /// Into so many classes of equal counts.
  public static let classCount = 4
  /// Resamples; the k-th of B is exceeded with probability 1 − k/(B + 1), and these make whole places of 2.5 and 97.5 %.
  static let resamples = 1999

  /// Whether there are settings enough to say anything: 8 of them, and 3 a class on average.
  public static func isEnough(settings: Int, levels: Int) -> Bool {
    settings >= 8 && settings >= 3 * levels
  }

  /// Classes of numbers, 0 to 3, of equal counts as far as equal numbers, which stay together, allow: the class of a number
  /// is the quarter of all of them in which the middle of its equals lies.
  public static func classes(of numbers: [Double]) -> [Int] {
    let sorted = numbers.sorted()
    var classes: [Double: Int] = [:]
    var start = 0
    while start < sorted.count {
      var end = start + 1
      while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
      // Of places start ..< end the middle, (start + end)/2.
      classes[sorted[start]] = min(classCount - 1, classCount * (start + end) / (2 * sorted.count))
      start = end
    }
    return numbers.map { classes[$0] ?? 0 }
  }

  /// - Returns: nil with a value that is not finite, with one level, with as many levels as runs, and where all values are
  ///   the same.
  public init?(_ settings: [Setting]) {
    let settings = settings.filter { !$0.values.isEmpty }
    let values = settings.flatMap(\.values).sorted()
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    // Around their mean and scaled, so that squares neither overflow nor lose their digits; first by a power of two.
    let largest = max(abs(values[0]), abs(values[values.count - 1]))
    guard largest > 0 else { return nil }
    let unit = Double(
      sign: .plus, exponent: -max(-1000, min(1000, largest.exponent)), significand: 1)
    let scaled = values.map { $0 * unit }
    let mean = Statistics.mean(of: scaled)
    let spread = scaled.map { abs($0 - mean) }.max() ?? 0
    guard spread > 1e-14 else { return nil }
    let names = Set(settings.map(\.level)).sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    // In an order of their own: resamples follow it, not the order that the settings come in.
    let sums = settings.sorted { a, b in
      a.level == b.level
        ? a.values.sorted().lexicographicallyPrecedes(b.values.sorted()) : a.level < b.level
    }.map { setting in
      Sums(
        places[setting.level] ?? 0, setting.values.sorted().map { ($0 * unit - mean) / spread })
    }
    var table = Table(levels: names.count)
    for setting in sums { table.add(setting) }
    guard let share = table.share, names.count > 1 else { return nil }
    var random = SplitMix64(seed: 0x7661_7269_616e_6365)
    var shares: [Double] = []
    shares.reserveCapacity(Self.resamples)
    for _ in 0..<Self.resamples {
      table.clear()
      for _ in sums.indices { table.add(sums[random.next(below: sums.count)]) }
      // Of settings that are all the same nothing can be said.
      if let share = table.share { shares.append(share) }
    }
    guard !shares.isEmpty else { return nil }
    shares.sort()
    let bias = Statistics.mean(of: shares) - share
    let place = max(1, (shares.count + 1) / 40)
    self.share = share
    low = shares[place - 1] - bias
    high = shares[shares.count - place] - bias
    (self.settings, levels) = (settings.count, names.count)
  }

  /// Of a setting's values.
  private struct Sums {
    let level: Int
    let count: Double
    let sum: Double
    let squares: Double

    init(_ level: Int, _ values: [Double]) {
      self.level = level
      count = Double(values.count)
      sum = values.reduce(0, +)
      squares = values.reduce(0) { $0 + $1 * $1 }
    }
  }

  /// Sums by level, from which follow those of squares.
  private struct Table {
    private var counts, sums: [Double]
    private var squares = 0.0

    init(levels: Int) {
      counts = [Double](repeating: 0, count: levels)
      sums = counts
    }

    mutating func clear() {
      for level in counts.indices { (counts[level], sums[level]) = (0, 0) }
      squares = 0
    }

    mutating func add(_ setting: Sums) {
      counts[setting.level] += setting.count
      sums[setting.level] += setting.sum
      squares += setting.squares
    }

    /// ε²; nil where nothing varies or nothing is left to vary within levels.
    var share: Double? {
      var (n, sum, between, k) = (0.0, 0.0, 0.0, 0.0)
      for (count, levelSum) in zip(counts, sums) where count > 0 {
        n += count
        sum += levelSum
        between += levelSum * levelSum / count
        k += 1
      }
      let total = squares - sum * sum / n
      between -= sum * sum / n
      // What rounding leaves of equal values.
      guard total > 1e-12 * squares, n > k else { return nil }
      let within = max(0, total - between)
      return (between - (k - 1) * within / (n - k)) / total
    }
  }
}
