import Foundation
import GRDB
import Store

/// What a file or folder is, by what is in it.
package enum ImportKind: Sendable, Hashable {
  case capsule
  case runs(of: ForeignSource)

  /// - Parameter hasColumns: whether columns have been named: then a file may be a table.
  /// - Throws: `StoreError`: `notFound`; `badInput` where it is nothing that can be imported, or several things at once.
  package init(of path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError(.notFound, "no such file or folder: '\(path)'")
    }
    if !SourceFile.isFolder(path) {
      guard let kind = Self.kind(ofFile: path) else {
        throw StoreError(
          .badInput,
          "'\(path)' is neither a capsule nor what TensorBoard, MLflow, wandb or Trackio write; of a table of runs "
            + "name the kind and the columns: --from csv --run COLUMN --step COLUMN --metric COLUMN"
        )
      }
      self = kind
      return
    }
    let files = try SourceFile.all(below: path)
    let found = ForeignSource.allCases.filter { Self.has($0, files, path) }
    guard let source = found.first else {
      throw StoreError(
        .badInput,
        "nothing in '\(path)' can be imported: there are no event files of TensorBoard, no folders of MLflow "
          + "(meta.yaml), no .wandb files and no databases of Trackio; a database of MLflow is named itself"
      )
    }
    guard found.count == 1 else {
      let titles = found.map(\.title).joined(separator: " and ")
      throw StoreError(
        .badInput,
        "'\(path)' has runs of \(titles); say which with --from \(source.rawValue), or name a folder below"
      )
    }
    self = .runs(of: source)
  }

  private static func kind(ofFile path: String) -> ImportKind? {
    let beginning = SourceFile.beginning(path, count: 72)
    if beginning.starts(with: Array("SQLite format 3\0".utf8)) {
      return ForeignDatabase.source(path).map { .runs(of: $0) } ?? .capsule
    }
    if WandbRecords.begins(beginning) { return .runs(of: .wandb) }
    if TensorBoardReader.isEventFile(path) { return .runs(of: .tensorboard) }
    for (ending, source) in [
      (".csv", ForeignSource.csv), (".tsv", .csv), (".jsonl", .jsonl), (".ndjson", .jsonl),
    ]
    where path.lowercased().hasSuffix(ending) {
      return .runs(of: source)
    }
    return nil
  }

  private static func has(_ source: ForeignSource, _ files: [String], _ path: String) -> Bool {
    switch source {
    case .tensorboard: TensorBoardReader.recognises(files, path: path)
    case .mlflow: MLflowFolderReader.recognises(files, path: path)
    case .wandb: files.contains(where: WandbReader.isLog)
    case .trackio: files.contains { TrackioReader.isDatabase("\(path)/\($0)") }
    case .csv, .jsonl: false
    }
  }
}
