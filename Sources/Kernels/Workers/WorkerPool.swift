private import CKernels
import Foundation
import Synchronization

/// Threads that stay: each call of `run` wakes them, runs one body on all, and returns when all are done.
///
/// The calling thread is worker 0. Not Swift tasks: a step is a few tens of milliseconds of pure arithmetic, for
/// which threads that never move are right. A thread that waits looks out for a while before it sleeps, since to be
/// woken takes longer than a small network's whole step has between two meetings; nobody who looks out takes a lock.
///
/// One thread at a time may call `run`.
public final class WorkerPool: @unchecked Sendable {
  public let count: Int

  /// Looks before a waiting thread sleeps: some 200 µs; few where there are more threads than processors, since who
  /// looks out keeps another from working.
  private let patience: Int

  /// Counts the calls of `run`.
  private let generation = Atomic<Int>(0)
  /// Workers that have not finished the present body.
  private let unfinished = Atomic<Int>(0)
  /// Written while all workers wait, before `generation` moves on.
  private var body: (@Sendable (Int) -> Void)?

  /// Who sleeps says so in `sleepers` or `callerSleeps` before a last look, and who has news looks there after giving
  /// them: one of the two sees the other.
  private let condition = NSCondition()
  private let sleepers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let isEnding = Atomic<Bool>(false)

  /// - Parameter count: workers, the caller among them; at least 1.
  public init(count: Int) {
    self.count = max(1, count)
    patience = count <= Self.processors ? 8000 : 50
    for index in 1..<max(self.count, 2) where index < self.count {
      let thread = Thread { [weak self] in
        var seen = 0
        while let work = self?.wait(after: &seen) {
          work(index)
          self?.finish()
        }
      }
      thread.name = "worker \(index)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Ends the threads; the pool cannot be used afterwards.
  public func end() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    condition.withLock { condition.broadcast() }
  }

  /// The processors this process may run on.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Runs `body(worker)` once on each worker, at the same time.
  public func run(_ body: @escaping @Sendable (_ worker: Int) -> Void) {
    guard count > 1 else { return body(0) }
    self.body = body
    unfinished.store(count - 1, ordering: .relaxed)
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      condition.withLock { condition.broadcast() }
    }
    body(0)
    let isDone = { self.unfinished.load(ordering: .sequentiallyConsistent) == 0 }
    if !lookOut(until: isDone) {
      condition.withLock {
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        while !isDone() { condition.wait() }
        callerSleeps.store(false, ordering: .relaxed)
      }
    }
    self.body = nil
  }

  /// Runs `body(item, worker)` for each of 0 ..< items, whichever worker is free taking the next.
  public func forEach(
    _ items: Int, _ body: @escaping @Sendable (_ item: Int, _ worker: Int) -> Void
  ) {
    // One item is no reason to wake anybody.
    if items == 1 { return body(0, 0) }
    let next = Atomic<Int>(0)
    withExtendedLifetime(next) {
      run { worker in
        while true {
          let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard item < items else { return }
          body(item, worker)
        }
      }
    }
  }

  /// - Returns: whether it came about before patience ran out.
  private func lookOut(until isDue: () -> Bool) -> Bool {
    for _ in 0..<patience {
      if isDue() { return true }
      wb_pause()
    }
    return false
  }

  private func wait(after seen: inout Int) -> (@Sendable (Int) -> Void)? {
    let last = seen
    let isDue = {
      self.generation.load(ordering: .sequentiallyConsistent) != last
        || self.isEnding.load(ordering: .relaxed)
    }
    if !lookOut(until: isDue) {
      condition.withLock {
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while !isDue() { condition.wait() }
        sleepers.wrappingSubtract(1, ordering: .relaxed)
      }
    }
    guard !isEnding.load(ordering: .relaxed) else { return nil }
    seen += 1
    return body
  }

  private func finish() {
    let last = unfinished.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0
    if last, callerSleeps.load(ordering: .sequentiallyConsistent) {
      condition.withLock { condition.broadcast() }
    }
  }
}
