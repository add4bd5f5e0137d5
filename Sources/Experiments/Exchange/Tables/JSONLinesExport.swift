import Files
import Foundation
import Statistics
import Store
import Text
import Values

/// `export --format jsonl`: one file, one JSON object per line. `"kind": "experiment"` first, then each
/// run with its settings, metrics, attempts, tags, notes and artifacts, followed by its points, one
/// line per series: `{"kind": "history", "runId", "metric", "steps": […], "values": […]}`.
///
/// Keys are sorted, doubles read back as the same double, NaN and infinities are strings. What
/// could move a terminal's cursor or turn the direction of writing is escaped.
package struct JSONLinesExport: Sendable {
  private let selection: ExportSelection

  package init(_ selection: ExportSelection) {
    self.selection = selection
  }

  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  package func write(to path: String) throws {
    try NewFile.make(at: path) { file in
      for experiment in selection.experiments { try line(json(experiment), file) }
      try selection.forEachHistory { run, history in
        try line(try json(run), file)
        for series in history {
          try line(
            .object([
              "kind": .string("history"), "runId": .string(run.id),
              "metric": .string(series.name), "steps": .array(series.steps.map { .integer($0) }),
              "values": .array(series.values.map { .number($0) }),
            ]), file)
        }
      }
    }
  }

  private func line(_ value: JSONValue, _ file: FileWriter) throws {
    try file.write(JSONText.printable(value.canonical) + "\n")
  }

  private func json(_ experiment: ExperimentSummary) -> JSONValue {
    .object([
      "kind": .string("experiment"), "name": .string(experiment.name),
      "question": .string(experiment.question), "file": .string(experiment.fileText),
      "objective": experiment.objective.map {
        .object(["metric": .string($0.metric), "goal": .string($0.goal.rawValue)])
      } ?? .null,
      "created": .string(experiment.created), "updated": .string(experiment.updated),
    ])
  }

  private func json(_ run: RunSummary) throws -> JSONValue {
    let store = selection.store
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return .object([
      "kind": .string("run"), "id": .string(run.id), "experiment": text(run.experiment),
      "label": text(run.label), "state": .string(run.state.rawValue),
      "created": .string(run.created), "ended": text(run.ended),
      "seconds": run.seconds.map { .number($0) } ?? .null, "seed": .integer(run.seed),
      "step": .integer(run.step), "error": text(run.error),
      "overrides": .array(run.overrides.map(\.json)),
      "parameters": .object(run.parameters.mapValues(\.json)),
      "metrics": .object(run.metrics.mapValues(Self.json)),
      "tags": .array(try store.tags(run: run.id).map { .string($0) }),
      "notes": .array(
        try store.notes(run: run.id).map {
          .object(["text": .string($0.text), "created": .string($0.created)])
        }),
      "attempts": .array(
        try store.attempts(run: run.id).map { attempt in
          .object([
            "number": .integer(attempt.number), "state": .string(attempt.state.rawValue),
            "started": .string(attempt.started), "ended": text(attempt.ended),
            "error": text(attempt.error),
            "environment": .object(attempt.environment.mapValues { .string($0) }),
          ])
        }),
      "artifacts": .array(
        try store.artifacts(run: run.id).map { artifact in
          .object([
            "name": .string(artifact.name), "step": artifact.step.map { .integer($0) } ?? .null,
            "mediaType": .string(artifact.mediaType), "bytes": .integer(artifact.bytes),
            "sha256": .string(artifact.sha256),
          ])
        }),
    ])
  }

  private static func json(_ metric: MetricSummary) -> JSONValue {
    .object([
      "count": .integer(metric.count), "last": .number(metric.last),
      "lastStep": .integer(metric.lastStep), "min": .number(metric.min),
      "max": .number(metric.max),
    ])
  }
}

enum JSONText {
  /// JSON with those characters of its strings escaped that a terminal or a reader of lines could
  /// trip over: controls, line separators, marks of direction. Outside strings there are none.
  static func printable(_ json: String) -> String {
    let isPlain = json.utf8.allSatisfy { $0 < 0x7F }
    if isPlain { return json }
    var result = ""
    for scalar in json.unicodeScalars {
      switch scalar.value {
      case 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069,
        0xFEFF, 0xFFFE, 0xFFFF:
        let code = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
