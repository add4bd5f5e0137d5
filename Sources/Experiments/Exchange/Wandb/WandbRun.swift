import Store
import Values

/// One run's files, taken in one after the other.
struct WandbRun {
  private var points: PointGathering
  private var configuration: [String: JSONValue] = [:]
  private var summary: [String: Double] = [:]
  private var label: String?
  private var tags: [String] = []
  private var notes: String?
  private var environment: [String: String] = [:]
  private var began: Double?
  private var ended: Double?
  /// Of the last file; nil without one.
  private var exitCode: Int?

  init(steps: StepChoice) {
    points = PointGathering(steps)
  }

  mutating func read(_ part: WandbAbout, _ notices: inout ImportNotices) throws {
    let bytes = try SourceFile.read(part.file)
    guard var records = WandbRecords(bytes) else { return }
    if part.began > 0 {
      began = Swift.min(began ?? part.began, part.began)
      ended = Swift.max(ended ?? part.began, part.began)
    }
    exitCode = nil
    var count = 0
    do {
      while let record = records.next() {
        count += 1
        guard let (field, range) = try WandbLog.kind(record) else { continue }
        let content = ProtobufFields(record, in: range)
        switch field {
        case 2: try takeHistory(content, &notices)
        case 3: try takeSummary(content)
        case 5: try takeConfiguration(content)
        case 17: try takeRun(content)
        case 18: try takeExit(content)
        default: break
        }
      }
    } catch is ProtobufFields.Damage {
      throw StoreError(.badInput, "'\(part.file)': record \(count) is whole, and none of wandb's")
    } catch let error as JSONScanner.Damage {
      throw StoreError(
        .badInput,
        "'\(part.file)': record \(count) has a value that is no JSON, at its byte \(error.offset)")
    }
    guard records.isDamaged else { return }
    notices.add(
      place:
        "'\(part.file)' is damaged from byte \(records.place) of \(bytes.count), as a writer leaves it that was "
        + "killed; it was read up to there")
  }

  // MARK: Records

  /// `HistoryRecord`: what one step logged.
  private mutating func takeHistory(
    _ history: ProtobufFields, _ notices: inout ImportNotices
  ) throws {
    var history = history
    var step: Int?
    var time: Double?
    var values: [(name: String, value: Double)] = []
    while let (field, value) = try history.next() {
      guard let range = value.range else { continue }
      if field == 2 {
        var inner = history.message(range)
        // A step of 0 is left out.
        step = step ?? 0
        while let (field, value) = try inner.next() { if field == 1 { step = value.integer ?? 0 } }
        continue
      }
      guard field == 1, let (name, json) = try item(history.message(range)) else { continue }
      let logged = try JSONScanner.value(history.bytes, in: json)
      switch name {
      case "_step": step = logged.logged.flatMap { Int(exactly: $0) } ?? step
      case "_timestamp": time = logged.logged
      case _ where name.hasPrefix("_"): break
      default:
        if let number = logged.logged {
          values.append((name, number))
        } else {
          notices.add(
            "logged values that are no numbers (texts, truth values, histograms, pictures), left out"
          )
        }
      }
    }
    guard let step else {
      notices.add("rows without a step, left out")
      return
    }
    for (name, value) in values { points.add(value, at: step, to: name) }
    if let time, !values.isEmpty {
      if !values.contains(where: { $0.name == RunClock.metric }) { points.tick(time, at: step) }
      ended = Swift.max(ended ?? time, time)
    }
  }

  /// `HistoryItem`, `SummaryItem` and `ConfigItem` have their fields alike: name and JSON.
  private func item(_ item: ProtobufFields) throws -> (name: String, json: Range<Int>)? {
    var item = item
    var (name, nested): (String?, [String]) = (nil, [])
    var json: Range<Int>?
    while let (field, value) = try item.next() {
      guard let range = value.range else { continue }
      switch field {
      case 1: name = item.text(range)
      case 2: nested.append(item.text(range))
      case 16: json = range
      default: break
      }
    }
    guard let json, let path = nested.isEmpty ? name : nested.joined(separator: ".") else {
      return nil
    }
    return (path, json)
  }

