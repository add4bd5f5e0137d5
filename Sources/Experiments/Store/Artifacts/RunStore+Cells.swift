package import Foundation
import GRDB

extension RunStore {
  /// The cells of an experiment's report, as JSON; nil where it has none.
  package func cellsJSON(experiment: String) throws -> String? {
    try read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT source FROM reportCells
          JOIN experiment ON experiment.id = reportCells.experimentId WHERE experiment.name = ?
          """, arguments: [experiment])
    }
  }

  /// What a cell came to when its key was the same; nil if that is not known.
  package func cachedCell(experiment: String, key: String) throws -> Data? {
    try read { db in
      try Data.fetchOne(
        db,
        sql: """
          SELECT content FROM cellCache JOIN experiment ON experiment.id = cellCache.experimentId
          WHERE experiment.name = ? AND key = ?
          """, arguments: [experiment, key])
    }
  }

  /// Keeps what cells came to, and of what was kept before only what is still good. A store that may only be read, or whose
  /// disk is full, keeps nothing: they will be made anew.
  /// - Parameters:
  ///   - keys: of all cells of the report.
  ///   - cells: those that were not kept yet, by key.
  package func cacheCells(experiment: String, keys: [String], cells: [String: Data]) throws {
    guard isWritable else { return }
    do {
      try keepCells(experiment: experiment, keys: keys, cells: cells)
    } catch let error as StoreError where [.cannotCreate, .inputOutput].contains(error.kind) {}
  }

  private func keepCells(experiment: String, keys: [String], cells: [String: Data]) throws {
    try write { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [experiment])
      guard let id else { throw RunStore.noExperiment(experiment) }
      let kept = try String.fetchAll(
        db, sql: "SELECT key FROM cellCache WHERE experimentId = ?", arguments: [id])
      for key in Set(kept).subtracting(keys) {
        try db.execute(
          sql: "DELETE FROM cellCache WHERE experimentId = ? AND key = ?", arguments: [id, key])
      }
      for (key, content) in cells {
        try db.execute(
          sql: "INSERT OR REPLACE INTO cellCache (experimentId, key, content) VALUES (?, ?, ?)",
          arguments: [id, key, content])
      }
    }
  }

  /// A number that changes when another connection has written: whether to look again.
  package func dataVersion() throws -> Int {
    try read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
  }
}
