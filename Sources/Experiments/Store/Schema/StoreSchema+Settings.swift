import GRDB
import Values

extension StoreSchema {
  /// Brings settings to the text that `StoredSettings` writes; until then Foundation's encoder wrote all but
  /// `run.settings`, some numbers and controls otherwise (1e-05 is 0.00001). What is not JSON stays as it is.
  ///
  /// Overrides keep their values, though most are those of `parameter`: a run that was planned before a key existed has
  /// no row of it, and belongs to an experiment that sweeps the key where the sweep sets its default.
  static func canonicalSettings(_ db: Database) throws {
    for (table, column) in [("parameter", "json"), ("experimentRun", "overrides")] {
      try db.execute(
        sql: "CREATE TEMP TABLE spelling (before TEXT PRIMARY KEY, after TEXT) WITHOUT ROWID")
      let insertion = try db.makeStatement(sql: "INSERT INTO spelling VALUES (?, ?)")
      // Thousands of rows have a hundred different texts.
      for text in try String.fetchAll(db, sql: "SELECT DISTINCT \(column) FROM \(table)") {
        // Depth is counted before anything recurses: it may be a stranger's.
        guard JSONValue.depth(of: text) <= JSONValue.greatestDepth,
          let canonical = JSONValue(text: text)?.canonical, canonical != text
        else { continue }
        try insertion.execute(arguments: [text, canonical])
      }
      try db.execute(
        sql: """
          UPDATE \(table) SET \(column) = spelling.after FROM temp.spelling
          WHERE spelling.before = \(table).\(column);
          DROP TABLE spelling
          """)
    }
  }
}
