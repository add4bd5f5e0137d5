import Files
package import GRDB

extension StoreError {
  /// What an error of SQLite means to someone who only knows the store's folder.
  package init(_ error: DatabaseError, store path: String) {
    let detail = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    // Not all that fails for want of room is called that.
    case .SQLITE_FULL,
      .SQLITE_IOERR where FileFailure.isDiskFull(path),
      .SQLITE_CANTOPEN where FileFailure.isDiskFull(path):
      self.init(.inputOutput, FileFailure.fullDisk(path))
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
      self.init(
        .busy, "\(path) is in use by another process (\(detail)); try again in a moment")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
      self.init(
        .badInput,
        "\(path) is damaged or no run store (\(detail)); restore a copy, move the file away, "
          + "or save what can be read with: sqlite3 '\(path)' .recover")
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(
        .cannotCreate,
        "cannot write \(path) (\(detail)); check the folder's permissions or name another with --store"
      )
    default:
      // The memory that processes share could not be made larger.
      let mayBeFull = error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
      self.init(
        .inputOutput,
        "\(path): \(detail) (SQLite code \(error.extendedResultCode.rawValue))"
          + (mayBeFull ? "; is the disk full?" : ""))
    }
  }

  /// Runs `body`, and says what SQLite's errors mean for the store at `path`.
  package static func describing<Result>(store path: String, _ body: () throws -> Result) throws
    -> Result
  {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StoreError(error, store: path)
    } catch let error as RowDecodingError {
      throw StoreError(.badInput, "\(path) holds a value of the wrong type: \(error)")
    }
  }
}
