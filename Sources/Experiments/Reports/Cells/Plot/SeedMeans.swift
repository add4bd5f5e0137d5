import Analysis
import Store
import Values

/// A plot's runs seed by seed, and what its means come to stand on.
struct SeedMeans {
  private let paths: [String]
  /// Values of `paths`, one list per run.
  private let settings: [[ParameterValue?]]
  /// One a run.
  private let seeds: [String]

  /// Whether several runs of one seed were averaged so far.
  private(set) var averages = false
  /// Places of the paths that were averaged over.
  private var varied: Set<Int> = []
  private var leftOut = 0
  private var isPatchy = false

  /// - Throws: `StoreError`.
  init(_ runs: [RunSummary], _ table: RunTable) throws {
    // Where nothing is repeated this one is a run's seed, not a setting.
    let paths = try table.tellingPaths().filter { path in
      path != "training.seed" || !table.repeatedPaths.isEmpty
    }
    self.paths = paths
    settings = try runs.map { run in try paths.map { try table.setting($0, of: run) } }
    seeds = runs.map { table.pairing.seed($0) }
  }

  /// Those of a group's runs that take part, seed by seed.
  mutating func bySeed(_ runs: [Int]) -> [[Int]] {
    groups(runs).seeds.map { seed in seed.joined().map { runs[$0] } }
  }

  /// A group's values, one a seed.
  mutating func values(of runs: [Int], _ value: (Int) -> Double) -> [Double] {
    groups(runs).means(runs.map(value))
  }

  private mutating func groups(_ runs: [Int]) -> SeedGroups {
    let groups = SeedGroups(
      settings: runs.map { settings[$0] }, seeds: runs.map { seeds[$0] })
    leftOut += groups.leftOut
    if groups.isPatchy { isPatchy = true }
    guard groups.averages else { return groups }
    averages = true
    for place in paths.indices {
      let values = Set(runs.map { settings[$0][place] })
      if values.count > 1 { varied.insert(place) }
    }
    return groups
  }

  /// Like "Means of 3 seeds, each averaged over training.optimizer.lr.", or, of one seed, "Means
  /// over training.optimizer.lr of one seed.", and what is missing of the seeds.
  /// - Parameters:
  ///   - counts: how many seeds each mean is of.
  ///   - intervals: the sentence's end where there are several.
  ///   - none: its end where there is one.
  func note(
    _ subject: String, counts: [Int], intervals: String = "", none: String = ""
  ) -> String {
    let least = counts.min() ?? 0
    let most = counts.max() ?? 0
    let number = least == most ? "\(most)" : "\(least) to \(most)"
    let names = varied.sorted().map { paths[$0] }
    let over = names.isEmpty ? "several runs" : names.joined(separator: ", ")
    let each = Set(seeds).count > 1 ? " each" : ""
    var text =
      most > 1
      ? "\(subject) of \(number) seeds, each averaged over \(over)\(intervals)."
      : "\(subject) over \(over) of one seed\(each)\(none)."
    if leftOut > 0 {
      text +=
        " \(leftOut) \(leftOut == 1 ? "run" : "runs") whose seed some setting lacks "
        + "\(leftOut == 1 ? "is" : "are") left out."
    }
    if isPatchy { text += " Where no seed has every setting, each is averaged over those it has." }
    return text
  }
}
