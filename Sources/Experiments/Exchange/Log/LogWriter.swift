import Foundation

/// Writes batches on a thread of its own, so that lines are read while the disk works: one is written while the next is
/// gathered, and whoever is ahead waits.
package final class LogWriter: @unchecked Sendable {
  private let run: LoggedRun
  private let acknowledge: (@Sendable (Int) throws -> Void)?
  private let finished = DispatchSemaphore(value: 0)

  /// Guards what follows.
  private let condition = NSCondition()
  private var waiting: LogBatch?
  private var isWriting = false
  private var isClosed = false
  private var failure: (any Error)?

  /// - Parameter acknowledge: told the number of the last line that is on the disk, on the writer's thread; with it each batch is
  ///   pushed to the disk. What it throws ends the writing.
  package init(_ run: LoggedRun, acknowledge: (@Sendable (Int) throws -> Void)? = nil) {
    self.run = run
    self.acknowledge = acknowledge
    Thread.detachNewThread { self.work() }
  }

  /// Whether the last batch has been written.
  package var isIdle: Bool { condition.withLock { waiting == nil && !isWriting } }

  /// Hands a batch over; waits while the one before the last is written.
  /// - Throws: what went wrong with an earlier one.
  package func write(_ batch: LogBatch) throws {
    try condition.withLock {
      while waiting != nil, failure == nil { condition.wait() }
      if let failure { throw failure }
      waiting = batch
      condition.broadcast()
    }
  }

  /// Waits until all is written.
  /// - Throws: what went wrong.
  package func close() throws {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
    finished.wait()
    if let failure = condition.withLock({ failure }) { throw failure }
  }

  private func work() {
    while let batch = next() {
      do {
        try run.write(batch, durably: acknowledge != nil)
        try acknowledge?(batch.lastLine)
      } catch {
        condition.withLock { failure = error }
      }
      condition.withLock {
        isWriting = false
        condition.broadcast()
      }
    }
    finished.signal()
  }

  /// Nil at the end, or where something went wrong.
  private func next() -> LogBatch? {
    condition.withLock {
      while waiting == nil, !isClosed { condition.wait() }
      guard failure == nil, let batch = waiting else { return nil }
      waiting = nil
      isWriting = true
      condition.broadcast()
      return batch
    }
  }
}
