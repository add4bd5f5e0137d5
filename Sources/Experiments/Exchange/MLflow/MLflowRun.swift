import Diffusion
import Store
import Text
import Values

/// One run as MLflow's file store has it.
struct MLflowRun {
  let run: RunSummary
  let store: RunStore
  /// The experiment's number, and where its folder will be, as a URL.
  let experiment: String
  let place: String
  let metrics: MLflowNames
  let parameters: MLflowNames
  let takesNetworks: Bool
  let tags: [String: String]

  /// 32 hexadecimal digits, half of them the run's own: experiments may share a run, and MLflow's
  /// may not.
  var id: String {
    let own = run.id.prefix(16)
    let isHexadecimal = own.count == 16 && own.allSatisfy { $0.isHexDigit && $0.isASCII }
    let hash = SHA256.hexadecimal(of: "mlflow run \(experiment) \(run.id)")
    return isHexadecimal ? own.lowercased() + hash.prefix(16) : String(hash.prefix(32))
  }

  /// What MLflow has no place for but a tag, by tag.
  static func tags(_ run: RunSummary, _ store: RunStore) throws -> [String: String] {
    var tags = [
      "mlflow.runName": Self.name(run), "mlflow.user": "workbench",
      "mlflow.source.type": "LOCAL", "workbench.run": run.id,
      "workbench.state": run.state.rawValue,
    ]
    let environment = try store.attempts(run: run.id).last?.environment ?? [:]
    tags["mlflow.source.name"] = environment["program.command"]
    tags["mlflow.source.git.commit"] = environment["git.commit"]
    tags["workbench.error"] = run.error
    let notes = try store.notes(run: run.id)
    if !notes.isEmpty {
      tags["mlflow.note.content"] = notes.map { MarkdownText.verbatimQuotation($0.text) }
        .joined(separator: "\n\n")
    }
    for tag in try store.tags(run: run.id) { tags["tag.\(tag)"] = "true" }
    return tags.mapValues { MLflowLimits.cut($0, to: MLflowLimits.tag) }
  }

  private var tagNames: MLflowNames { MLflowNames(tags.keys) }
  var changedTags: [String: String] { tagNames.changed }

  private static func name(_ run: RunSummary) -> String {
    let name = SafeText.singleLine(run.label ?? "")
    return name.isEmpty ? String(run.id.prefix(12)) : MLflowLimits.cut(name, to: MLflowLimits.name)
  }

  func write(to folder: NewFolder) throws {
    let history = try store.history(of: run)
    let clock = RunClock(run, history)
    try folder.write(MLflowExport.yaml(meta(clock)), to: "meta.yaml")
    let (names, labels) = (tagNames, try folder.folder("tags"))
    for (name, value) in tags { try write(value, named: names[name], in: labels) }
    let values = try folder.folder("params")
    for (path, value) in run.parameters {
      try write(Self.text(value), named: parameters[path], in: values)
    }
    let series = try folder.folder("metrics")
    for points in history where !points.steps.isEmpty {
      // The time in milliseconds, the value, the step.
      var lines = ""
      for (step, value) in zip(points.steps, points.values) {
        lines += "\(RunClock.milliseconds(clock.time(step))) \(value.canonical) \(step)\n"
      }
      try write(lines, named: metrics[points.name], in: series)
    }
    try writeArtifacts(to: try folder.folder("artifacts"))
  }

  private func meta(_ clock: RunClock) -> [String: JSONValue] {
    let hasEnded = run.ended != nil
    return [
      "artifact_uri": .string("\(place)/\(id)/artifacts"),
      "end_time": hasEnded ? .integer(RunClock.milliseconds(clock.ended)) : .null,
      "entry_point_name": .string(""), "experiment_id": .string(experiment),
      "lifecycle_stage": .string("active"), "run_id": .string(id),
      "run_name": .string(Self.name(run)), "run_uuid": .string(id), "source_name": .string(""),
      "source_type": .integer(4), "source_version": .string(""),
      "start_time": .integer(RunClock.milliseconds(clock.began)), "status": .integer(status),
      "tags": .array([]), "user_id": .string("workbench"),
    ]
  }

  /// MLflow's `RunStatus`.
  private var status: Int {
    switch run.state {
    case .running: 1
    case .queued: 2  // SCHEDULED
    case .finished, .pruned: 3
    case .failed, .crashed: 4
    case .interrupted: 5  // KILLED
    }
  }

  /// On one line, since MLflow's older readers take no more: a text with line breaks or other
  /// controls is written as JSON.
  static func text(_ value: ParameterValue) -> String {
    let text = value.text
    let isPlain = SafeText.singleLine(text) == text
    return MLflowLimits.cut(
      isPlain ? text : JSONText.printable(value.json.canonical), to: MLflowLimits.parameter)
  }

  private func write(_ text: String, named name: String, in folder: NewFolder) throws {
    if let slash = name.lastIndex(of: "/") {
      try folder.folder(String(name[..<slash]))
    }
    try folder.write(text, to: name)
  }

  private func writeArtifacts(to folder: NewFolder) throws {
    var names = FileNames()
    // The folder below.
    _ = names.name(for: "workbench")
    for artifact in try store.artifacts(run: run.id) {
      let isNetwork = artifact.mediaType == "application/x-safetensors"
      if isNetwork && !takesNetworks { continue }
      let name = artifact.fileName
      let ending = name.lastIndex(of: ".").map { String(name[$0...].prefix(20)) } ?? ""
      try folder.write(
        try store.content(sha256: artifact.sha256), to: names.name(for: name, ending: ending))
    }
    let about = try folder.folder("workbench")
    try about.write(try store.settingsJSON(run: run.id), to: "settings.json")
    if let environment = try store.attempts(run: run.id).last?.environment {
      try about.write(
        JSONValue.object(environment.mapValues { .string($0) }).canonical, to: "environment.json")
    }
    let changed = [
      "metrics": metrics.changed.filter { run.metrics[$0.value] != nil },
      "params": parameters.changed.filter { run.parameters[$0.value] != nil },
      "tags": changedTags,
    ].filter { !$0.value.isEmpty }
    if !changed.isEmpty {
      let document = JSONValue.object(
        changed.mapValues { .object($0.mapValues { .string($0) }) })
      try about.write(document.canonical, to: "names.json")
    }
  }
}
