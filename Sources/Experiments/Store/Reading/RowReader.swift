package import GRDB
import GRDBSQLite

/// The rows of a query by SQLite's own calls, for where there are many: GRDB's cost several times
/// as much a column. Columns count from 0; text that is no UTF-8 is repaired.
package struct RowReader: ~Copyable {
  private let statement: OpaquePointer

  /// - Parameter arguments: texts and whole numbers, in order.
  package init(_ db: Database, _ sql: String, texts: [String] = [], integers: [Int64] = []) throws {
    let cached = try db.cachedStatement(sql: sql)
    statement = cached.sqliteStatement
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    for (index, text) in texts.enumerated() {
      // SQLITE_TRANSIENT: the text is copied. Up to the first NUL, as GRDB writes it.
      sqlite3_bind_text(
        statement, Int32(index + 1), text, -1,
        unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }
    for (index, integer) in integers.enumerated() {
      sqlite3_bind_int64(statement, Int32(texts.count + index + 1), integer)
    }
  }

  deinit { sqlite3_reset(statement) }

  /// Whether there is another row.
  package mutating func next() throws -> Bool {
    let code = sqlite3_step(statement)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code),
        message: String(cString: sqlite3_errmsg(sqlite3_db_handle(statement))))
    }
    return false
  }

  package func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

  package func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(statement, column) == SQLITE_NULL
  }

  package func optionalInteger(_ column: Int32) -> Int? { isNull(column) ? nil : integer(column) }

  /// NULL is NaN.
  package func number(_ column: Int32) -> Double {
    isNull(column) ? .nan : sqlite3_column_double(statement, column)
  }

  package func optionalNumber(_ column: Int32) -> Double? { isNull(column) ? nil : number(column) }

  package func text(_ column: Int32) -> String { optionalText(column) ?? "" }

  package func optionalText(_ column: Int32) -> String? {
    guard let text = sqlite3_column_text(statement, column) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
  }

  /// Whether the text is the same as that one: quicker than to make a string of it.
  package func isText(_ column: Int32, _ other: String) -> Bool {
    guard let text = sqlite3_column_text(statement, column) else { return false }
    let count = Int(sqlite3_column_bytes(statement, column))
    var other = other
    return other.withUTF8 { other in
      other.elementsEqual(UnsafeBufferPointer(start: text, count: count))
    }
  }
}
