import Diffusion
import Foundation
import GRDB
package import Store
import Synchronization
package import Values

/// A run that another program logs line by line, from its beginning in the store to its end. Its state is that of the
/// program's pipe; whoever finds its lock free while it is running knows that its reader has died.
package final class LoggedRun: Sendable {
  package struct Options: Sendable {
    /// Valid (`ExperimentName`).
    package var experiment: String
    /// What the run is called; a run of that name goes on. Nil: a run of its own, called by its settings.
    package var name: String?
    /// In the order in which they were given.
    package var settings: [Parameter] = []
    /// The setting that repeats runs; nil: `seed`, where there is one.
    package var seed: String?
    /// What decides in the experiment; nil: as it was.
    package var objective: Objective?
    /// Provenance, like `git.commit`.
    package var environment: [String: String] = [:]
    /// The folder that it is logged from.
    package var place = ""

    package init(experiment: String) {
      self.experiment = experiment
    }
  }

  package let id: String
  package let label: String
  /// Whether the store had it.
  package let isContinued: Bool
  let store: RunStore
  /// Nil once it has ended.
  private let lock: Mutex<RunLock?>

  /// Begins a run, or takes up the one of that name.
  /// - Throws: `StoreError`: `busy` where another process logs it; `badInput` where its name is that of another program's or
  ///   of a deleted run, or a setting differs from what it was.
  package init(_ options: Options, in store: RunStore) throws {
    let id = try store.read { try Self.known(options, $0) }?.id ?? Self.newID(options)
    let lock = try RunLock(run: id, store: store.folder)
    let environment = try StoredJSON.text(options.environment)
    (label, isContinued) = try store.write { db in
      // Asked again, now that nobody else can make it.
      let known = try Self.known(options, db)
      let experiment = try ForeignExperiment.id(
        of: options.experiment, objective: options.objective, store, db)
      let label: String
      if let known {
        label = known.label
        try Self.addSettings(options, to: id, label, db)
      } else {
        label = try options.name ?? Self.freeLabel(options, experiment, db)
        try Self.insert(id, label, options, into: experiment, store, db)
      }
      var notices = ImportNotices()
      let arrangement = ForeignArrangement(
        db: db, experiment: experiment, seed: options.seed, usualSeed: "seed")
      try arrangement(options.experiment, &notices)
      try store.beginAttempt(run: id, environment: environment, db)
      return (label, known != nil)
    }
    self.id = id
    self.store = store
    self.lock = Mutex(lock)
  }

  /// Writes a batch, pictures first: where its points are, all of it is.
  /// - Parameter durably: whether it is on the disk when this returns.
  /// - Throws: `StoreError`.
  func write(_ batch: LogBatch, durably: Bool) throws {
    for picture in batch.pictures {
      try store.saveArtifact(
        run: id, name: picture.artifactName, step: picture.step, mediaType: "image/png",
        bytes: picture.png)
    }
    if batch.points > 0 {
      try store.appendPoints(batch.series, run: id, durably: durably)
    } else if durably {
      try store.synchronize()
    }
  }

  /// Writes down what happened, for `logs`.
  /// - Throws: `StoreError`.
  package func note(_ text: String, level: RunEvent.Level = .info) throws {
    try store.logEvent(run: id, level: level, text)
  }

  /// Says in the store how it ended, and lets go of it.
  /// - Throws: `StoreError`.
  package func end(_ state: RunState, error: String? = nil) throws {
    try store.finishAttempt(run: id, state: state, error: error, durably: true)
    lock.withLock { $0 = nil }
  }

  // MARK: Rows

  private struct Known {
    var id: String
    var label: String
  }

  /// Of the experiment's name and the run's own; without one, of a number that nothing else has.
  private static func newID(_ options: Options) -> String {
    let name = options.name ?? UUID().uuidString
    return SHA256.hexadecimal(
      of: ["workbench log", options.experiment, name].joined(separator: "\u{1F}"))
  }

  /// The run that goes on.
  private static func known(_ options: Options, _ db: Database) throws -> Known? {
    guard let name = options.name else { return nil }
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT run.id, run.deleted, importedRun.source FROM experimentRun AS member
        JOIN experiment ON experiment.id = member.experimentId
        JOIN run ON run.id = member.runId
        LEFT JOIN importedRun ON importedRun.runId = run.id
        WHERE experiment.name = ? AND member.label = ? ORDER BY run.created DESC
        """, arguments: [options.experiment, name])
    let own = rows.filter { $0["source"] == RunStore.loggedSource }
    let place = "'\(options.experiment)/\(name)'"
    if let row = own.first(where: { ($0["deleted"] as String?) == nil }) {
      return Known(id: row["id"], label: name)
    }
    if let row = own.first {
      let short = (row["id"] as String).prefix(8)
      throw StoreError(
        .badInput,
        "the run \(place) was deleted: 'workbench restore \(short)' brings it back, 'workbench gc' removes it "
          + "for good; or give another name with --run")
    }
    if rows.contains(where: { ($0["deleted"] as String?) == nil }) {
      throw StoreError(
        .badInput,
        "there is a run \(place) already, and 'workbench log' has not made it; give another name with --run"
      )
    }
    return nil
  }

  /// Like `lr=0.001,seed=1`, or a number where there are no settings; with a number behind it where that is taken.
  private static func freeLabel(
    _ options: Options, _ experiment: Int64, _ db: Database
  ) throws -> String {
    let taken = try Set(
      String.fetchAll(
        db, sql: "SELECT label FROM experimentRun WHERE experimentId = ?", arguments: [experiment]))
    let stem = options.settings.map { "\($0.path)=\($0.value.text)" }.joined(separator: ",")
    if !stem.isEmpty, !taken.contains(stem) { return stem }
    var number = stem.isEmpty ? 1 : 2
    func label() -> String { stem.isEmpty ? String(number) : "\(stem)#\(number)" }
    while taken.contains(label()) { number += 1 }
    return label()
  }

  private static func insert(
    _ id: String, _ label: String, _ options: Options, into experiment: Int64, _ store: RunStore,
    _ db: Database
  ) throws {
    let now = store.now
    let settings = Dictionary(uniqueKeysWithValues: options.settings.map { ($0.path, $0.value) })
    try db.execute(
      sql: """
        INSERT INTO run (id, trainKey, settings, seed, state, created, updated)
        VALUES (?1, ?1, ?2, 0, 'queued', ?3, ?3)
        """, arguments: [id, JSONValue.object(settings.mapValues(\.json)).canonical, now])
    try ForeignExperiment.insert(settings, of: id, db)
    // What came in is not known as a whole: the hash stands for the run.
    try db.execute(
      sql: """
        INSERT INTO importedRun (runId, source, sourceId, place, sha256, created)
        VALUES (?1, ?2, ?3, ?4, ?1, ?5)
        """,
      arguments: [
        id, RunStore.loggedSource, "\(options.experiment)/\(label)", options.place, now,
      ])
    try db.execute(
      sql: """
        INSERT INTO experimentRun (experimentId, runId, position, label, overrides)
        VALUES (?, ?, 0, ?, '[]')
        """, arguments: [experiment, id, label])
  }

  /// A run that goes on keeps its settings, and may get more.
  private static func addSettings(
    _ options: Options, to id: String, _ label: String, _ db: Database
  ) throws {
    var known: [String: ParameterValue] = [:]
    var reader = StoredSettings.Reader()
    for row in try Row.fetchAll(
      db, sql: "SELECT path, json FROM parameter WHERE runId = ?", arguments: [id])
    {
      known[row[0]] = try reader.value(row[1])
    }
    var new: [String: ParameterValue] = [:]
    for setting in options.settings {
      guard let value = known[setting.path] else {
        new[setting.path] = setting.value
        continue
      }
      guard value.isWritten(setting.value.text) else {
        throw StoreError(
          .badInput,
          "the run '\(options.experiment)/\(label)' has \(setting.path)=\(value.text), and a run keeps its settings: "
            + "leave out \(setting.path)=\(setting.value.text), or give another name with --run")
      }
    }
    guard !new.isEmpty else { return }
    try ForeignExperiment.insert(new, of: id, db)
    known.merge(new) { $1 }
    try db.execute(
      sql: "UPDATE run SET settings = ? WHERE id = ?",
      arguments: [JSONValue.object(known.mapValues(\.json)).canonical, id])
  }
}
