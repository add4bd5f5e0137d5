import GRDB

extension RunStore {
  /// What SQLite's own check finds wrong with the database; nil if it is sound.
  /// - Throws: `StoreError`.
  public func healthProblem() throws -> String? {
    let verdict = try read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") }
    return verdict == "ok" ? nil : verdict ?? "no answer"
  }
}
