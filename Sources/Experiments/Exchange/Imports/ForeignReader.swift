/// Reads the runs that a program has left in a file or folder.
protocol ForeignReader {
  /// Calls `body` with each run, one in memory at a time where the format allows it.
  /// - Throws: `StoreError`: `notFound`, `inputOutput`; `badInput` where the files are not what the program writes; and what
  ///   `body` throws.
  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws
}
