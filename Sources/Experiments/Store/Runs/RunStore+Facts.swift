import GRDB

extension RunStore {
  /// Adds to the environment of a run's latest attempt what came to light after it began.
  /// - Throws: `StoreError.Kind.notFound` if there is no attempt.
  package func addFacts(run: String, _ facts: [String: String]) throws {
    let text = try StoredJSON.text(facts)
    try write { db in
      try db.execute(
        sql: """
          UPDATE attempt SET environment = json_patch(environment, ?1)
          WHERE runId = ?2 AND number = (SELECT max(number) FROM attempt WHERE runId = ?2)
          """, arguments: [text, run])
      try requireChange(db, run)
    }
  }
}
