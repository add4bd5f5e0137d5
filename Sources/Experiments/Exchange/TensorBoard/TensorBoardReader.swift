import Store
import Values

/// Reads TensorBoard's event files as TensorBoard does: a folder that has some is a run, called by its path below the log
/// folder, and its files are read in the order of their names.
///
/// Formats: `tensorboard/compat/proto` (event.proto, summary.proto), `tensorboard/plugins/hparams/plugin_data.proto`.
/// Meaning: `event_accumulator.py` for what a restart takes back, `data_compat.py` for the older form of scalars.
struct TensorBoardReader: ForeignReader {
  let path: String
  let steps: StepChoice

  /// By which TensorBoard knows an event file.
  static func isEventFile(_ name: String) -> Bool {
    (name.split(separator: "/").last ?? "").contains("tfevents")
  }

  static func recognises(_ files: [String], path: String) -> Bool {
    files.contains { isEventFile($0.isEmpty ? path : $0) }
  }

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let files = try SourceFile.all(below: path).filter { Self.isEventFile($0.isEmpty ? path : $0) }
    let folders = Dictionary(grouping: files) { file in
      file.split(separator: "/").dropLast().joined(separator: "/")
    }
    let isFile = files == [""]
    let root = SourceFile.name(of: isFile ? Self.folder(of: path) : path)
    var known: [String: String] = [:]
    for (folder, files) in folders.sorted(by: { $0.key < $1.key }) {
      var events = TensorBoardRun(steps: steps)
      for file in files.sorted() {
        try events.read(isFile ? path : "\(path)/\(file)", &notices)
      }
      let label = folder.isEmpty ? root : folder
      guard let run = events.run(experiment: root, label: label, &notices) else {
        notices.add("folders whose event files have neither scalars nor hyperparameters, left out")
        continue
      }
      if let other = known.updateValue(label, forKey: run.sourceID) {
        notices.add(
          place: "'\(label)' has the event files of '\(other)' once more; it was left out")
        continue
      }
      try body(run)
    }
  }

  private static func folder(of path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
  }
}

/// One run's event files, taken in one after the other.
private struct TensorBoardRun {
  private var points: PointGathering
  private var clock = SeriesPoints(name: RunClock.metric)
  private var settings: [String: ParameterValue] = [:]
  private var identity: String?
  private var began: Double?
  private var ended: Double?
  /// `Status` of the hyperparameters' session; nil without one.
  private var status: Int?
  private var version = 0
  /// The highest step so far, for files of the first version.
  private var recent = Int.min
  /// Tags of which the first value said that they are not scalars; later ones do not say.
  private var others: Set<String> = []

  init(steps: StepChoice) {
    points = PointGathering(steps)
  }

  // MARK: Reading

  mutating func read(_ path: String, _ notices: inout ImportNotices) throws {
    let bytes = try SourceFile.read(path)
    var records = EventRecords(bytes)
    var count = 0
    do {
      while let record = records.next() {
        try take(ProtobufFields(bytes, in: record), isFirst: count == 0, path, &notices)
        count += 1
      }
    } catch {
      throw StoreError(
        .badInput, "'\(path)': record \(count + 1) is whole, and no event; is it TensorBoard's?")
    }
    guard records.isDamaged else { return }
    guard count > 0 || records.beginsAsRecord else {
      throw StoreError(
        .badInput, "'\(path)' does not begin with a record of TensorBoard's; is it an event file?")
    }
    notices.add(
      place:
        "'\(path)' is damaged from byte \(records.place) of \(bytes.count), as a writer leaves it that was "
        + "killed; it was read up to there")
  }

  private mutating func take(
    _ event: ProtobufFields, isFirst: Bool, _ path: String, _ notices: inout ImportNotices
  ) throws(ProtobufFields.Damage) {
    var event = event
    var time = 0.0
    var step = 0
    var summary: Range<Int>?
    var isStart = false
    while let (field, value) = try event.next() {
      switch field {
      case 1: time = value.number ?? 0
      case 2: step = value.integer ?? 0
      case 3:
        if let text = value.range.map(event.text), let number = text.split(separator: ":").last {
          version = Int(number) ?? 0
        }
      case 5: summary = value.range
      case 7:
        guard let range = value.range else { continue }
        var log = event.message(range)
        while let (field, value) = try log.next() {
          if field == 1 { isStart = value.integer == 1 }
        }
      default: break
      }
    }
    if isFirst {
      // The name holds the time, the host and the process that began the file, and this the time to a microsecond.
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if identity == nil { identity = "\(name) \(String(time.bitPattern, radix: 16))" }
    }
    if time > 0 {
      began = Swift.min(began ?? time, time)
      ended = Swift.max(ended ?? time, time)
    }
    if isStart { purge(from: step, &notices) }
    guard let summary else { return }
    var values = event.message(summary)
    if version < 2, step < recent { try purge(values, from: step, &notices) } else { recent = step }
    var isLogged = false
    while let (field, value) = try values.next() {
      guard field == 1, let range = value.range else { continue }
      isLogged = try take(value: values.message(range), step, &notices) || isLogged
    }
    if isLogged, time > 0 { clock.append(step: step, value: time) }
  }

