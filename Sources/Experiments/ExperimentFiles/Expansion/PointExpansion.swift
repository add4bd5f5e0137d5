import Values

/// From what one combination of a sweep sets to its runs, one a seed.
struct PointExpansion: Sendable {
  let base: SettingStack
  let sweep: Sweep

  /// Whether what hangs on a branch's condition is there.
  func holds(
    _ branch: Sweep.Branch, _ rows: [Sweep.Row], into diagnostics: inout Diagnostics
  ) -> Bool {
    do throws(ExpressionError) {
      return try holds(branch, rows)
    } catch {
      diagnostics.error(
        "when: \(error.message)", at: branch.node.place(ofScalarAt: error.span.start),
        hint: error.hint)
      return false
    }
  }

  func holds(_ branch: Sweep.Branch, _ rows: [Sweep.Row]) throws(ExpressionError) -> Bool {
    let layer = layer(rows)
    var stack = base
    var ignored = Diagnostics()
    stack.apply(layer, into: &ignored)
    return try branch.condition.holds { path in
      let value = layer.assignments[path]?.value ?? stack.value(path)
      return value?.expressionValue ?? .none
    }
  }

  private func layer(_ rows: [Sweep.Row]) -> Layer {
    var layer = Layer()
    for (path, assignment) in rows.lazy.flatMap(\.assignments) {
      layer.assignments[path] = assignment
    }
    return layer
  }

  /// The runs of one combination, one for each seed; none if `where` leaves it out.
  func runs(
    setting rows: [Sweep.Row], into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    let assignments = rows.flatMap(\.assignments)
    var set: Set<String> = []
    for (path, assignment) in assignments where !set.insert(path).inserted {
      diagnostics.error(
        "'\(path)' is set twice: another 'when' that holds as well sets it",
        at: assignment.keyPlace, hint: "make the conditions exclude each other")
      return []
    }
    let layer = layer(rows)
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
    for error in errors.list { diagnostics.add(Self.explained(error)) }
    stack.reportMissing(into: &diagnostics)
    CrossChecks.check(stack, into: &diagnostics)
    SweepMeasureChecks.check(sweep, stack, into: &diagnostics)
    return repeated(
      stack.values, assignments.map { ($0.path, $0.assignment.value) }, stack,
      at: rows.last?.place ?? sweep.place, into: &diagnostics)
  }

  private func repeated(
    _ values: [String: ParameterValue], _ overrides: [(path: String, value: ParameterValue)],
    _ stack: SettingStack, at place: Place, into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    var runs: [ExpandedRun] = []
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
    } while Expansion.advance(&seed, sweep.repeats.map(\.count))
    return runs
  }

  /// In a sweep the key belongs to some of the runs, and `when` and `where` are the ways out.
  private static func explained(_ error: Diagnostic) -> Diagnostic {
    guard error.message.contains("does not belong to") else { return error }
    return Diagnostic(
      error.message, at: error.place,
      hint: [
        error.hint,
        "sweep it under 'when', leave such runs out with 'where', or write the runs out: method: list",
      ].compactMap { $0 }.joined(separator: "; "))
  }
}
