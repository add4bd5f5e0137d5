import Dispatch
import Foundation

/// Where a run's process logs its metrics: points are gathered in memory and written every 250 ms
/// or 10,000 points by a thread of its own, so that training never waits for the disk.
///
/// What could not be written is kept and tried again with the next points; `flush` says why.
public final class PointWriter: @unchecked Sendable {
  /// Points to gather before they are written without waiting for the clock.
  public static let batchSize = 10_000
  static let interval = DispatchTimeInterval.milliseconds(250)

  private let store: RunStore
  private let run: String
  private let queue = DispatchQueue(label: "workbench.points", qos: .utility)
  private let timer: any DispatchSourceTimer

  /// Guards what follows; held for as long as it takes to append or to swap, never while writing.
  private let lock = NSLock()
  private var pending = Pending()

  private struct Pending {
    var series: [SeriesPoints] = []
    var indices: [String: Int] = [:]
    var count = 0
  }

  public init(store: RunStore, run: String) {
    self.store = store
    self.run = run
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
  public func log(_ metric: String, step: Int, _ value: Double) {
    lock.lock()
    let index: Int
    if let known = pending.indices[metric] {
      index = known
    } else {
      index = pending.series.count
      pending.indices[metric] = index
      pending.series.append(SeriesPoints(name: metric))
    }
    pending.series[index].append(step: step, value: value)
    pending.count += 1
    let isFull = pending.count == Self.batchSize
    lock.unlock()
    if isFull {
      queue.async { [weak self] in try? self?.writePending() }
    }
  }

  /// Writes everything logged so far and pushes it to the disk: call it before a checkpoint is
  /// declared, so that the store never lags behind a checkpoint.
  /// - Throws: `StoreError`.
  public func flush() throws {
    try queue.sync { try writePending() }
    store.synchronize()
  }

  /// On `queue` only, so that batches reach the store in order.
  private func writePending() throws {
    lock.lock()
    let batch = pending
    pending = Pending()
    lock.unlock()
    guard batch.count > 0 else { return }
    do {
      try store.appendPoints(batch.series, run: run)
    } catch {
      putBack(batch)
      throw error
    }
  }

  /// Puts points that could not be written before those logged meanwhile.
  private func putBack(_ batch: Pending) {
    lock.lock()
    defer { lock.unlock() }
    let later = pending
    pending = batch
    for points in later.series {
      if let index = pending.indices[points.name] {
        pending.series[index].steps += points.steps
        pending.series[index].values += points.values
      } else {
        pending.indices[points.name] = pending.series.count
        pending.series.append(points)
      }
    }
    pending.count += later.count
  }
}

extension RunStore {
  /// Pushes committed transactions from the system's memory to the disk (they are safe from the
  /// process's death without, but not from a power cut).
  func synchronize() {
    let descriptor = open(databasePath + "-wal", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
