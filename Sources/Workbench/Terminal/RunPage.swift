import Store
import Text
import Values

/// Everything the store knows about one run.
struct RunPage: Encodable {
  struct Membership: Encodable {
    var experiment: String
    var label: String
    var orphan: Bool
  }

  var id: String
  var trainKey: String
  var state: RunState
  var created: String
  var ended: String?
  var seconds: Double?
  var seed: Int
  var step: Int
  var error: String?
  var pinned: String?
  var experiments: [Membership]
  var parameters: [String: ParameterValue]
  /// What some experiment sweeps.
  var swept: [String]
  /// What it depends on beside its settings.
  var inputs: [RunInput]
  var metrics: [String: MetricSummary]
  var artifacts: [Artifact]
  var attempts: [Attempt]
  var tags: [String]
  var notes: [RunNote]
  var events: [RunEvent]

  init(_ run: String, _ store: RunStore) throws {
    let memberships = try store.memberships(run: run)
    let summary = memberships[0]
    id = summary.id
    trainKey = summary.trainKey
    state = summary.state
    created = summary.created
    ended = summary.ended
    seconds = summary.seconds
    seed = summary.seed
    step = summary.step
    error = summary.error
    pinned = summary.pinned
    experiments = memberships.compactMap { member in
      member.experiment.map {
        Membership(experiment: $0, label: member.label ?? "", orphan: member.isOrphan)
      }
    }
    parameters = summary.parameters
    swept = Set(memberships.flatMap { $0.overrides.map(\.path) }).sorted()
    metrics = summary.metrics
    inputs = try store.inputs(run: run)
    artifacts = try store.artifacts(run: run)
    attempts = try store.attempts(run: run)
    tags = try store.tags(run: run)
    notes = try store.notes(run: run)
    events = try store.events(run: run)
  }

  /// For a terminal. Of many events the last are shown; `logs` has them all.
  func text(events limit: Int = 10) -> String {
    var sections = [heading()]
    func section(_ title: String, _ body: String) {
      if !body.isEmpty { sections.append("\(title)\n\(indented(body))") }
    }
    section("Settings (* swept)", settingsTable())
    section("Inputs", inputsTable())
    section("Metrics", metricsTable())
    section("Artifacts", artifacts.isEmpty ? "" : artifactTable(artifacts).rendered())
    section("Attempts", attemptsTable())
    section("Environment", environmentTable())
    section("Tags", tags.isEmpty ? "" : tags.map { printable($0) }.joined(separator: ", ") + "\n")
    section("Notes", notes.map { "\($0.created)  \(printable($0.text))\n" }.joined())
    let shown = events.suffix(limit)
    section(
      shown.count < events.count ? "Events (the last \(limit) of \(events.count))" : "Events",
      shown.map(LogsCommand.line).joined())
    return sections.joined(separator: "\n")
  }

  private func heading() -> String {
    var table = TextTable(["run", .init(id)])
    for member in experiments {
      table.append([
        "experiment",
        "\(member.experiment)/\(member.label)" + (member.orphan ? " (no longer in the file)" : ""),
      ])
    }
    table.append(["state", state.rawValue])
    if let pinned { table.append(["pinned", pinned]) }
    if let error { table.append(["error", error]) }
    table.append(["created", created])
    if let ended { table.append(["ended", ended]) }
    if let seconds { table.append(["time", NumberText.duration(seconds)]) }
    table.append(["step", String(step)])
    table.append(["seed", String(seed)])
    if let data = attempts.last?.environment["data.summary"] { table.append(["data", data]) }
    return table.rendered()
  }

  private func settingsTable() -> String {
    rows(
      parameters.keys.sorted().map { path in
        [(swept.contains(path) ? "* " : "  ") + path, parameters[path]?.text ?? ""]
      })
  }

  private func inputsTable() -> String {
    if inputs.isEmpty { return "" }
    var table = TextTable(["input", "what", "sha256"])
    for input in inputs { table.append([input.name, input.text, String(input.sha256.prefix(12))]) }
    return table.rendered()
  }

  private func metricsTable() -> String {
    if metrics.isEmpty { return "" }
    // Ends of intervals and what real images reach stand in their measure's line.
    let besides = BesideMeasure.names(metrics.keys)
    let shown = metrics.filter { !besides.contains($0.key) }.sorted { $0.key < $1.key }
    let found = shown.map { name, _ in BesideMeasure(name) { metrics[$0]?.last } }
    let hasBeside = found.contains { !$0.isEmpty }
    var numbers = ["last", "at step", "lowest", "at step", "highest", "at step", "points", "NaN"]
    if hasBeside { numbers.insert(contentsOf: ["95 % interval", "real"], at: 2) }
    var table = TextTable(["metric"] + numbers.map { .number($0) })
    for ((name, metric), beside) in zip(shown, found) {
      var row = [
        name, NumberText.value(metric.last), String(metric.lastStep),
        NumberText.value(metric.min), metric.minStep.map { String($0) } ?? "–",
        NumberText.value(metric.max), metric.maxStep.map { String($0) } ?? "–",
        String(metric.count), String(metric.nanCount),
      ]
      if hasBeside {
        let interval = beside.interval.map {
          "\(NumberText.value($0.lowerBound)) to \(NumberText.value($0.upperBound))"
        }
        let real = beside.real.map { NumberText.value($0) }
        row.insert(contentsOf: [interval ?? "", real ?? ""], at: 3)
      }
      table.append(row)
    }
    return table.rendered()
  }

  private func attemptsTable() -> String {
    if attempts.isEmpty { return "" }
    var table = TextTable([.number("attempt"), "state", "started", .number("time"), "error"])
    for attempt in attempts {
      table.append([
        String(attempt.number), attempt.state.rawValue, attempt.started,
        attempt.seconds.map(NumberText.duration) ?? "–", attempt.error ?? "",
      ])
    }
    return table.rendered()
  }

  /// Of the latest attempt.
  private func environmentTable() -> String {
    let environment = attempts.last?.environment ?? [:]
    return rows(environment.sorted { $0.key < $1.key }.map { [$0.key, summary(of: $0.value)] })
  }

  private func rows(_ rows: [[String]]) -> String {
    let width = rows.map { displayWidth(printable($0[0])) }.max() ?? 0
    return rows.map { row in
      let key = printable(row[0])
      return key + String(repeating: " ", count: width - displayWidth(key) + 2)
        + printable(row[1]) + "\n"
    }.joined()
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  \($0)\n" }.joined()
  }
}

/// A text on one line: of many lines, how many there are.
func summary(of text: String) -> String {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
  return lines > 2 ? "(\(lines) lines)" : text
}

/// A list of files.
func artifactTable(_ artifacts: [Artifact]) -> TextTable {
  var table = TextTable(["name", .number("step"), "type", .number("size"), "pixels", "sha256"])
  for artifact in artifacts {
    var pixels = "–"
    if let width = artifact.width, let height = artifact.height { pixels = "\(width)×\(height)" }
    table.append([
      artifact.name, artifact.step.map { String($0) } ?? "–", artifact.mediaType,
      NumberText.bytes(artifact.bytes), pixels, String(artifact.sha256.prefix(12)),
    ])
  }
  return table
}