  private mutating func takeSummary(_ record: ProtobufFields) throws {
    var record = record
    while let (field, value) = try record.next() {
      guard field == 1, let range = value.range, let (name, json) = try item(record.message(range)),
        !name.hasPrefix("_"), !points.has(name)
      else { continue }
      summary[name] = try JSONScanner.value(record.bytes, in: json).logged
    }
  }

  /// `ConfigRecord`.
  private mutating func takeConfiguration(_ record: ProtobufFields) throws {
    var record = record
    while let (field, value) = try record.next() {
      guard field == 1 || field == 2, let range = value.range else { continue }
      var inner = record.message(range)
      var (key, nested): (String, [String]) = ("", [])
      var json: Range<Int>?
      while let (field, value) = try inner.next() {
        guard let range = value.range else { continue }
        switch field {
        case 1: key = inner.text(range)
        case 2: nested.append(inner.text(range))
        case 16: json = range
        default: break
        }
      }
      let path = nested.isEmpty ? [key] : nested
      guard path.first != "_wandb" else { continue }
      if field == 2 {
        Self.set(nil, at: path[...], in: &configuration)
      } else if let json {
        Self.set(try JSONScanner.value(record.bytes, in: json), at: path[...], in: &configuration)
      }
    }
  }

  private static func set(
    _ value: JSONValue?, at path: ArraySlice<String>, in members: inout [String: JSONValue]
  ) {
    guard let key = path.first else { return }
    guard path.count > 1 else {
      members[key] = value
      return
    }
    var inner: [String: JSONValue] = [:]
    if case .object(let known)? = members[key] { inner = known }
    set(value, at: path.dropFirst(), in: &inner)
    members[key] = .object(inner)
  }

  /// `RunRecord`.
  private mutating func takeRun(_ record: ProtobufFields) throws {
    var record = record
    while let (field, value) = try record.next() {
      guard let range = value.range else { continue }
      switch field {
      case 4: try takeConfiguration(record.message(range))
      case 6: environment["wandb.group"] = record.text(range)
      case 7: environment["wandb.job_type"] = record.text(range)
      case 8: label = record.text(range)
      case 9: notes = record.text(range)
      case 10: tags.append(record.text(range))
      case 12: environment["wandb.sweep"] = record.text(range)
      case 13: environment["host.name"] = record.text(range)
      case 21:
        var git = record.message(range)
        while let (field, value) = try git.next() {
          if field == 2 { environment["git.commit"] = value.range.map(git.text) }
        }
      default: break
      }
    }
    environment = environment.filter { !$0.value.isEmpty }
  }

  /// `RunExitRecord`.
  private mutating func takeExit(_ record: ProtobufFields) throws {
    var record = record
    exitCode = 0
    while let (field, value) = try record.next() { if field == 1 { exitCode = value.integer } }
  }

  // MARK: The run

  func run(_ about: WandbAbout, _ notices: inout ImportNotices) -> ForeignRun {
    let identity = [about.entity, about.project, about.id].filter { !$0.isEmpty }.joined(
      separator: "/")
    let name = label.flatMap { $0.isEmpty ? nil : $0 } ?? about.id
    var run = ForeignRun(
      .wandb, id: identity, experiment: about.project.isEmpty ? "uncategorized" : about.project,
      label: name)
    switch exitCode {
    case 0: break
    case let code?: (run.state, run.error) = (.failed, "it ended with exit code \(code)")
    case nil:
      (run.state, run.error) = (.crashed, "its log has no end: it was killed, or is still going on")
    }
    var points = points
    let last = points.lastStep
    // What was only summed up has no step of its own.
    for (name, value) in summary.sorted(by: { $0.key < $1.key }) where !points.has(name) {
      points.add(value, at: last, to: name)
      notices.add("metrics that only the summary has, taken at the run's last step")
    }
    run.series = points.points(&notices)
    var settings = ForeignSettings()
    for (key, value) in configuration.sorted(by: { $0.key < $1.key }) {
      settings.add(value, at: key, &notices)
    }
    run.settings = settings.values
    (run.began, run.ended) = (began, ended)
    run.tags = tags
    run.notes = notes.flatMap { $0.isEmpty ? nil : [$0] } ?? []
    run.environment = environment
    return run
  }
}
