/// Pairs the finished runs of two settings, seed by seed.
///
/// Where a setting stands for several runs of one seed, because the comparison averages over
/// something else that was swept, only what both settings have enters, and each seed counts once,
/// with its mean: runs of one seed are no independent witnesses.
struct RunPairing {
  /// Paths that repeat a run with other seeds; `training.seed` without any.
  var repeated: [String]
  /// Paths that tell the two settings apart.
  var settings: Set<String>

  /// A value a seed for either setting, over seeds that both have.
  func values(
    of a: [RunSummary], and b: [RunSummary], value: (RunSummary) -> Double?
  ) -> (a: [String: Double], b: [String: Double]) {
    let cells = cellPaths(a, b)
    let (left, right) = (table(a, cells, value), table(b, cells, value))
    let seeds = left.keys.filter { right[$0] != nil }
    let shared = seeds.reduce(into: [String: [String]]()) { shared, seed in
      let cells = left[seed].map { Set($0.keys) } ?? []
      shared[seed] = cells.intersection(right[seed].map { Set($0.keys) } ?? []).sorted()
    }
    // A seed that lacks some of the others' cells would put apples beside pears.
    let most = shared.values.map(\.count).max() ?? 0
    var result: (a: [String: Double], b: [String: Double]) = ([:], [:])
    for (seed, cells) in shared where cells.count == most && most > 0 {
      func mean(_ table: [String: [String: [Double]]]) -> Double {
        let means = cells.map { cell -> Double in
          let values = table[seed]?[cell] ?? []
          return values.reduce(0, +) / Double(values.count)
        }
        return means.reduce(0, +) / Double(means.count)
      }
      result.a[seed] = mean(left)
      result.b[seed] = mean(right)
    }
    return result
  }

  /// What else differs and can be matched: paths of which the two settings have common values.
  /// What moves together with the setting itself has none.
  private func cellPaths(_ a: [RunSummary], _ b: [RunSummary]) -> [String] {
    guard let first = a.first else { return [] }
    let all = a + b
    let paths = Set(all.flatMap(\.parameters.keys)).subtracting(settings).subtracting(repeated)
      .subtracting(["training.seed"])
    return paths.filter { path in
      guard all.contains(where: { $0.parameters[path] != first.parameters[path] }) else {
        return false
      }
      return !Set(a.map { $0.parameters[path] }).isDisjoint(with: b.map { $0.parameters[path] })
    }.sorted()
  }

  /// Values by seed, then by everything else.
  private func table(
    _ runs: [RunSummary], _ cells: [String], _ value: (RunSummary) -> Double?
  ) -> [String: [String: [Double]]] {
    var table: [String: [String: [Double]]] = [:]
    for run in runs where run.state == .finished {
      guard let value = value(run) else { continue }
      let cell = cells.map { run.parameters[$0]?.text ?? "" }.joined(separator: "\u{0}")
      table[seed(run), default: [:]][cell, default: []].append(value)
    }
    return table
  }

  private func seed(_ run: RunSummary) -> String {
    let values = repeated.compactMap { path in
      run.overrides.last { $0.path == path }?.value ?? run.parameters[path]
    }
    return values.isEmpty ? String(run.seed) : values.map(\.text).joined(separator: ",")
  }
}
