import Store
import Values

/// A row of a table, by its columns.
protocol ForeignRow {
  /// As it is written; nil where the cell is empty or not there.
  func text(_ column: String) -> String?
  /// A number, or the text; nil where the cell is empty or not there.
  func value(_ column: String) -> JSONValue?
}

/// The runs of a table whose columns have been named: rows that have the same name of a run are one.
struct ForeignTable {
  private struct Run {
    var points: PointGathering
    var settings: [String: ParameterValue] = [:]
  }

  let source: ForeignSource
  let path: String
  let columns: ImportColumns
  let steps: StepChoice
  private var runs: [String: Run] = [:]
  private var order: [String] = []

  init(_ source: ForeignSource, path: String, columns: ImportColumns, steps: StepChoice) {
    self.source = source
    self.path = path
    self.columns = columns
    self.steps = steps
  }

  /// - Parameter line: of the file, from 1.
  /// - Throws: `StoreError.Kind.badInput`.
  mutating func add(_ row: some ForeignRow, line: Int, _ notices: inout ImportNotices) throws {
    func bad(_ problem: String) -> StoreError {
      StoreError(.badInput, "'\(path)', line \(line): \(problem)")
    }
    var name = ""
    if let column = columns.run {
      guard let text = row.text(column) else { throw bad("the run's name ('\(column)') is empty") }
      name = text
    }
    if runs[name] == nil {
      order.append(name)
      runs[name] = Run(points: PointGathering(steps))
    }
    for column in columns.settings {
      guard let value = row.value(column) else { continue }
      let setting = Self.setting(value)
      let known = runs[name]?.settings[column]
      if let known, known != setting {
        throw bad(
          "'\(column)' is \(setting.text), and was \(known.text) in earlier rows of that run; a setting is "
            + "the same in all of them: name it with --metric, or leave it out")
      }
      runs[name]?.settings[column] = setting
    }
    var step = 0
    if let column = columns.step, steps == .found {
      guard let value = row.value(column) else {
        notices.add("rows without a step, left out")
        return
      }
      guard let whole = Self.step(value) else {
        throw bad(
          "the step ('\(column)') is '\(row.text(column) ?? "")', and a whole number is expected; --steps "
            + "counted numbers the values instead")
      }
      step = whole
    }
    func number(_ column: String) throws -> Double? {
      guard let value = row.value(column) else { return nil }
      guard let number = Self.number(value) else {
        throw bad("'\(column)' is '\(row.text(column) ?? "")', and a number is expected")
      }
      return number
    }
    if let column = columns.metricName, let valueColumn = columns.value {
      guard let metric = row.text(column) else {
        throw bad("the metric's name ('\(column)') is empty")
      }
      if let value = try number(valueColumn) { runs[name]?.points.add(value, at: step, to: metric) }
    }
    for column in columns.metrics {
      if let value = try number(column) { runs[name]?.points.add(value, at: step, to: column) }
    }
  }

  /// - Parameter experiment: part of the runs' identities, since two tables may call their runs alike.
  func forEachRun(
    experiment: String, _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    for name in order {
      guard let gathered = runs[name] else { continue }
      var run = ForeignRun(
        source, id: "\(experiment)/\(name)", experiment: experiment,
        label: name.isEmpty ? experiment : name)
      run.settings = gathered.settings
      run.series = gathered.points.points(&notices)
      notices.add("runs of which the files tell no state, counted as finished")
      try body(run)
    }
  }

  // MARK: Cells

  private static func setting(_ value: JSONValue) -> ParameterValue {
    if case .string(let text) = value { return ParameterValue(written: text) }
    return ParameterValue(json: value) ?? .string(value.canonical)
  }

  private static func step(_ value: JSONValue) -> Int? {
    switch value {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// Numbers, and what Python, R and others write for those that JSON has not.
  private static func number(_ value: JSONValue) -> Double? {
    if let number = value.logged { return number }
    guard case .string(let text) = value else { return nil }
    switch text.lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return Double(text)
    }
  }
}
