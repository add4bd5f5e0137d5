extension StoreSchema {
  /// Pins and soft deletion. Deleted runs wait for `gc` behind the views: no view shows them but
  /// `deletions`.
  package static let housekeeping = """
    ALTER TABLE run ADD COLUMN pinned TEXT;   -- when; NULL: not
    ALTER TABLE run ADD COLUMN deleted TEXT;  -- when; NULL: not
    CREATE INDEX runByDeletion ON run(id) WHERE deleted IS NOT NULL;

    DROP VIEW runs;
    CREATE VIEW runs AS
      SELECT run.id, experiment.name AS experiment, experimentRun.label, run.state, run.created,
        run.ended, run.seconds, run.seed, run.step, run.error
      FROM run
      LEFT JOIN experimentRun ON experimentRun.runId = run.id
      LEFT JOIN experiment ON experiment.id = experimentRun.experimentId
      WHERE run.deleted IS NULL;

    DROP VIEW params;
    CREATE VIEW params AS
      SELECT runId, path AS key, value, number, swept FROM parameter
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW metrics;
    CREATE VIEW metrics AS
      SELECT runId, name, count, last, lastStep, min, minStep, max, maxStep FROM series
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW history;
    CREATE VIEW history AS
      SELECT series.runId, series.name AS metric, point.step, point.value
      FROM series JOIN point ON point.seriesId = series.id
      WHERE series.runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW images;
    CREATE VIEW images AS
      SELECT runArtifact.runId, runArtifact.name, runArtifact.step, artifact.sha256,
        artifact.width, artifact.height
      FROM runArtifact JOIN artifact ON artifact.sha256 = runArtifact.sha256
      WHERE artifact.mediaType LIKE 'image/%'
        AND runArtifact.runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW artifacts;
    CREATE VIEW artifacts AS
      SELECT runArtifact.runId, runArtifact.name, runArtifact.step, artifact.mediaType,
        artifact.bytes, artifact.sha256, runArtifact.created
      FROM runArtifact JOIN artifact ON artifact.sha256 = runArtifact.sha256
      WHERE runArtifact.runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW tags;
    CREATE VIEW tags AS
      SELECT runId, name, created FROM tag
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW notes;
    CREATE VIEW notes AS
      SELECT runId, text, created FROM note
      WHERE runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    DROP VIEW environment;
    CREATE VIEW environment AS
      SELECT attempt.runId, attempt.number AS attempt, entry.key, entry.value
      FROM attempt JOIN json_each(attempt.environment) AS entry
      WHERE attempt.runId NOT IN (SELECT id FROM run WHERE deleted IS NOT NULL);

    CREATE VIEW pins AS
      SELECT id AS runId, pinned AS created FROM run
      WHERE pinned IS NOT NULL AND deleted IS NULL;

    CREATE VIEW deletions AS
      SELECT id AS runId, deleted AS created FROM run WHERE deleted IS NOT NULL;
    """
}
