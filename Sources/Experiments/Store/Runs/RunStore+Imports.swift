import GRDB

/// A file or folder that runs were imported from.
package struct ImportPlace: Sendable, Hashable {
  package var source: String
  /// As it was named.
  package var place: String
  /// How many runs of an experiment.
  package var count: Int
}

extension RunStore {
  /// Where an experiment's imported runs are from.
  package func importPlaces(experiment: String) throws -> [ImportPlace] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT source, place, count(*) AS count FROM importedRun
          JOIN experimentRun USING (runId) JOIN experiment ON experiment.id = experimentId
          WHERE experiment.name = ? AND runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL)
          GROUP BY source, place ORDER BY source, place
          """, arguments: [experiment]
      ).map { ImportPlace(source: $0["source"], place: $0["place"], count: $0["count"]) }
    }
  }
}
