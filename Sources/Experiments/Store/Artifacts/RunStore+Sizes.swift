import GRDB

extension RunStore {
  /// Bytes of what runs have left beside their numbers: pictures, networks, arrays. What several runs share counts for
  /// each of them.
  /// - Throws: `StoreError`.
  package func artifactBytes() throws -> [String: Int] {
    try read { db in
      var rows = try RowReader(
        db,
        """
        SELECT runId, sum(bytes) FROM runArtifact JOIN artifact USING (sha256) GROUP BY runId
        """)
      var bytes: [String: Int] = [:]
      while try rows.next() { bytes[rows.text(0)] = rows.integer(1) }
      return bytes
    }
  }
}
