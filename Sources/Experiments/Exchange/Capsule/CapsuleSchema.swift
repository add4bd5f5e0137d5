import GRDB
import Store

/// A capsule: runs of a store in one SQLite file, with the store's own tables and documented views,
/// and a table `capsule` that says what it is.
enum CapsuleSchema {
  /// "WBCP", in the database's header: tells a capsule from a store and any other SQLite file.
  static let applicationID = 0x5742_4350
  /// Of the file as such; its tables have the store's migrations.
  static let format = 1

  /// Beside the store's tables.
  static let table = """
    CREATE TABLE capsule (
      key TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """

  /// Makes the tables of a new capsule.
  /// - Parameter last: the last migration that it has; nil for all.
  static func make(_ queue: DatabaseQueue, upTo last: String? = nil) throws {
    if let last {
      try StoreSchema.migrator.migrate(queue, upTo: last)
    } else {
      try StoreSchema.migrator.migrate(queue)
    }
    try queue.write { db in
      try db.execute(sql: table)
      try db.execute(
        sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(format)")
    }
  }

  /// An object of a database's schema.
  struct Object: Hashable, Sendable {
    var type: String
    var name: String
    var table: String
    var sql: String?
  }

  static func objects(_ db: Database) throws -> Set<Object> {
    var rows = try RowReader(
      db, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat_'")
    var objects: Set<Object> = []
    while try rows.next() {
      objects.insert(
        Object(
          type: rows.text(0), name: rows.text(1), table: rows.text(2),
          sql: rows.optionalText(3)))
    }
    return objects
  }

  /// Columns of a table, in its order.
  static func columns(_ table: String, _ db: Database) throws -> [String] {
    let statement = try db.cachedStatement(
      sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid")
    return try String.fetchAll(statement, arguments: [table])
  }

  /// A table of a later migration, which the copying code does not know by name: its rows belong to
  /// an experiment, a run or both, and have no numbers of their own.
  struct FurtherTable {
    var name: String
    var columns: [String]

    var hasExperiment: Bool { columns.contains("experimentId") }
    var hasRun: Bool { columns.contains("runId") }
    /// By every column: the order does not depend on the store.
    var order: String { columns.map { "\"\($0)\"" }.joined(separator: ", ") }
  }

  static func furtherTables(_ db: Database) throws -> [FurtherTable] {
    let known: Set = [
      "run", "experiment", "experimentRun", "sweep", "attempt", "ownParameter", "series",
      "point",
      "artifact", "runArtifact", "tag", "note", "event", "report", "capsule", "grdb_migrations",
    ]
    let names = try String.fetchAll(
      db,
      sql: """
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        ORDER BY name
        """)
    // A cache is filled again if it is missing.
    return try names.filter { !known.contains($0) && !$0.hasSuffix("Cache") }
      .map { FurtherTable(name: $0, columns: try columns($0, db)) }
      .filter { ($0.hasRun || $0.hasExperiment) && !$0.columns.contains("id") }
  }
}

/// Copies rows from one database to another, value by value.
struct RowCopy {
  let source: Database
  let target: Database

  /// Rows of one table that a condition selects, in the order of `order`.
  /// - Parameters:
  ///   - replaced: columns that get the same value in every row, in place of their own.
  ///   - numbered: a column that gets numbers from the returned place on.
  ///   - insertion: like `INSERT OR IGNORE`.
  /// - Returns: how many rows were read.
  @discardableResult
  func rows(
    of table: String, where condition: String, _ arguments: [DatabaseValue], order: String,
    replacing replaced: [String: DatabaseValue] = [:], numbering numbered: String? = nil,
    from first: Int64 = 1, insertion: String = "INSERT"
  ) throws -> Int64 {
    // Both have the same migrations, in tables made at different times perhaps: by name.
    let columns = try CapsuleSchema.columns(table, source)
    let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    let select = try source.cachedStatement(
      sql: "SELECT \(names) FROM \"\(table)\" WHERE \(condition) ORDER BY \(order)")
    let insert = try target.cachedStatement(
      sql: "\(insertion) INTO \"\(table)\" (\(names)) VALUES (\(places))")
    var number = first
    let cursor = try Row.fetchCursor(select, arguments: StatementArguments(arguments))
    while let row = try cursor.next() {
      let values: [DatabaseValue] = columns.enumerated().map { index, column in
        if column == numbered { return number.databaseValue }
        return replaced[column] ?? row[index]
      }
      try insert.execute(arguments: StatementArguments(values))
      number += 1
    }
    return number - first
  }
}
