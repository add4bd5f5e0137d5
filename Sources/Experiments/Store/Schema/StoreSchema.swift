package import GRDB

/// The store's tables and views, as migrations that speak only SQL. One that has shipped is never
/// edited: what changes later is a new migration at the end.
package enum StoreSchema {
  /// "WBCH", in the database's header: tells a run store from any other SQLite file.
  package static let applicationID = 0x5742_4348

  package static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 tables") { try $0.execute(sql: tables) }
    migrator.registerMigration("1 views") { try $0.execute(sql: views) }
    // They touch no row that refers to another: no need to check ten million of them.
    migrator.registerMigration("2 cells", foreignKeyChecks: .immediate) {
      try $0.execute(sql: cells)
    }
    migrator.registerMigration("2 housekeeping", foreignKeyChecks: .immediate) {
      try $0.execute(sql: housekeeping)
    }
    migrator.registerMigration("2 sweep") { try $0.execute(sql: sweepTables) }
    migrator.registerMigration("3 environment", foreignKeyChecks: .immediate) {
      try $0.execute(sql: environment)
    }
    migrator.registerMigration("3 inputs", foreignKeyChecks: .immediate) {
      try $0.execute(sql: inputs)
    }
    migrator.registerMigration("4 settings", foreignKeyChecks: .immediate) {
      try canonicalSettings($0)
    }
    migrator.registerMigration("5 imports", foreignKeyChecks: .immediate) {
      try $0.execute(sql: imports)
    }
    migrator.registerMigration("6 shared settings", foreignKeyChecks: .immediate) {
      try $0.execute(sql: sharedSettings)
    }
    migrator.registerMigration("6 medians", foreignKeyChecks: .immediate) {
      try $0.execute(sql: medians)
    }
    return migrator
  }()

  /// Times are UTC, ISO 8601 with milliseconds: they sort as text and `julianday()` reads them.
  private static let tables = """
    CREATE TABLE experiment (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      question TEXT NOT NULL,
      fileText TEXT NOT NULL,
      plan TEXT NOT NULL,
      objectiveMetric TEXT,
      objectiveGoal TEXT CHECK (objectiveGoal IN ('minimize', 'maximize')),
      created TEXT NOT NULL,
      updated TEXT NOT NULL
    ) STRICT;

    CREATE TABLE sweep (
      experimentId INTEGER PRIMARY KEY REFERENCES experiment(id) ON DELETE CASCADE,
      method TEXT NOT NULL,
      seed INTEGER,
      paths TEXT NOT NULL  -- JSON array of dotted paths, in the file's order
    ) STRICT;

    CREATE TABLE run (
      id TEXT NOT NULL PRIMARY KEY,
      trainKey TEXT NOT NULL,
      settings TEXT NOT NULL,  -- JSON, frozen
      seed INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN
        ('queued', 'running', 'finished', 'failed', 'interrupted', 'crashed', 'pruned')),
      step INTEGER NOT NULL DEFAULT 0,
      created TEXT NOT NULL,
      updated TEXT NOT NULL,   -- the last sign of life
      ended TEXT,
      seconds REAL,            -- of all attempts since the run was last begun anew
      error TEXT
    ) STRICT;
    CREATE INDEX runByTrainKey ON run(trainKey);
    CREATE INDEX runByState ON run(state);

    CREATE TABLE experimentRun (
      experimentId INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      label TEXT NOT NULL,
      overrides TEXT NOT NULL,  -- JSON array of {path, value}: what the sweep set
      repeatGroup INTEGER,      -- runs that differ only in their seed share one
      orphan INTEGER NOT NULL DEFAULT 0 CHECK (orphan IN (0, 1)),  -- no longer asked for
      PRIMARY KEY (experimentId, runId)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX experimentRunByRun ON experimentRun(runId);

    CREATE TABLE attempt (
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      number INTEGER NOT NULL,   -- from 1
      state TEXT NOT NULL,
      started TEXT NOT NULL,
      ended TEXT,
      seconds REAL,
      error TEXT,
      environment TEXT NOT NULL, -- JSON object of texts
      PRIMARY KEY (runId, number)
    ) STRICT;
    CREATE INDEX attemptByStart ON attempt(started);

    CREATE TABLE parameter (
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      value TEXT NOT NULL,       -- as a person writes it
      number REAL,
      json TEXT NOT NULL,        -- the value with its type
      swept INTEGER NOT NULL CHECK (swept IN (0, 1)),  -- by any experiment that has the run
      PRIMARY KEY (runId, path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      count INTEGER NOT NULL DEFAULT 0,
      nanCount INTEGER NOT NULL DEFAULT 0,
      last REAL,                 -- NULL is NaN
      lastStep INTEGER,
      min REAL,                  -- NULL where every value is NaN
      minStep INTEGER,
      max REAL,
      maxStep INTEGER,
      UNIQUE (runId, name)
    ) STRICT;

    CREATE TABLE point (
      seriesId INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      value REAL,                -- NULL is NaN
      PRIMARY KEY (seriesId, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE artifact (
      sha256 TEXT NOT NULL PRIMARY KEY,
      mediaType TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      width INTEGER,             -- of pictures
      height INTEGER,
      content BLOB               -- NULL: in the file artifacts/ab/SHA256
    ) STRICT;

    CREATE TABLE runArtifact (
      id INTEGER PRIMARY KEY,
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      step INTEGER,              -- NULL: of the run as a whole
      sha256 TEXT NOT NULL REFERENCES artifact(sha256),
      created TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX runArtifactByName ON runArtifact(runId, name, ifnull(step, -1));
    CREATE INDEX runArtifactByHash ON runArtifact(sha256);

    CREATE TABLE tag (
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      created TEXT NOT NULL,
      PRIMARY KEY (runId, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE note (
      id INTEGER PRIMARY KEY,
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      text TEXT NOT NULL,
      created TEXT NOT NULL
    ) STRICT;
    CREATE INDEX noteByRun ON note(runId);

    CREATE TABLE event (
      id INTEGER PRIMARY KEY,
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      attempt INTEGER,
      created TEXT NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error', 'output')),
      text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX eventByRun ON event(runId);

    CREATE TABLE report (
      experimentId INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
      name TEXT NOT NULL,        -- the file's path below the report's folder
      sha256 TEXT NOT NULL REFERENCES artifact(sha256),
      created TEXT NOT NULL,
      PRIMARY KEY (experimentId, name)
    ) STRICT, WITHOUT ROWID;

    PRAGMA application_id = \(applicationID);
    """

  /// What people query. Their names and columns stay as they are.
  private static let views = """
    CREATE VIEW runs AS
      SELECT run.id, experiment.name AS experiment, experimentRun.label, run.state, run.created,
        run.ended, run.seconds, run.seed, run.step, run.error
      FROM run
      LEFT JOIN experimentRun ON experimentRun.runId = run.id
      LEFT JOIN experiment ON experiment.id = experimentRun.experimentId;

    CREATE VIEW params AS
      SELECT runId, path AS key, value, number, swept FROM parameter;

    CREATE VIEW metrics AS
      SELECT runId, name, count, last, lastStep, min, minStep, max, maxStep FROM series;

    CREATE VIEW history AS
      SELECT series.runId, series.name AS metric, point.step, point.value
      FROM series JOIN point ON point.seriesId = series.id;

    CREATE VIEW images AS
      SELECT runArtifact.runId, runArtifact.name, runArtifact.step, artifact.sha256,
        artifact.width, artifact.height
      FROM runArtifact JOIN artifact ON artifact.sha256 = runArtifact.sha256
      WHERE artifact.mediaType LIKE 'image/%';

    CREATE VIEW artifacts AS
      SELECT runArtifact.runId, runArtifact.name, runArtifact.step, artifact.mediaType,
        artifact.bytes, artifact.sha256, runArtifact.created
      FROM runArtifact JOIN artifact ON artifact.sha256 = runArtifact.sha256;

    CREATE VIEW tags AS SELECT runId, name, created FROM tag;

    CREATE VIEW notes AS SELECT runId, text, created FROM note;

    CREATE VIEW environment AS
      SELECT attempt.runId, attempt.number AS attempt, entry.key, entry.value
      FROM attempt JOIN json_each(attempt.environment) AS entry;
    """

  /// With `CROSS JOIN`, for DuckDB, which parses every view of a file before it lists any, and knows
  /// no `JOIN` without a condition.
  private static let environment = """
    DROP VIEW environment;
    CREATE VIEW environment AS
      SELECT attempt.runId, attempt.number AS attempt, entry.key, entry.value
      FROM attempt CROSS JOIN json_each(attempt.environment) AS entry
      WHERE attempt.runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);
    """

  private static let cells = """
    CREATE TABLE reportCells (
      experimentId INTEGER PRIMARY KEY REFERENCES experiment(id) ON DELETE CASCADE,
      source TEXT NOT NULL       -- JSON: the cells as the file says them
    ) STRICT;

    CREATE TABLE cellCache (
      experimentId INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
      key TEXT NOT NULL,         -- hash of the cell's text and of everything that it looked at
      content BLOB NOT NULL,     -- what it came to
      PRIMARY KEY (experimentId, key)
    ) STRICT;
    """

  /// What sweeps decide on their way: rounds that were proposed, runs that went on or ended.
  private static let sweepTables = """
    ALTER TABLE experimentRun ADD COLUMN round INTEGER;  -- of a search, from 1

    CREATE TABLE sweepRound (
      experimentId INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
      searchKey TEXT NOT NULL,   -- hash of what the search follows from
      number INTEGER NOT NULL,   -- from 1
      points TEXT NOT NULL,      -- JSON [point][dimension], null where a dimension is not there
      created TEXT NOT NULL,
      PRIMARY KEY (experimentId, searchKey, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sweepDecision (
      experimentId INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
      ruleKey TEXT NOT NULL,     -- hash of the pruning rule
      runId TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      step INTEGER NOT NULL,     -- the rung
      metric TEXT NOT NULL,
      value REAL,                -- NULL is NaN
      kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
      reason TEXT NOT NULL,
      created TEXT NOT NULL,
      PRIMARY KEY (experimentId, ruleKey, runId, step)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sweepDecisionByRun ON sweepDecision(runId);

    CREATE VIEW rounds AS
      SELECT experimentRun.runId, experiment.name AS experiment, experimentRun.round
      FROM experimentRun JOIN experiment ON experiment.id = experimentRun.experimentId
      JOIN run ON run.id = experimentRun.runId
      WHERE experimentRun.round IS NOT NULL AND run.deleted IS NULL;

    CREATE VIEW prunings AS
      SELECT sweepDecision.runId, experiment.name AS experiment, sweepDecision.step,
        sweepDecision.metric, sweepDecision.value, sweepDecision.kept, sweepDecision.reason,
        sweepDecision.created
      FROM sweepDecision JOIN experiment ON experiment.id = sweepDecision.experimentId
      JOIN run ON run.id = sweepDecision.runId
      WHERE run.deleted IS NULL;
    """
}
