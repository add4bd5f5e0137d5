/// One run of a sweep before it has an identity.
struct ExpandedRun: Sendable {
  /// Every key of the run, defaults included.
  var values: [String: ParameterValue]
  /// What the sweep set, in the order of the file, seeds last.
  var overrides: [(path: String, value: ParameterValue)]
  /// Which of the seeds, from 0.
  var repeatIndex: Int
  var place: Place
}

/// From a sweep to its runs.
enum Expansion {
  static let maximumRuns = 10_000

  /// All runs in order, first axis slowest, seeds fastest; errors of all of them.
  static func expand(
    _ base: SettingStack, _ sweep: Sweep?, into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    guard let sweep else {
      base.reportMissing(into: &diagnostics)
      CrossChecks.check(base, into: &diagnostics)
      return [ExpandedRun(values: base.values, overrides: [], repeatIndex: 0, place: base.origin)]
    }
    guard let combinations = sweep.combinations, combinations <= maximumRuns else {
      let count = sweep.combinations.map { "\($0) runs" } ?? "more runs than can be counted"
      diagnostics.error(
        "the sweep makes \(count), and \(maximumRuns) is the limit", at: sweep.place,
        hint: "fewer values for some parameters")
      return []
    }

    var runs: [ExpandedRun] = []
    var row = [Int](repeating: 0, count: sweep.axes.count)
    repeat {
      let rows = zip(sweep.axes, row).map { $0.rows[$1] }
      runs += expand(rows, base, sweep, into: &diagnostics)
    } while advance(&row, sweep.axes.map(\.rows.count))

    if runs.isEmpty, diagnostics.isEmpty {
      diagnostics.error(
        "no run is left: 'where' leaves out all \(combinations)",
        at: sweep.conditionNode?.place ?? sweep.place)
    }
    if runs.count > sweep.maximumRuns {
      diagnostics.error(
        "the sweep makes \(runs.count) runs, and max_runs is \(sweep.maximumRuns)",
        at: sweep.maximumRunsPlace ?? sweep.place, hint: "raise max_runs, or sweep less")
    }
    reportTwins(runs, into: &diagnostics)
    return runs
  }

  /// The next combination, last axis fastest; false after the last one.
  private static func advance(_ row: inout [Int], _ counts: [Int]) -> Bool {
    for axis in row.indices.reversed() {
      row[axis] += 1
      if row[axis] < counts[axis] { return true }
      row[axis] = 0
    }
    return false
  }

  /// One combination, once for each seed; nothing if `where` leaves it out.
  private static func expand(
    _ rows: [Sweep.Row], _ base: SettingStack, _ sweep: Sweep,
    into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    var layer = Layer()
    var overrides: [(path: String, value: ParameterValue)] = []
    for (path, assignment) in rows.flatMap(\.assignments) {
      layer.assignments[path] = assignment
      overrides.append((path, assignment.value))
    }
    var errors = Diagnostics()
    var stack = base
    stack.apply(layer, into: &errors)
    do throws(ExpressionError) {
      let holds = try sweep.condition?.holds { path in
        let value = layer.assignments[path]?.value ?? stack.value(path)
        return value?.expressionValue ?? .none
      }
      if holds == false { return [] }
    } catch {
      let place = sweep.conditionNode?.place(ofScalarAt: error.span.start) ?? sweep.place
      diagnostics.error("where: \(error.message)", at: place, hint: error.hint)
      return []
    }
    for error in errors.list { diagnostics.add(explained(error)) }
    stack.reportMissing(into: &diagnostics)
    CrossChecks.check(stack, into: &diagnostics)

    var runs: [ExpandedRun] = []
    let place = rows.last?.place ?? sweep.place
    let values = stack.values
    var seed = [Int](repeating: 0, count: sweep.repeats.count)
    repeat {
      var run = ExpandedRun(
        values: values, overrides: overrides, repeatIndex: runs.count, place: place)
      for (repeats, offset) in zip(sweep.repeats, seed) {
        guard case .integer(let first)? = values[repeats.path] else { continue }
        let (value, overflow) = first.addingReportingOverflow(offset)
        if overflow {
          diagnostics.error(
            "'\(repeats.path)' is too large to count \(repeats.count) seeds from",
            at: stack.place(repeats.path))
          return runs
        }
        run.values[repeats.path] = .integer(value)
        run.overrides.append((repeats.path, .integer(value)))
      }
      runs.append(run)
    } while advance(&seed, sweep.repeats.map(\.count))
    return runs
  }

  /// In a sweep the key belongs to some of the runs, and `where` is the way out.
  private static func explained(_ error: Diagnostic) -> Diagnostic {
    guard error.message.contains("does not belong to") else { return error }
    return Diagnostic(
      error.message, at: error.place,
      hint: [error.hint, "leave such runs out with 'where', or write the runs out: method: list"]
        .compactMap { $0 }.joined(separator: "; "))
  }

  /// Two runs with the same settings are one run: the sweep says something twice.
  private static func reportTwins(_ runs: [ExpandedRun], into diagnostics: inout Diagnostics) {
    guard diagnostics.isEmpty else { return }
    var first: [[String: ParameterValue]: Int] = [:]
    for (index, run) in runs.enumerated() {
      if let twin = first[run.values] {
        diagnostics.error(
          "this run is the same as run \(twin): all its settings are equal", at: run.place,
          hint: "take one out")
      } else {
        first[run.values] = index
      }
    }
  }
}
