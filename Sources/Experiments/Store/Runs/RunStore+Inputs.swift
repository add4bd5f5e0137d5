package import GRDB
import Values

extension RunStore {
  /// What a run depends on beside its settings, by name; empty for a run that was planned before this was written down.
  package func inputs(run: String) throws -> [RunInput] {
    try inputs(runs: [run])[run] ?? []
  }

  /// The same of many runs, deleted ones too; runs without any are not among the keys.
  package func inputs(runs: some Collection<String>) throws -> [String: [RunInput]] {
    let ids = try StoredJSON.text(Array(runs))
    return try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT runId, name, sha256, source, text FROM runInput
          WHERE runId IN (SELECT value FROM json_each(?)) ORDER BY runId, name
          """, arguments: [ids])
      return Dictionary(
        grouping: rows.map { row in
          (
            run: row[0] as String,
            input: RunInput(name: row[1], sha256: row[2], run: row[3], text: row[4])
          )
        }, by: \.run
      ).mapValues { $0.map(\.input) }
    }
  }

  /// The content of one input of every run that has it, by run.
  package func contents(of input: String) throws -> [String: String] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT runId, sha256 FROM runInput WHERE name = ?", arguments: [input])
      return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as String) })
    }
  }

  /// Writes down what a planned run depends on. Of a run that has ended what it was measured against is not known any more,
  /// unless it was written down before.
  package func insert(_ inputs: [RunInput], of run: String, _ db: Database) throws {
    for input in inputs {
      let isInID = NamedInput.named(input.name).map { $0.part != .measuring } ?? false
      try db.execute(
        sql: """
          INSERT INTO runInput (runId, name, sha256, source, text)
          SELECT id, ?2, ?3, ?4, ?5 FROM run
          WHERE id = ?1 AND (?6 OR state NOT IN ('finished', 'pruned'))
          ON CONFLICT (runId, name) DO NOTHING
          """,
        arguments: [run, input.name, input.sha256, input.run, input.text, isInID])
    }
  }

  /// Gives earlier runs the key that they have with the content that they are known to depend on.
  package func recognise(_ runs: [EarlierRun], _ db: Database) throws {
    for run in runs {
      try db.execute(
        sql: "UPDATE run SET trainKey = ? WHERE id = ?", arguments: [run.trainKey, run.id])
      try insert([run.input], of: run.id, db)
    }
  }

  /// Runs of a train key that say nothing of the content of an input, and when the first attempt at any run of that key
  /// began; nil where none has begun.
  package func runsWithout(
    _ input: String, trainKey: String
  ) throws -> (ids: [String], began: String?) {
    try read { db in
      let ids = try String.fetchAll(
        db,
        sql: """
          SELECT id FROM run WHERE trainKey = ?
            AND id NOT IN (SELECT runId FROM runInput WHERE name = ?) ORDER BY id
          """, arguments: [trainKey, input])
      let began = try String.fetchOne(
        db,
        sql: """
          SELECT min(started) FROM attempt JOIN run ON run.id = attempt.runId
          WHERE run.trainKey = ?
          """, arguments: [trainKey])
      return (ids, began)
    }
  }

  /// The content that an input is known to have had which was the network of a run, though that network may be gone; nil
  /// where nothing or more than one thing is known.
  package func content(of input: String, from source: String) throws -> String? {
    let found = try read {
      try String.fetchAll(
        $0, sql: "SELECT DISTINCT sha256 FROM runInput WHERE name = ? AND source = ?",
        arguments: [input, source])
    }
    return found.count == 1 ? found[0] : nil
  }

  /// What a setting of this text meant the last time, if it has always meant the same run, and that run is gone; nil else.
  package func gone(_ input: String, setting path: String, to text: String) throws -> RunInput? {
    let found = try read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT DISTINCT input.sha256, input.source, input.text FROM runInput AS input
          JOIN parameter ON parameter.runId = input.runId
          WHERE input.name = ? AND parameter.path = ? AND parameter.value = ?
          """, arguments: [input, path, text])
    }
    guard found.count == 1, let source: String = found[0]["source"],
      (try? memberships(run: source)) == nil
    else { return nil }
    return RunInput(name: input, sha256: found[0]["sha256"], run: source, text: found[0]["text"])
  }

  /// Runs of an experiment in which a setting is this text.
  package func runs(of experiment: String, setting path: String, to text: String) throws -> Set<
    String
  > {
    try Set(
      read {
        try String.fetchAll(
          $0,
          sql: """
            SELECT parameter.runId FROM parameter
            JOIN experimentRun AS member ON member.runId = parameter.runId
            JOIN experiment ON experiment.id = member.experimentId
            WHERE experiment.name = ? AND parameter.path = ? AND parameter.value = ?
            """, arguments: [experiment, path, text])
      })
  }

  /// Every run that a reference can have meant at any time; nil where that cannot be told.
  package func candidates(_ reference: String) throws -> Set<String>? {
    if reference == "last" { return nil }
    let isBest = reference.hasPrefix("best:")
    let name = isBest ? String(reference.dropFirst(5)) : reference
    let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let label = !isBest && parts.count == 2 ? String(parts[1]) : nil
    return try read { db in
      let members = try String.fetchAll(
        db,
        sql: """
          SELECT member.runId FROM experimentRun AS member
          JOIN experiment ON experiment.id = member.experimentId
          WHERE experiment.name = ?1 AND (?2 IS NULL OR member.label = ?2)
          """, arguments: [label == nil ? name : String(parts[0]), label])
      if isBest || label != nil { return Set(members) }
      let byID = try String.fetchAll(
        db, sql: "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1",
        arguments: [reference.lowercased()])
      return Set(byID.isEmpty ? members : byID)
    }
  }
}
