import Files
import Foundation
package import Store

extension ExperimentReport {
  /// Writes the report into `folder`, pictures first, each file whole or not at all; a file that
  /// holds the same bytes already is left alone. Pictures that an earlier report of the same name
  /// left and this one does not have are removed.
  ///
  /// A frozen report is not written over but by one that is frozen too: what it holds may be the only copy.
  ///
  /// - Parameter previous: names of the files of the report before, as the store has them.
  /// - Returns: the path of the Markdown file.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`.
  @discardableResult
  package func write(to folder: String, replacing previous: [String] = []) throws -> String {
    guard let markdown = files.first else { return folder }
    let pictures = files.dropFirst()
    let stem = String(markdown.name.dropLast(".md".count))
    if !pictures.contains(where: { $0.name == "\(stem)/\(FrozenReport.fileName)" }) {
      try Self.checkPlace(folder, experiment: stem)
    }
    try makeFolder(folder)
    if !pictures.isEmpty { try makeFolder("\(folder)/\(stem)") }
    removeIncomplete(from: folder, stem: stem)
    for file in pictures + [markdown] { try write(file, to: "\(folder)/\(file.name)") }
    let names = Set(pictures.map(\.name))
    removeLeftovers(of: "\(folder)/\(stem)", keeping: names, stem: stem)
    for name in previous where !names.contains(name) && name.hasPrefix("\(stem)/") {
      let file = name.dropFirst(stem.count + 1)
      if file.contains("/") || file.hasPrefix(".") || file.isEmpty { continue }
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
    return "\(folder)/\(markdown.name)"
  }

  /// - Throws: `StoreError.Kind.cannotCreate` where a frozen report of the experiment lies in `folder`.
  package static func checkPlace(_ folder: String, experiment: String) throws {
    let frozen = "\(folder)/\(experiment)/\(FrozenReport.fileName)"
    guard FileManager.default.fileExists(atPath: frozen) else { return }
    throw StoreError(
      .cannotCreate,
      "'\(folder)/\(experiment).md' is a frozen report, whose numbers and pictures may be the only copies; "
        + "name another folder with -o, or move it away")
  }

  package func write(_ file: ReportFile, to path: String) throws {
    if FileManager.default.contents(atPath: path) == Data(file.bytes) { return }
    do {
      try WholeFile.write(to: path, durably: false) { try $0.write(file.bytes) }
    } catch let error as FileFailure {
      throw StoreError(
        error.kind == .cannotCreate ? .cannotCreate : .inputOutput,
        "cannot write '\(path)' (\(error.reason)); name another folder with -o")
    }
  }

  /// What a process that died while it wrote this report has left.
  private func removeIncomplete(from folder: String, stem: String) {
    TemporaryFile.removeLeft(in: folder) { ["\(stem).md", "\(stem).html"].contains($0) }
    TemporaryFile.removeLeft(in: "\(folder)/\(stem)") { name in
      [".svg", ".png", ".json"].contains { name.hasSuffix($0) }
    }
  }

  /// Only what bears the names that reports give: the folder may hold other people's files.
  private func removeLeftovers(of folder: String, keeping names: Set<String>, stem: String) {
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in found where !names.contains("\(stem)/\(name)") {
      let isPlot =
        name.hasPrefix("by-") && name.hasSuffix(".svg") || name == "results.svg"
        || name.hasPrefix("eval-") && name.hasSuffix(".svg")
        || name.hasPrefix("train-") && name.hasSuffix(".svg")
      let isGrid = [".svg", ".png"].contains { ending in
        (name.hasPrefix("samples-") || name.hasPrefix("growth-")) && name.hasSuffix(ending)
          || ["samples" + ending, "growth" + ending].contains(name)
      }
      if isPlot || isGrid { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    }
  }
}
