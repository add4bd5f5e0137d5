private import CKernels
import Foundation
import Synchronization

/// Threads that stay: each call of `run` wakes them, runs one body on all, and returns when all are done.
///
/// The calling thread is worker 0. Not Swift tasks: a step is a few tens of milliseconds of pure arithmetic, for
/// which threads that never move are right. A thread that waits looks out for a while before it sleeps, since to be
/// woken takes longer than the parts of an image that are handed over when one image is spread over all.
public final class WorkerPool: @unchecked Sendable {
  public let count: Int

  /// Looks before a waiting thread sleeps: some 50 µs.
  private static let patience = 2000
  /// What is looked at: `generation` and `busy` as they will be found under the lock.
  private let started = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)

  private let condition = NSCondition()
  // All below is guarded by `condition`.
  private var body: (@Sendable (Int) -> Void)?
  private var generation = 0
  private var busy = 0
  private var isEnding = false

  /// - Parameter count: workers, the caller among them; at least 1.
  public init(count: Int) {
    self.count = max(1, count)
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
    condition.withLock {
      isEnding = true
      condition.broadcast()
    }
  }

  /// The processors this process may run on.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Runs `body(worker)` once on each worker, at the same time.
  public func run(_ body: @escaping @Sendable (_ worker: Int) -> Void) {
    guard count > 1 else { return body(0) }
    unfinished.store(count - 1, ordering: .relaxed)
    condition.withLock {
      self.body = body
      busy = count - 1
      generation += 1
      condition.broadcast()
    }
    started.wrappingAdd(1, ordering: .releasing)
    body(0)
    lookOut { unfinished.load(ordering: .relaxed) <= 0 }
    condition.withLock {
      while busy > 0 { condition.wait() }
      self.body = nil
    }
  }

  /// Runs `body(item, worker)` for each of 0 ..< items, whichever worker is free taking the next.
  public func forEach(
    _ items: Int, _ body: @escaping @Sendable (_ item: Int, _ worker: Int) -> Void
  ) {
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

  private func lookOut(until isDue: () -> Bool) {
    for _ in 0..<Self.patience {
      if isDue() { return }
      wb_pause()
    }
  }

  private func wait(after seen: inout Int) -> (@Sendable (Int) -> Void)? {
    lookOut { started.load(ordering: .relaxed) != seen }
    return condition.withLock {
      while generation == seen && !isEnding { condition.wait() }
      guard !isEnding else { return nil }
      seen = generation
      return body
    }
  }

  private func finish() {
    condition.withLock {
      busy -= 1
      if busy == 0 { condition.broadcast() }
    }
    unfinished.wrappingSubtract(1, ordering: .relaxed)
  }
}
