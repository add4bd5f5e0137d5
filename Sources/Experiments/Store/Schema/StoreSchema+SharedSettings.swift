extension StoreSchema {
  /// Settings that many runs have in common are kept once: the runs of a sweep differ in a few of a hundred. `parameter`,
  /// until then a table, is a view of both kinds, into which rows are written as before: they are a run's own. What a
  /// run has of its own goes before what it shares.
  static let sharedSettings = """
    CREATE TABLE sharedSettings (
      id INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL UNIQUE  -- of its parameters
    ) STRICT;

    CREATE TABLE sharedParameter (
      sharedId INTEGER NOT NULL REFERENCES sharedSettings(id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      value TEXT NOT NULL,         -- as a person writes it
      number REAL,
      json TEXT NOT NULL,          -- the value with its type
      PRIMARY KEY (sharedId, path)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE run ADD COLUMN sharedId INTEGER REFERENCES sharedSettings(id);
    CREATE INDEX runByShared ON run(sharedId) WHERE sharedId IS NOT NULL;

    DROP VIEW params;
    ALTER TABLE parameter RENAME TO ownParameter;

    CREATE VIEW parameter AS
      SELECT runId, path, value, number, json, swept FROM ownParameter
      UNION ALL
      SELECT run.id, shared.path, shared.value, shared.number, shared.json, 0
      FROM run JOIN sharedParameter AS shared ON shared.sharedId = run.sharedId
      WHERE NOT EXISTS (
        SELECT 1 FROM ownParameter AS own WHERE own.runId = run.id AND own.path = shared.path);

    CREATE TRIGGER parameterInsertion INSTEAD OF INSERT ON parameter BEGIN
      INSERT INTO ownParameter (runId, path, value, number, json, swept)
      VALUES (new.runId, new.path, new.value, new.number, new.json, new.swept);
    END;

    CREATE TRIGGER parameterUpdate INSTEAD OF UPDATE ON parameter BEGIN
      INSERT OR REPLACE INTO ownParameter (runId, path, value, number, json, swept)
      VALUES (new.runId, new.path, new.value, new.number, new.json, new.swept);
    END;

    CREATE TRIGGER parameterDeletion INSTEAD OF DELETE ON parameter BEGIN
      DELETE FROM ownParameter WHERE runId = old.runId AND path = old.path;
    END;

    CREATE VIEW params AS
      SELECT runId, path AS key, value, number, swept FROM parameter
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);
    """

  /// The median of what a machine did in a run, kept when it ends: tables of ten thousand runs show it.
  static let medians = """
    ALTER TABLE series ADD COLUMN median REAL;  -- of the values but NaN; NULL: not known
    """
}
