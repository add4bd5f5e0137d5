import Foundation
import GRDB
import Planning
import Store
import Values

/// How fast runs can be logged: a store of a synthetic sweep, written through the program's own path.
package struct StoreBenchmark: Sendable {
  package var runs: Int
  package var steps: Int
  package var metrics: Int
  /// Points handed to the writer's thread at a time.
  package var batch: Int
  /// Points that go into one transaction at most, where several batches wait.
  package var transaction: Int

  /// What writing it gave.
  package struct Result: Sendable, Hashable, Encodable {
    package var runs: Int
    package var points: Int
    /// From the first value logged to the last on the disk, of all runs; planning, and making up the
    /// values, are not counted.
    package var pointsPerSecond: Double
    /// The same by the processor's time of the whole process.
    package var pointsPerCPUSecond: Double
    /// The mean.
    package var pointsPerTransaction: Double
    /// The database's whole size, settings and all, after a checkpoint.
    package var bytesPerPoint: Double
    /// What logging one value costs the thread that trains.
    package var nanosecondsPerLoggedPoint: Double
    /// Of registering the plan.
    package var registrationSeconds: Double
  }

  package init(
    runs: Int, steps: Int, metrics: Int, batch: Int, transaction: Int = PointWriter.batchSize
  ) {
    self.runs = runs
    self.steps = steps
    self.metrics = metrics
    self.batch = batch
    self.transaction = transaction
  }

  /// How many runs share their settings but for the seed.
  package static let seeds = SyntheticSweep.seeds
  /// The experiment's name in the store.
  package static let experiment = SyntheticSweep.name

  /// Its file, of which the store has every run.
  package static func fileText(runs: Int, steps: Int) -> String {
    SyntheticSweep.fileText(runs: runs, steps: steps)
  }

  /// Makes the store in a folder that has none.
  /// - Parameter progress: told the number of runs done, now and then.
  /// - Throws: `StoreError`: `cannotCreate` where there is a store already.
  package func fill(folder: String, progress: (Int) -> Void = { _ in }) throws -> Result {
    guard access(folder + "/workbench.sqlite", F_OK) != 0 else {
      throw StoreError(
        .cannotCreate, "'\(folder)' already holds a run store; name another folder")
    }
    let sweep = try SyntheticSweep(runs: runs, steps: steps, metrics: metrics)
    let store = try RunStore(folder: folder, creating: true)
    let clock = ContinuousClock()
    let registration = try sweep.registration()
    let registering = try clock.measure { try store.register(registration) }

    var measured = Measured()
    for run in sweep.plan.runs.prefix(runs) {
      try execute(run, sweep, store, &measured)
      if (run.index + 1) % 50 == 0 || run.index + 1 == runs { progress(run.index + 1) }
    }
    try store.checkpoint()
    let size = try FileManager.default.attributesOfItem(atPath: store.databasePath)[.size] as? Int
    return Result(
      runs: runs, points: measured.points,
      pointsPerSecond: Double(measured.points) / measured.wall,
      pointsPerCPUSecond: Double(measured.points) / measured.processor,
      pointsPerTransaction: Double(measured.points) / Double(measured.transactions),
      bytesPerPoint: Double(size ?? 0) / Double(measured.points),
      nanosecondsPerLoggedPoint: 1e9 * measured.logging / Double(measured.points),
      registrationSeconds: registering / .seconds(1))
  }

  private struct Measured {
    var points = 0
    var transactions = 0
    var wall = 0.0
    var processor = 0.0
    var logging = 0.0
  }

  private func execute(
    _ run: PlannedRun, _ sweep: SyntheticSweep, _ store: RunStore, _ measured: inout Measured
  ) throws {
    let curves = sweep.curves(run)
    let count = curves.values.first?.count ?? 0
    try store.beginAttempt(
      run: run.id,
      environment: ["program.command": "workbench bench store", "host.name": "nowhere"])
    let writer = PointWriter(
      store: store, run: run.id, batchSize: batch, transactionSize: transaction)

    let processor = clock()
    let begin = ContinuousClock.now
    for index in 0..<count {
      for (metric, values) in zip(sweep.metrics, curves.values) {
        writer.log(metric, step: index + 1, values[index])
      }
    }
    let logged = ContinuousClock.now
    try writer.flush()
    measured.wall += (ContinuousClock.now - begin) / .seconds(1)
    measured.logging += (logged - begin) / .seconds(1)
    measured.processor += Double(clock() - processor) / Double(CLOCKS_PER_SEC)
    measured.points += count * sweep.metrics.count
    measured.transactions += writer.transactions

    if let tag = Self.tag(run) { try store.addTags([tag], run: run.id) }
    try store.finishAttempt(
      run: run.id, state: curves.error == nil ? .finished : .failed, error: curves.error)
  }

  /// A few runs stand out.
  private static func tag(_ run: PlannedRun) -> String? {
    switch run.index % 40 {
    case 0: "keep"
    case 17: "look at the curve"
    default: nil
    }
  }
}

extension RunStore {
  /// Moves what the write-ahead log holds into the database file, and empties the log.
  /// - Throws: `StoreError.Kind.busy` where another connection reads meanwhile.
  package func checkpoint() throws {
    try StoreError.describing(store: databasePath) {
      try withConnection { db in
        try withWriteLock { try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
      }
    }
  }
}
