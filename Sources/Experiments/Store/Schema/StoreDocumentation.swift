/// What `sql --schema` tells: the views, their columns, and questions they answer.
package struct StoreDocumentation: Sendable, Hashable, Encodable {
  package struct View: Sendable, Hashable, Encodable {
    package var name: String
    package var about: String
    package var columns: [Column]
  }

  package struct Column: Sendable, Hashable, Encodable {
    package var name: String
    package var about: String
  }

  package struct Example: Sendable, Hashable, Encodable {
    package var question: String
    package var sql: String
  }

  package var views: [View]
  package var examples: [Example]

  package static let current = StoreDocumentation(
    views: [
      view(
        "runs", "a row for each run of each experiment that has it",
        ("id", "hash of the settings; any unique beginning names the run"),
        ("experiment", "the experiment's name"),
        ("label", "what differs from the experiment's other runs"),
        ("state", "queued, running, finished, failed, interrupted, crashed, pruned"),
        ("created", "when it was planned, UTC, like 2026-02-01T12:00:00.000Z"),
        ("ended", "when its last attempt ended; NULL before"),
        ("seconds", "duration of its attempts"),
        ("seed", "training.seed"),
        ("step", "training steps done"),
        ("error", "why it failed or crashed")),
      view(
        "params", "a row for each setting of each run",
        ("runId", "runs.id"),
        ("key", "dotted path of the experiment file"),
        ("value", "as text"),
        ("number", "as a number; NULL where it is none"),
        ("swept", "1 where an experiment sweeps it")),
      view(
        "metrics", "a row for each metric of each run",
        ("runId", "runs.id"),
        ("name", "like train/loss, eval/bits_per_dim, speed/images_per_second"),
        ("count", "how many points"),
        ("last", "value at lastStep; NULL is NaN"),
        ("lastStep", "highest step"),
        ("min", "smallest number; NULL without any"),
        ("minStep", "first step that has it"),
        ("max", "largest number; NULL without any"),
        ("maxStep", "first step that has it")),
      view(
        "history", "a row for each point",
        ("runId", "runs.id"),
        ("metric", "metrics.name"),
        ("step", "training step"),
        ("value", "NULL is NaN")),
      view(
        "images", "pictures that runs have made",
        ("runId", "runs.id"),
        ("name", "like samples"),
        ("step", "NULL: of the run as a whole"),
        ("sha256", "of the file"),
        ("width", "pixels"),
        ("height", "pixels")),
      view(
        "artifacts", "every file that runs have made, pictures too",
        ("runId", "runs.id"),
        ("name", "like network.safetensors"),
        ("step", "NULL: of the run as a whole"),
        ("mediaType", "like image/png"),
        ("bytes", "length"),
        ("sha256", "of the content; above 1 MiB it is the file artifacts/ab/SHA256"),
        ("created", "when it was saved, UTC")),
      view(
        "tags", "words put on runs with 'workbench tag'",
        ("runId", "runs.id"), ("name", "the tag"), ("created", "when, UTC")),
      view(
        "notes", "remarks made with 'workbench note'",
        ("runId", "runs.id"), ("text", "the note"), ("created", "when, UTC")),
      view(
        "inputs", "what runs depend on beside their settings, as it was when they were planned",
        ("runId", "runs.id"),
        ("name", "data, held_out, or the key that names it, like training.from"),
        ("sha256", "of the content"),
        ("source", "the run that is meant; NULL: something else"),
        ("text", "in words")),
      view(
        "imports",
        "runs that other programs have logged, taken in with 'workbench import' or 'workbench log'",
        ("runId", "runs.id"),
        ("source", "tensorboard, mlflow, wandb, trackio, csv, jsonl, log"),
        ("sourceId", "what the source calls it"),
        (
          "place",
          "the file or folder that it was read from; of log the folder where it was called"
        ),
        ("created", "when it came in, UTC")),
      view(
        "environment", "where and from what each attempt's numbers came",
        ("runId", "runs.id"),
        ("attempt", "from 1"),
        ("key", "like git.commit, cpu.model, host.name"),
        ("value", "as text")),
      view(
        "pins", "runs kept from deletion with 'workbench pin'",
        ("runId", "runs.id"), ("created", "when, UTC")),
      view(
        "deletions", "runs deleted with 'workbench rm', which no other view shows; gc removes them",
        ("runId", "the run's id"), ("created", "when, UTC")),
      view(
        "rounds", "which round of a tpe sweep proposed a run",
        ("runId", "runs.id"), ("experiment", "the experiment's name"), ("round", "from 1")),
      view(
        "prunings", "a row for each run of a pruned sweep and each step at which it was judged",
        ("runId", "runs.id"),
        ("experiment", "the experiment's name"),
        ("step", "training step"),
        ("metric", "what was looked at"),
        ("value", "its value there; NULL is NaN"),
        ("kept", "1 where the run went on"),
        ("reason", "in words"),
        ("created", "when, UTC")),
    ],
    examples: [
      Example(
        question: "Which runs are there?",
        sql: "SELECT id, experiment, label, state, step FROM runs"),
      Example(
        question: "What came out, against one setting?",
        sql: """
          SELECT p.value AS schedule, avg(m.last) AS loss, count(*) AS n
          FROM params p JOIN metrics m ON m.runId = p.runId
          WHERE p.key = 'diffusion.schedule.kind' AND m.name = 'eval/loss'
          GROUP BY p.value ORDER BY loss
          """),
      Example(
        question: "How did the loss go?",
        sql: """
          SELECT step, value FROM history
          WHERE metric = 'train/loss' AND runId = (SELECT id FROM runs ORDER BY created LIMIT 1)
          """),
      Example(
        question: "Which runs diverged?",
        sql: """
          SELECT r.id, r.label, h.metric, min(h.step) AS firstNaN
          FROM runs r JOIN history h ON h.runId = r.id
          WHERE h.value IS NULL GROUP BY r.id, h.metric
          """),
      Example(
        question: "Which commits and machines are the numbers from?",
        sql: """
          SELECT key, value, count(*) AS attempts FROM environment
          WHERE key IN ('git.commit', 'host.name', 'cpu.model') GROUP BY key, value
          """),
    ])

  private static func view(
    _ name: String, _ about: String, _ columns: (String, String)...
  ) -> View {
    View(name: name, about: about, columns: columns.map { Column(name: $0.0, about: $0.1) })
  }
}