  /// A value of a summary.
  /// - Returns: whether it is a scalar.
  private mutating func take(
    value: ProtobufFields, _ step: Int, _ notices: inout ImportNotices
  ) throws(ProtobufFields.Damage) -> Bool {
    var value = value
    var tag: Range<Int>?
    var number: Double?
    var tensor: Range<Int>?
    var plugin: String?
    var content: Range<Int>?
    var kind: String?
    while let (field, item) = try value.next() {
      switch field {
      case 1: tag = item.range
      case 2: number = item.number
      case 4: kind = "pictures"
      case 3, 5: kind = "histograms"
      case 6: kind = "sounds"
      case 8: tensor = item.range
      case 9:
        guard let range = item.range else { continue }
        (plugin, content) = try Self.plugin(value.message(range))
      default: break
      }
    }
    let name = tag.map(value.text) ?? ""
    if plugin == "hparams" {
      if let content { try takeHyperparameters(value.message(content)) }
      return false
    }
    if number == nil, let tensor {
      if let plugin, plugin != "scalars" {
        others.insert(name)
        kind = Self.kinds[plugin] ?? "values of other plugins"
      } else if !others.contains(name) {
        number = try ScalarTensor.value(value.message(tensor))
        if number == nil { kind = "tensors that are no scalars" }
      } else {
        kind = "values of other plugins"
      }
    }
    guard let number else {
      notices.add("\(kind ?? "values without a number"), left out")
      return false
    }
    points.add(number, at: step, to: name)
    return true
  }

  private static let kinds = [
    "images": "pictures", "text": "texts", "histograms": "histograms", "audio": "sounds",
    "pr_curves": "curves of precision and recall",
  ]

  /// `SummaryMetadata`: whose value it is, and what that plugin says of it.
  private static func plugin(
    _ metadata: ProtobufFields
  ) throws(ProtobufFields.Damage) -> (String?, Range<Int>?) {
    var metadata = metadata
    var (name, content): (String?, Range<Int>?)
    while let (field, value) = try metadata.next() {
      guard field == 1, let range = value.range else { continue }
      var data = metadata.message(range)
      while let (field, value) = try data.next() {
        if field == 1 { name = value.range.map(data.text) }
        if field == 2 { content = value.range }
      }
    }
    return (name, content)
  }

  // MARK: Hyperparameters

  /// `HParamsPluginData`.
  private mutating func takeHyperparameters(_ data: ProtobufFields) throws(ProtobufFields.Damage) {
    var data = data
    while let (field, value) = try data.next() {
      guard let range = value.range, field == 3 || field == 4 else { continue }
      var session = data.message(range)
      while let (inner, value) = try session.next() {
        if field == 3, inner == 1, let range = value.range {
          try takeSetting(session.message(range))
        }
        if field == 3, inner == 5, let time = value.number, time > 0 { began = time }
        if field == 4, inner == 1 { status = value.integer }
        if field == 4, inner == 2, let time = value.number, time > 0 { ended = time }
      }
      if field == 4, status == nil { status = 0 }
    }
  }

  /// An entry of a map of `google.protobuf.Value`.
  private mutating func takeSetting(_ entry: ProtobufFields) throws(ProtobufFields.Damage) {
    var entry = entry
    var name = ""
    var setting = ParameterValue.null
    while let (field, value) = try entry.next() {
      guard let range = value.range else { continue }
      if field == 1 { name = entry.text(range) }
      guard field == 2 else { continue }
      var inner = entry.message(range)
      while let (kind, value) = try inner.next() {
        switch kind {
        case 2:
          let number = value.number ?? 0
          if !number.isFinite {
            setting = .string(number.canonical)
          } else {
            setting = Int(exactly: number).map { .integer($0) } ?? .number(number)
          }
        case 3: setting = .string(value.range.map(inner.text) ?? "")
        case 4: setting = .boolean(value.integer == 1)
        default: break
        }
      }
    }
    settings[name] = setting
  }

  // MARK: Restarts

  /// What `SessionLog.START` takes back.
  private mutating func purge(from step: Int, _ notices: inout ImportNotices) {
    notices.add(Self.purged, points.remove(from: step))
  }

  /// Files of the first version have no such mark: there a step that goes back takes back what comes after it, of the
  /// tags of that event.
  private mutating func purge(
    _ values: ProtobufFields, from step: Int, _ notices: inout ImportNotices
  ) throws(ProtobufFields.Damage) {
    var values = values
    while let (field, value) = try values.next() {
      guard field == 1, let range = value.range else { continue }
      var item = values.message(range)
      while let (field, value) = try item.next() {
        guard field == 1, let tag = value.range.map(item.text), points.has(tag) else { continue }
        notices.add(Self.purged, points.remove(from: step, of: tag))
      }
    }
  }

  private static let purged =
    "values that a restart at an earlier step took back, as in TensorBoard"

  // MARK: The run

  /// Nil where there is nothing in it.
  func run(
    experiment: String, label: String, _ notices: inout ImportNotices
  ) -> ForeignRun? {
    guard !points.isEmpty || !settings.isEmpty, let identity else { return nil }
    var run = ForeignRun(.tensorboard, id: identity, experiment: experiment, label: label)
    var points = points
    if !points.has(RunClock.metric) {
      for (step, time) in zip(clock.steps, clock.values) { points.tick(time, at: step) }
    }
    run.series = points.points(&notices)
    run.settings = settings
    (run.began, run.ended) = (began, ended)
    switch status {
    // STATUS_FAILURE
    case 2: (run.state, run.error) = (.failed, "TensorBoard's session ended with STATUS_FAILURE")
    // STATUS_RUNNING
    case 3: run.state = .running
    // STATUS_SUCCESS
    case 1: break
    default: notices.add("runs of which the files tell no state, counted as finished")
    }
    return run
  }
}
