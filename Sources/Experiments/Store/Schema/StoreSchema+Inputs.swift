extension StoreSchema {
  /// What the settings of runs name, and which content it had.
  package static let inputs = """
    CREATE TABLE runInput (
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      name TEXT NOT NULL,        -- data, held_out, or the key that names it
      sha256 TEXT NOT NULL,      -- of the content
      source TEXT,               -- the run that is meant; NULL: something else
      text TEXT NOT NULL,
      PRIMARY KEY (runId, name)
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW inputs AS
      SELECT runId, name, sha256, source, text FROM runInput
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);
    """
}
