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
  /// The source of runs that another program logs through `workbench log`: they are under way here, and their process is
  /// known by its lock as one's own runs' is.
  package static let loggedSource = "log"

  /// Runs whose processes are not known here, whatever their files say.
  static let elsewhere = "SELECT runId FROM importedRun WHERE source <> '\(loggedSource)'"

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
