import Diffusion
import Foundation
import GRDB
import Store
import Values

/// Looks at every value of a capsule that the program will later take at its word: ids become names
/// of files, JSON is decoded, times are printed, bytes have a hash.
struct CapsuleContent {
  let db: Database
  let path: String

  private static let largestText = 64 << 20

  /// - Throws: `StoreError.Kind.badInput`.
  func check() throws {
    try checkHashes("run", "id")
    try checkHashes("artifact", "sha256")
    try checkHashes("runInput", "sha256")
    try checkHashes("runInput", "source")
    try checkHashes("importedRun", "sha256")
    try checkTimes()
    try checkTexts()
    try checkJSON()
    try checkArtifacts()
    try checkReports()
  }

  private func bad(_ problem: String) -> StoreError {
    StoreError(.badInput, "the capsule '\(path)' is refused: \(problem)")
  }

  /// The first value for which a condition holds.
  private func first(_ table: String, _ column: String, where condition: String) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT substr(CAST("\(column)" AS TEXT), 1, 60) FROM "\(table)" WHERE \(condition) LIMIT 1
        """)
  }

  private func checkHashes(_ table: String, _ column: String) throws {
    let condition = "length(\(column)) <> 64 OR \(column) GLOB '*[^0-9a-f]*'"
    if let value = try first(table, column, where: condition) {
      throw bad("'\(value)' is not a valid \(column) of a \(table)")
    }
  }

  private func checkTimes() throws {
    let columns = [
      ("experiment", ["created", "updated"]),
      ("run", ["created", "updated", "ended", "pinned", "deleted"]),
      ("attempt", ["started", "ended"]), ("runArtifact", ["created"]), ("tag", ["created"]),
      ("note", ["created"]), ("event", ["created"]), ("report", ["created"]),
      ("sweepRound", ["created"]), ("sweepDecision", ["created"]), ("importedRun", ["created"]),
    ]
    let pattern =
      "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z"
    for (table, columns) in columns {
      for column in columns {
        if let value = try first(
          table, column, where: "\(column) IS NOT NULL AND \(column) NOT GLOB '\(pattern)'")
        {
          throw bad("'\(value)' is not a time (\(column) of a \(table))")
        }
      }
    }
  }

  private func checkTexts() throws {
    for object in try CapsuleSchema.objects(db) where object.type == "table" {
      let columns = try String.fetchAll(
        db, sql: "SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'",
        arguments: [object.name])
      for column in columns {
        let condition = "length(CAST(\"\(column)\" AS BLOB)) > \(Self.largestText)"
        if try first(object.name, column, where: condition) != nil {
          throw bad("a \(column) of \(object.name) is longer than \(Self.largestText >> 20) MiB")
        }
      }
    }
  }

  /// As the program reads it.
  private func checkJSON() throws {
    // Queries compare the texts of settings.
    try checkJSON("experimentRun", "overrides") { text in
      (try? StoredSettings.overrides(text)).map { StoredSettings.text($0) } == text
    }
    try checkJSON("parameter", "json") { text in
      (try? StoredSettings.value(text)).map { StoredSettings.text($0) } == text
    }
    try checkJSON("sweep", "paths", as: [String].self)
    try checkJSON("attempt", "environment", as: [String: String].self)
    try checkJSON("run", "settings", as: JSONValue.self)
    try checkJSON("experiment", "plan", as: JSONValue.self)
    try checkJSON("reportCells", "source", as: JSONValue.self)
    try checkJSON("sweepRound", "points", as: JSONValue.self)
  }

  private func checkJSON<Value: Decodable>(
    _ table: String, _ column: String, as type: Value.Type
  ) throws {
    try checkJSON(table, column) { (try? StoredJSON.decode(type, $0)) != nil }
  }

  private func checkJSON(
    _ table: String, _ column: String, isOfItsKind: (String) -> Bool
  ) throws {
    var rows = try RowReader(db, "SELECT DISTINCT \(column) FROM \"\(table)\"")
    while try rows.next() {
      let text = rows.text(0)
      // Depth is counted before anything recurses.
      guard JSONValue.depth(of: text) <= JSONValue.greatestDepth, isOfItsKind(text) else {
        throw bad("the \(column) of a \(table) is not JSON of its kind: \(text.prefix(60))")
      }
    }
  }

  /// Every artifact has its bytes, and its hash is theirs.
  private func checkArtifacts() throws {
    if let hash = try first("artifact", "sha256", where: "content IS NULL") {
      throw bad("the artifact \(hash) has no content")
    }
    let cursor = try Row.fetchCursor(db, sql: "SELECT sha256, bytes, content FROM artifact")
    while let row = try cursor.next() {
      let content = [UInt8](row["content"] as Data)
      let hash: String = row["sha256"]
      guard content.count == row["bytes"] as Int, SHA256.hexadecimal(of: content) == hash else {
        throw bad("the artifact \(hash.prefix(12)) is damaged: its content has another hash")
      }
    }
  }

  /// Names of reports are paths below a folder.
  private func checkReports() throws {
    for name in try String.fetchAll(db, sql: "SELECT name FROM report") {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      let isSafe = parts.allSatisfy { part in
        !part.isEmpty && !part.hasPrefix(".")
          && part.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      }
      guard isSafe else { throw bad("a report's file is called '\(name)'") }
    }
  }
}
