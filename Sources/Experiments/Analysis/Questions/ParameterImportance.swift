package import Statistics
package import Store
package import Values

/// Which of the settings that differ matter for a metric: what share of its variance over runs each explains by itself.
package struct ParameterImportance: Sendable {
  package enum Finding: Sendable, Hashable {
    case share(VarianceShare)
    /// Too few settings to say.
    case tooFew
    case notComparable(Incomparability)
  }

  package struct Parameter: Sendable, Hashable {
    package var path: String
    /// How many values it has, or classes of them.
    package var levels: Int
    /// Distinct numbers that the classes are of; nil: each value is by itself.
    package var classedNumbers: Int?
    package var finding: Finding

    package var share: VarianceShare? {
      if case .share(let share) = finding { share } else { nil }
    }
  }

  /// What explains most comes first; what cannot be said, last.
  package let parameters: [Parameter]
  /// That take part.
  package let settings, runs: Int
  /// Whether all that take part have the same value.
  package let isConstant: Bool
  /// Runs that are left out: their value is not finite, or they diverged; they were pruned; they do not have the metric.
  package let notFinite, pruned, lacking: Int

  /// - Parameters:
  ///   - comparison: of runs that have the metric read, in settings.
  ///   - takesAll: whether runs take part whatever their state, as they were chosen by it.
  package init(of comparison: Comparison, metric: String, takesAll: Bool = false) {
    var (notFinite, pruned, lacking, count) = (0, 0, 0, 0)
    var rows: [(row: Int, values: [Double])] = []
    for (row, runs) in comparison.groups.enumerated() {
      var values: [Double] = []
      for run in runs {
        let value = Comparison.value(metric, of: run)
        if !takesAll, run.state == .pruned {
          pruned += 1
        } else if run.hasDiverged || run.state == .finished && value?.isFinite == false {
          notFinite += 1
        } else if takesAll || run.state == .finished {
          guard let value, value.isFinite else {
            lacking += 1
            continue
          }
          values.append(value)
        }
      }
      count += values.count
      if !values.isEmpty { rows.append((row, values)) }
    }
    (self.notFinite, self.pruned, self.lacking) = (notFinite, pruned, lacking)
    (settings, runs) = (rows.count, count)
    isConstant = Set(rows.flatMap(\.values)).count == 1
    let found = comparison.settings.compactMap { path -> Parameter? in
      // A label names a run and is nothing that was set.
      guard path != "label" else { return nil }
      return Self.parameter(
        path, metric, rows.map { (comparison.rows[$0.row].settings[path], $0.values) })
    }
    let order = found.enumerated().sorted { a, b in
      let (first, second) = (Self.rank(a.element), Self.rank(b.element))
      return first == second ? a.offset < b.offset : first > second
    }
    parameters = order.map(\.element)
  }

  private static func rank(_ parameter: Parameter) -> Double {
    switch parameter.finding {
    case .share(let share): share.share
    case .tooFew: -1e300
    case .notComparable: -.infinity
    }
  }

  /// - Returns: nil where all have the same value of it.
  private static func parameter(
    _ path: String, _ metric: String, _ settings: [(value: ParameterValue?, values: [Double])]
  ) -> Parameter? {
    let distinct = distinct(settings.map(\.value))
    guard distinct.count > 1 else { return nil }
    if let reason = Incomparability(metric, across: [path]) {
      return Parameter(
        path: path, levels: distinct.count, classedNumbers: nil, finding: .notComparable(reason))
    }
    let (levels, classed) = Self.levels(settings.map(\.value), distinct)
    let count = Set(levels).count
    let isEnough = VarianceShare.isEnough(settings: settings.count, levels: count)
    let share = VarianceShare(
      zip(levels, settings).map { VarianceShare.Setting(level: $0, values: $1.values) })
    return Parameter(
      path: path, levels: count, classedNumbers: classed,
      finding: isEnough ? share.map { .share($0) } ?? .tooFew : .tooFew)
  }

  /// The class of each value: itself, or its quarter of many numbers, beside which "none" is one of its own.
  private static func levels(
    _ values: [ParameterValue?], _ distinct: [ParameterValue?]
  ) -> (levels: [Int], classedNumbers: Int?) {
    func isThere(_ value: ParameterValue?) -> Bool { value != nil && value != .null }
    let there = distinct.filter(isThere)
    let areNumbers = there.allSatisfy { $0?.number?.isFinite == true }
    guard areNumbers, there.count > VarianceShare.mostValues else {
      let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
      return (values.map { places[$0] ?? 0 }, nil)
    }
    var classes = VarianceShare.classes(of: values.filter(isThere).compactMap { $0?.number })
      .makeIterator()
    return (
      values.map { isThere($0) ? classes.next() ?? 0 : VarianceShare.classCount }, there.count
    )
  }
}
