import Foundation
import GRDB
import Store
import Values

/// Reads Trackio's databases, one a project: `PROJECT.db` in its folder, `~/.cache/huggingface/trackio` unless `TRACKIO_DIR`
/// says otherwise (`trackio/sqlite_storage.py`). A row of `metrics` is what one step logged, as JSON in a BLOB though the
/// column is called TEXT; what JSON has no number for is "NaN", "Infinity", "-Infinity". Earlier versions know runs by
/// their names alone.
struct TrackioReader: ForeignReader {
  let path: String
  let steps: StepChoice

  static func isDatabase(_ path: String) -> Bool {
    path.hasSuffix(".db") && ForeignDatabase.source(path) == .trackio
  }

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let isFolder = SourceFile.isFolder(path)
    let files =
      isFolder
      ? try SourceFile.all(below: path).map { "\(path)/\($0)" }.filter(Self.isDatabase) : [path]
    for file in files {
      var name = SourceFile.name(of: file)
      if name.hasSuffix(".db") { name.removeLast(3) }
      try ForeignDatabase.read(file) { db in
        try TrackioDatabase(db: db, file: file, project: name, steps: steps).forEachRun(
          &notices, body)
      }
    }
  }
}

private struct TrackioDatabase {
  let db: Database
  let file: String
  let project: String
  let steps: StepChoice

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let hasNumbers = try has("metrics", "run_id")
    let key = hasNumbers ? "run_id" : "run_name"
    let configurations = try configurations(
      key: hasNumbers && has("configs", "run_id") ? "run_id" : "run_name")
    var known = Set(try String.fetchAll(db, sql: "SELECT DISTINCT \(key) FROM metrics"))
    known.formUnion(configurations.keys)
    let names = try names(key: key)
    for id in known.sorted() {
      let about = configurations[id]
      var run = ForeignRun(
        .trackio, id: "\(project)/\(id)", experiment: project,
        label: names[id] ?? about?.name ?? id)
      try readPoints(of: id, key: key, into: &run, &notices)
      var settings = ForeignSettings()
      for (name, value) in (about?.values ?? [:]).sorted(by: { $0.key < $1.key })
      where !name.hasPrefix("_") {
        settings.add(value, at: name, &notices)
      }
      run.settings = settings.values
      if case .string(let user)? = about?.values["_Username"] {
        run.environment["trackio.user"] = user
      }
      if case .string(let group)? = about?.values["_Group"] {
        run.environment["trackio.group"] = group
      }
      notices.add("runs of which the files tell no state, counted as finished")
      try body(run)
    }
  }

  private func has(_ table: String, _ column: String) throws -> Bool {
    try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
      .contains(column)
  }

  private func names(key: String) throws -> [String: String] {
    let rows = try Row.fetchAll(
      db,
      sql:
        "SELECT \(key), run_name FROM metrics WHERE id IN (SELECT max(id) FROM metrics GROUP BY \(key))"
    )
    return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }) { first, _ in first }
  }

  private func configurations(key: String) throws -> [String: (
    name: String, values: [String: JSONValue]
  )] {
    var rows = try RowReader(
      db, "SELECT \(key), run_name, CAST(config AS TEXT) FROM configs ORDER BY id")
    var found: [String: (name: String, values: [String: JSONValue])] = [:]
    while try rows.next() {
      guard
        case .object(let members) = try json(rows.text(2), "the configuration of '\(rows.text(1))'")
      else {
        continue
      }
      found[rows.text(0)] = (rows.text(1), members)
    }
    return found
  }

  private func json(_ text: String, _ what: String) throws -> JSONValue {
    do {
      return try JSONScanner.value(Array(text.utf8))
    } catch {
      throw StoreError(.badInput, "'\(file)': \(what) is no JSON: \(text.prefix(60))")
    }
  }

  private func readPoints(
    of id: String, key: String, into run: inout ForeignRun, _ notices: inout ImportNotices
  ) throws {
    var points = PointGathering(steps)
    var rows = try RowReader(
      db,
      "SELECT step, timestamp, CAST(metrics AS TEXT), id FROM metrics WHERE \(key) = ? ORDER BY id",
      texts: [id])
    var (lastText, lastTime): (String, Double?) = ("", nil)
    while try rows.next() {
      let step = rows.integer(0)
      guard
        case .object(let values) = try json(rows.text(2), "row \(rows.integer(3)) of its metrics")
      else {
        continue
      }
      var isLogged = false
      for (name, value) in values {
        if let number = value.logged {
          points.add(number, at: step, to: name)
          isLogged = true
        } else {
          notices.add(
            "logged values that are no numbers (texts, truth values, histograms, pictures), left out"
          )
        }
      }
      // Rows that were sent together have one time.
      if !rows.isText(1, lastText) {
        lastText = rows.text(1)
        lastTime = Self.time(lastText)
      }
      guard let time = lastTime else { continue }
      run.began = min(run.began ?? time, time)
      run.ended = max(run.ended ?? time, time)
      if isLogged, !values.keys.contains(RunClock.metric) {
        points.tick(time, at: step)
      }
    }
    run.series = points.points(&notices)
  }

  /// `2026-11-29T10:26:52.870758+00:00`, as Python writes it; without a zone it is UTC.
  static func time(_ text: String) -> Double? {
    let hasZone = text.hasSuffix("Z") || text.dropFirst(10).contains { $0 == "+" || $0 == "-" }
    let whole = text.split(separator: ".", maxSplits: 1)
    guard let first = whole.first else { return nil }
    var (seconds, zone) = (String(first), "Z")
    var fraction = 0.0
    if whole.count == 2 {
      let digits = whole[1].prefix { $0.isNumber }
      fraction = Double("0.\(digits)") ?? 0
      zone = hasZone ? String(whole[1].dropFirst(digits.count)) : "Z"
    } else if hasZone {
      zone = ""
    }
    seconds = seconds.replacing(" ", with: "T")
    return (try? Date.ISO8601FormatStyle().parse(seconds + zone)).map {
      $0.timeIntervalSince1970 + fraction
    }
  }
}
