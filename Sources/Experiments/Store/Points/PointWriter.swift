package import Dispatch
import Files
import Foundation

/// Where a run's process logs its metrics: points are gathered in memory and written every 250 ms
/// or 10,000 points by a thread of its own, so that training never waits for the disk. What has
/// gathered while that thread was busy goes into one transaction: a writer that falls behind writes
/// less for each point, since points that lie together share their pages.
///
/// What could not be written is kept and tried again with the next points; `flush` says why.
package final class PointWriter: @unchecked Sendable {
  /// Points to gather before they are written without waiting for the clock.
  package static let batchSize = 10_000
  package static let interval = DispatchTimeInterval.milliseconds(250)

  private let store: RunStore
  private let run: String
  private let batchSize: Int
  private let transactionSize: Int
  private let queue = DispatchQueue(label: "workbench.points", qos: .utility)
  private let timer: any DispatchSourceTimer

  /// Guards what follows; held for as long as it takes to append or to swap, never while writing.
  private let lock = NSLock()
  /// Where each metric stands in a batch.
  private var places: [String: Int] = [:]
  private var current = Batch()
  /// Complete, or not written when they should have been; oldest first.
  private var waiting: [Batch] = []

  /// How many transactions there were; on `queue`.
  private var transactionCount = 0

  private struct Batch {
    /// In the order in which metrics were first logged.
    var series: [SeriesPoints] = []
    var count = 0

    mutating func append(_ later: Batch) {
      for (place, points) in later.series.enumerated() {
        if place == series.count {
          series.append(points)
        } else {
          series[place].steps += points.steps
          series[place].values += points.values
        }
      }
      count += later.count
    }

    /// An empty one for the same metrics.
    func next() -> Batch {
      Batch(
        series: series.map { points in
          var empty = SeriesPoints(name: points.name)
          empty.steps.reserveCapacity(points.steps.count)
          empty.values.reserveCapacity(points.values.count)
          return empty
        })
    }
  }

  /// - Parameters:
  ///   - batchSize: points to gather before they are written without waiting for the clock.
  ///   - transactionSize: write no more batches together than have this many points.
  package init(
    store: RunStore, run: String, batchSize: Int = PointWriter.batchSize,
    transactionSize: Int = PointWriter.batchSize
  ) {
    self.store = store
    self.run = run
    self.batchSize = batchSize
    self.transactionSize = transactionSize
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler { [weak self] in try? self?.writePending() }
    timer.resume()
  }

  deinit {
    timer.cancel()
    try? writePending()
  }

  /// Logs one value. From any thread.
  package func log(_ metric: String, step: Int, _ value: Double) {
    lock.lock()
    let place: Int
    if let known = places[metric] {
      place = known
    } else {
      place = current.series.count
      places[metric] = place
      current.series.append(SeriesPoints(name: metric))
    }
    current.series[place].append(step: step, value: value)
    current.count += 1
    let isFull = current.count == batchSize
    if isFull { setCurrentAside() }
    lock.unlock()
    if isFull {
      queue.async { [weak self] in try? self?.writePending() }
    }
  }

  /// Writes everything logged so far and pushes it to the disk: call it before a checkpoint is
  /// declared, so that the store never lags behind a checkpoint.
  /// - Throws: `StoreError`.
  package func flush() throws {
    try queue.sync { try writePending() }
    try store.synchronize()
  }

  /// How many transactions it took so far.
  package var transactions: Int { queue.sync { transactionCount } }

  /// On `queue` only, so that points reach the store in order.
  private func writePending() throws {
    while let batch = takeWaiting() {
      do {
        try store.appendPoints(batch.series, run: run)
        transactionCount += 1
      } catch {
        lock.lock()
        waiting.insert(batch, at: 0)
        lock.unlock()
        throw error
      }
    }
  }

  /// What is waiting, as much as goes into one transaction; nil if nothing is.
  private func takeWaiting() -> Batch? {
    lock.lock()
    defer { lock.unlock() }
    if waiting.isEmpty {
      guard current.count > 0 else { return nil }
      setCurrentAside()
    }
    var batch = waiting.removeFirst()
    while let next = waiting.first, batch.count + next.count <= transactionSize {
      batch.append(next)
      waiting.removeFirst()
    }
    return batch
  }

  /// With the lock held.
  private func setCurrentAside() {
    let next = current.next()
    waiting.append(current)
    current = next
  }
}

extension RunStore {
  /// Pushes committed transactions from the system's memory to the disk (they are safe from the
  /// process's death without, but not from a power cut).
  /// - Throws: `StoreError.Kind.inputOutput` where the disk does not take them.
  package func synchronize() throws {
    let path = databasePath + "-wal"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      // Without a log, every commit has been pushed to the disk.
      if errno == ENOENT { return }
      throw StoreError(FileFailure(.inputOutput, path))
    }
    #if os(Linux)
      // The log is written over in place: its times need not be on the disk.
      let result = fdatasync(descriptor)
    #else
      let result = fsync(descriptor)
    #endif
    let code = errno
    guard close(descriptor) == 0 else { throw StoreError(FileFailure(.inputOutput, path)) }
    guard result == 0 else { throw StoreError(FileFailure(.inputOutput, path, code: code)) }
  }
}
