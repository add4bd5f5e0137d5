import GRDB

/// Something that happened to a run.
package struct RunEvent: Sendable, Hashable, Codable {
  package enum Level: String, Sendable, Hashable, Codable {
    case info
    case warning
    case error
    /// A line that the run's process wrote.
    case output
  }

  /// Grows with each event of the store.
  package var id: Int
  package var attempt: Int?
  package var created: String
  package var level: Level
  package var text: String
}

/// What a person wrote about a run.
package struct RunNote: Sendable, Hashable, Codable {
  package var text: String
  package var created: String
}

extension RunStore {
  /// Writes down what happened to a run, in its latest attempt.
  /// - Throws: `StoreError.Kind.notFound`.
  package func logEvent(run: String, level: RunEvent.Level = .info, _ text: String) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO event (runId, attempt, created, level, text)
          SELECT id, (SELECT max(number) FROM attempt WHERE runId = run.id), ?, ?, ?
          FROM run WHERE id = ?
          """, arguments: [now, level.rawValue, text, run])
      try requireChange(db, run)
    }
  }

  /// A run's events after the one of that id, oldest first.
  package func events(run: String, after id: Int = 0) throws -> [RunEvent] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM event WHERE runId = ? AND id > ? ORDER BY id",
        arguments: [run, id]
      ).map { row in
        RunEvent(
          id: row["id"], attempt: row["attempt"], created: row["created"],
          level: RunEvent.Level(rawValue: row["level"]) ?? .info, text: row["text"])
      }
    }
  }

  /// Adds tags to a run; those it has stay.
  /// - Throws: `StoreError.Kind.notFound`.
  package func addTags(_ names: [String], run: String) throws {
    try write { db in
      try db.execute(sql: "UPDATE run SET id = id WHERE id = ?", arguments: [run])
      try requireChange(db, run)
      for name in names {
        try db.execute(
          sql: "INSERT OR IGNORE INTO tag (runId, name, created) VALUES (?, ?, ?)",
          arguments: [run, name, now])
      }
    }
  }

  /// Takes tags from a run.
  /// - Throws: `StoreError.Kind.notFound` for one it does not have; then it keeps all.
  package func removeTags(_ names: [String], run: String) throws {
    try write { db in
      for name in names {
        try db.execute(
          sql: "DELETE FROM tag WHERE runId = ? AND name = ?", arguments: [run, name])
        if db.changesCount == 0 {
          throw StoreError(.notFound, "run \(run.prefix(12)) has no tag '\(name)'")
        }
      }
    }
  }

  /// A run's tags, in alphabetical order.
  package func tags(run: String) throws -> [String] {
    try read {
      try String.fetchAll(
        $0, sql: "SELECT name FROM tag WHERE runId = ? ORDER BY name", arguments: [run])
    }
  }

  /// How many runs have each tag.
  package func tagCounts() throws -> [String: Int] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT name, count(*) FROM tags GROUP BY name")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
    }
  }

  /// - Throws: `StoreError.Kind.notFound`.
  package func addNote(_ text: String, run: String) throws {
    try write { db in
      try db.execute(
        sql: "INSERT INTO note (runId, text, created) SELECT id, ?, ? FROM run WHERE id = ?",
        arguments: [text, now, run])
      try requireChange(db, run)
    }
  }

  /// Takes one of a run's notes away.
  /// - Parameter number: counted from 1, oldest first.
  /// - Throws: `StoreError.Kind.notFound`.
  package func removeNote(_ number: Int, run: String) throws {
    try write { db in
      let ids = try Int64.fetchAll(
        db, sql: "SELECT id FROM note WHERE runId = ? ORDER BY id", arguments: [run])
      guard ids.indices.contains(number - 1) else {
        throw StoreError(
          .notFound,
          "run \(run.prefix(12)) has no note \(number): it has \(ids.count)")
      }
      try db.execute(sql: "DELETE FROM note WHERE id = ?", arguments: [ids[number - 1]])
    }
  }

  /// A run's notes, oldest first.
  package func notes(run: String) throws -> [RunNote] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT text, created FROM note WHERE runId = ? ORDER BY id", arguments: [run]
      ).map { RunNote(text: $0["text"], created: $0["created"]) }
    }
  }
}
