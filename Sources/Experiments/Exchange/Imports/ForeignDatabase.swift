import Foundation
import GRDB
import Store

/// A SQLite file of another program, which is read and never changed.
enum ForeignDatabase {
  /// Whose it is, by its tables; nil where it is a capsule or nobody's who is known.
  static func source(_ path: String) -> ForeignSource? {
    let tables = try? read(path) { db in
      Set(try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
    }
    guard let tables else { return nil }
    if tables.isSuperset(of: ["experiments", "runs", "metrics", "params", "tags"]) {
      return .mlflow
    }
    if tables.isSuperset(of: ["metrics", "configs"]) { return .trackio }
    return nil
  }

  /// Reads one consistent state.
  /// - Throws: `StoreError`: `inputOutput`, `badInput` where it is damaged; what `body` throws.
  static func read<Result>(_ path: String, _ body: (Database) throws -> Result) throws -> Result {
    // SQLite would make files beside one that has a write-ahead log, were it only to read.
    let hasLog = SourceFile.beginning(path, count: 20).last == 2
    do {
      if hasLog {
        if let reader = try ReadOnlyDatabase(path: path, options: RunStore.Options()) {
          return try reader.read(body)
        }
        return try ReadOnlyDatabase.copy(of: path, options: RunStore.Options()).read(body)
      }
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(10)
      return try DatabaseQueue(path: path, configuration: configuration).read(body)
    } catch let error as DatabaseError {
      throw StoreError(
        .badInput, "'\(path)' cannot be read as a SQLite database: \(error.message ?? "\(error)")")
    }
  }
}
