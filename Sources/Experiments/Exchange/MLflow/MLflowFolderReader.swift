import Foundation
import Store
import Values

/// Reads MLflow's folders, `mlruns` by its own name (`mlflow/store/tracking/file_store.py`):
/// `EXPERIMENT/RUN/{meta.yaml,params/NAME,metrics/NAME,tags/NAME}`. A metric's file has a line a value: milliseconds, value,
/// step; names with slashes are folders. What is in `.trash`, or deleted by its meta.yaml, is left out.
struct MLflowFolderReader: ForeignReader {
  let path: String
  let steps: StepChoice

  /// Whether files below a folder are MLflow's.
  static func recognises(_ files: [String], path: String) -> Bool {
    files.contains { file in
      file.split(separator: "/").last == "meta.yaml"
        && (try? meta("\(path)/\(file)"))?["experiment_id"] != nil
    }
  }

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let all = try SourceFile.all(below: path)
    if all.contains(where: { $0.hasPrefix(".trash/") && $0.hasSuffix("/meta.yaml") }) {
      notices.add("folders of deleted experiments (.trash), left out")
    }
    let files = all.filter { !$0.hasPrefix(".trash/") }
    let metas = files.filter { $0.split(separator: "/").last == "meta.yaml" }
    var experiments: [String: (name: String, isActive: Bool)] = [:]
    var runs: [(folder: String, meta: [String: String])] = []
    for file in metas {
      let meta = try Self.meta("\(path)/\(file)")
      if meta["run_id"] ?? meta["run_uuid"] != nil {
        runs.append((file.split(separator: "/").dropLast().joined(separator: "/"), meta))
      } else if let id = meta["experiment_id"], let name = meta["name"] {
        experiments[id] = (name, meta["lifecycle_stage"] != "deleted")
      }
    }
    for (folder, meta) in runs {
      let experiment = meta["experiment_id"].flatMap { experiments[$0] }
      guard meta["lifecycle_stage"] != "deleted", experiment?.isActive ?? true else {
        notices.add("runs that were deleted in MLflow, left out")
        continue
      }
      guard let id = meta["run_id"] ?? meta["run_uuid"] else { continue }
      let status = meta["status"] ?? ""
      var run = MLflowImportedRun(
        id: id, experiment: experiment?.name ?? meta["experiment_id"] ?? "mlflow",
        name: meta["run_name"],
        status: Int(status).flatMap { MLflowImportedRun.statuses[$0] } ?? status,
        began: meta["start_time"].flatMap(Double.init),
        ended: meta["end_time"].flatMap(Double.init),
        user: meta["user_id"])
      let place = folder.isEmpty ? path : "\(path)/\(folder)"
      run.parameters = try texts(place + "/params")
      run.tags = try texts(place + "/tags")
      try body(run.run(try points(place + "/metrics"), &notices))
    }
  }

  /// By names below the folder.
  private func texts(_ folder: String) throws -> [String: String] {
    guard SourceFile.isFolder(folder) else { return [:] }
    var texts: [String: String] = [:]
    for name in try SourceFile.all(below: folder) {
      texts[name] = String(decoding: try SourceFile.read("\(folder)/\(name)"), as: UTF8.self)
    }
    return texts
  }

  private func points(_ folder: String) throws -> PointGathering {
    var points = PointGathering(steps)
    guard SourceFile.isFolder(folder) else { return points }
    var clock: [Int: Double] = [:]
    for name in try SourceFile.all(below: folder) {
      let bytes = try SourceFile.read("\(folder)/\(name)")
      var list: [MLflowPoints.Point] = []
      for (number, line) in bytes.split(separator: 0x0A).enumerated() {
        let parts = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        // Files of MLflow before 1.0 have no step.
        guard parts.count == 2 || parts.count == 3, let time = Double(parts[0]),
          let value = Double(parts[1]), let step = parts.count == 3 ? Int(parts[2]) : 0
        else {
          throw StoreError(
            .badInput,
            "'\(folder)/\(name)', line \(number + 1): '\(String(decoding: line.prefix(60), as: UTF8.self))' is not "
              + "time, value and step")
        }
        list.append(.init(step: step, value: value, time: time))
      }
      if !list.isEmpty { MLflowPoints.add(list, of: name, to: &points, &clock) }
    }
    MLflowPoints.add(clock, to: &points)
    return points
  }

  /// `meta.yaml`: a key and a value a line, as PyYAML writes plain and quoted texts.
  static func meta(_ path: String) throws -> [String: String] {
    let text = String(decoding: try SourceFile.read(path), as: UTF8.self)
    var values: [String: String] = [:]
    var last: String?
    for line in text.split(separator: "\n") {
      // A long text goes on, indented.
      if line.first == " ", let key = last {
        values[key, default: ""] += " " + line.drop { $0 == " " }
        continue
      }
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = String(line[..<colon])
      values[key] = String(line[line.index(after: colon)...].drop { $0 == " " })
      last = key
    }
    return values.compactMapValues { unquoted($0) }
  }

  /// Nil for YAML's null.
  private static func unquoted(_ text: String) -> String? {
    if text == "null" || text.isEmpty { return nil }
    if text.hasPrefix("'"), text.hasSuffix("'"), text.count > 1 {
      return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }
    guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return text }
    return unescaped(text.dropFirst().dropLast())
  }

  /// Between double quotes (YAML 1.1, 5.7): `\xE9`, `\u00e9`, `\U0001F600` and the usual letters.
  private static func unescaped(_ text: Substring) -> String {
    let letters: [Character: Character] = [
      "n": "\n", "t": "\t", "r": "\r", "0": "\0", "N": "\u{85}", "_": "\u{A0}",
    ]
    var rest = text
    var result = ""
    while let character = rest.popFirst() {
      guard character == "\\", let escape = rest.popFirst() else {
        result.append(character)
        continue
      }
      let digits = ["x": 2, "u": 4, "U": 8][escape] ?? 0
      if digits > 0, let code = UInt32(rest.prefix(digits), radix: 16),
        let scalar = Unicode.Scalar(code)
      {
        result.unicodeScalars.append(scalar)
        rest = rest.dropFirst(digits)
      } else {
        result.append(letters[escape] ?? escape)
      }
    }
    return result
  }
}
