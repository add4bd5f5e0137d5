import Store
import Values

/// Reads the runs of wandb's offline folders (`wandb/offline-run-…/run-ID.wandb`). Several files of one run, as a resumed
/// run has, are one, in the order in which they began.
///
/// Messages: `wandb/proto/wandb_internal.proto`.
struct WandbReader: ForeignReader {
  let path: String
  let steps: StepChoice

  static func isLog(_ name: String) -> Bool { name.hasSuffix(".wandb") }

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let files = try SourceFile.all(below: path).map { $0.isEmpty ? path : "\(path)/\($0)" }
      .filter(Self.isLog)
    var logs: [WandbAbout] = []
    for file in files {
      if let about = try WandbLog.about(file, &notices) {
        logs.append(about)
      } else {
        notices.add(place: "'\(file)' ends before it says which run it is of; it was left out")
      }
    }
    let runs = Dictionary(grouping: logs) { [$0.entity, $0.project, $0.id] }
    for (_, parts) in runs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      var run = WandbRun(steps: steps)
      for part in parts.sorted(by: { ($0.began, $0.file) < ($1.began, $1.file) }) {
        try run.read(part, &notices)
      }
      if parts.count > 1 {
        notices.add("files of a run that was resumed, taken as one run", parts.count)
      }
      try body(run.run(parts[0], &notices))
    }
  }
}

/// Which run a file is of.
struct WandbAbout {
  var file: String
  var entity = ""
  var project = ""
  var id = ""
  /// Seconds since 1970.
  var began = 0.0
}

/// What is read of a file before its run is.
enum WandbLog {
  /// - Returns: nil where the file is damaged before that.
  static func about(_ file: String, _ notices: inout ImportNotices) throws -> WandbAbout? {
    // It is the second record; the configuration within it may be long.
    let bytes = SourceFile.beginning(file, count: 1 << 20)
    if bytes.isEmpty { return nil }
    guard var records = WandbRecords(bytes) else {
      throw StoreError(.badInput, "'\(file)' does not begin as wandb's files do (\":W&B\")")
    }
    while let record = records.next() {
      guard let (field, range) = try? kind(record), field == 17 else { continue }
      var about = WandbAbout(file: file)
      try? read(ProtobufFields(record, in: range), into: &about)
      return about.id.isEmpty ? nil : about
    }
    return nil
  }

  /// Which of the kinds of a `Record` it is, and where that stands.
  static func kind(_ record: [UInt8]) throws(ProtobufFields.Damage) -> (Int, Range<Int>)? {
    var fields = ProtobufFields(record)
    var found: (Int, Range<Int>)?
    while let (field, value) = try fields.next() {
      if let range = value.range, field != 16, field != 19, field != 200 { found = (field, range) }
    }
    return found
  }

  private static func read(
    _ run: ProtobufFields, into about: inout WandbAbout
  ) throws(ProtobufFields.Damage) {
    var run = run
    while let (field, value) = try run.next() {
      guard let range = value.range else { continue }
      switch field {
      case 1: about.id = run.text(range)
      case 2: about.entity = run.text(range)
      case 3: about.project = run.text(range)
      case 17: about.began = try time(run.message(range))
      default: break
      }
    }
  }

  /// `google.protobuf.Timestamp`.
  static func time(_ timestamp: ProtobufFields) throws(ProtobufFields.Damage) -> Double {
    var timestamp = timestamp
    var seconds = 0.0
    while let (field, value) = try timestamp.next() {
      if field == 1 { seconds += value.number ?? 0 }
      if field == 2 { seconds += (value.number ?? 0) / 1e9 }
    }
    return seconds
  }
}
