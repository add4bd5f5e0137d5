extension StoreSchema {
  /// Runs that other programs have logged, taken in by `import`.
  static let imports = """
    CREATE TABLE importedRun (
      runId TEXT NOT NULL PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
      source TEXT NOT NULL,      -- tensorboard, mlflow, wandb, trackio, csv, jsonl
      sourceId TEXT NOT NULL,    -- what the source calls it; the run's id is made of both
      place TEXT NOT NULL,       -- the file or folder that it was read from
      sha256 TEXT NOT NULL,      -- of what was read: the same once more changes nothing
      created TEXT NOT NULL      -- when that came in
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW imports AS
      SELECT runId, source, sourceId, place, created FROM importedRun
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);
    """
}
