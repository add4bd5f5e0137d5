private import CKernels
import Foundation
import Synchronization

/// Threads that stay: each call of `run` or `forEach` has them work with the caller, and returns when all is done.
///
/// The calling thread is worker 0. Not Swift tasks: a step is a few tens of milliseconds of pure arithmetic, for
/// which threads that never move are right. A thread that waits looks out for a while before it sleeps, since to be
/// woken takes longer than a small network's whole step has between two meetings; nobody who looks out takes a lock.
/// Where items are shared out, whoever comes too late is not waited for: on a busy machine that would be long.
///
/// One thread at a time may call `run` or `forEach`.
public final class WorkerPool: @unchecked Sendable {
  /// Threads, the calling one included.
  public let count: Int

  /// Looks before a waiting thread sleeps: some 200 µs; few where there are more threads than processors, since who
  /// looks out keeps another from working.
  private let patience: Int

  /// The number of the present call while workers may join it, else 0.
  private let open = Atomic<Int>(0)
  /// Workers that are in a call, or looking whether they may be. Who joins counts itself before it looks at `open`, and the
  /// caller closes before it looks here: one of the two sees the other.
  private let inside = Atomic<Int>(0)
  /// Workers that have not done the present body.
  private let unfinished = Atomic<Int>(0)
  /// Calls so far. Like `body` the caller's; workers read `body` inside an open call.
  private var calls = 0
  private var body: (@Sendable (Int) -> Void)?

  /// Who sleeps says so in `sleepers` or `callerSleeps` before a last look, and who has news looks there after giving
  /// them: again one of the two sees the other.
  private let condition = NSCondition()
  private let sleepers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let isEnding = Atomic<Bool>(false)

  /// How many items of each worker's own part are taken, in a `forEachInPlace`.
  private let taken: [Counter]
  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  /// - Parameter count: workers, the caller among them; at least 1.
  public init(count: Int) {
    self.count = max(1, count)
    taken = (0..<self.count).map { _ in Counter() }
    patience = count <= Self.processors ? 8000 : 50
    for index in 1..<max(self.count, 2) where index < self.count {
      let thread = Thread { [weak self] in
        var seen = 0
        while self?.join(index, after: &seen) ?? false {}
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

  /// The processors this process may use.
  public static var processors: Int { UsableProcessors.current.count }

  /// Runs `body(worker)` once on each worker, at the same time.
  public func run(_ body: @escaping @Sendable (_ worker: Int) -> Void) {
    call(waitsForAll: true, body)
  }

  /// - Parameter waitsForAll: whether each worker must have done the body, and not only those that came before worker 0
  ///   was through.
  private func call(
    waitsForAll: Bool, _ body: @escaping @Sendable (_ worker: Int) -> Void
  ) {
    guard count > 1 else { return body(0) }
    self.body = body
    calls += 1
    unfinished.store(count - 1, ordering: .relaxed)
    open.store(calls, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      condition.withLock { condition.broadcast() }
    }
    body(0)
    if waitsForAll {
      waitHere { self.unfinished.load(ordering: .sequentiallyConsistent) == 0 }
    }
    open.store(0, ordering: .sequentiallyConsistent)
    waitHere { self.inside.load(ordering: .sequentiallyConsistent) == 0 }
    self.body = nil
  }

  /// The caller's waiting for the others.
  private func waitHere(_ isDone: () -> Bool) {
    guard !lookOut(until: isDone) else { return }
    condition.withLock {
      callerSleeps.store(true, ordering: .sequentiallyConsistent)
      while !isDone() { condition.wait() }
      callerSleeps.store(false, ordering: .relaxed)
    }
  }

  /// Runs `body(item, worker)` for each of 0 ..< items, whichever worker is free taking the next.
  public func forEach(
    _ items: Int, _ body: @escaping @Sendable (_ item: Int, _ worker: Int) -> Void
  ) {
    // One item is no reason to wake anybody.
    if items == 1 { return body(0, 0) }
    let next = Atomic<Int>(0)
    withExtendedLifetime(next) {
      call(waitsForAll: false) { worker in
        while true {
          let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard item < items else { return }
          body(item, worker)
        }
      }
    }
  }

  /// The same, but each worker begins with its own part of the items, the same part each time, so that what it keeps
  /// changing stays in its cache; who is through with that takes from the others'.
  public func forEachInPlace(
    _ items: Int, _ body: @escaping @Sendable (_ item: Int, _ worker: Int) -> Void
  ) {
    if items == 1 { return body(0, 0) }
    for counter in taken { counter.value.store(0, ordering: .relaxed) }
    call(waitsForAll: false) { [self] worker in
      for turn in 0..<count {
        let owner = (worker + turn) % count
        let part = Share(index: owner, count: count).of(items)
        while true {
          let place = taken[owner].value.wrappingAdd(1, ordering: .relaxed).oldValue
          guard place < part.count else { break }
          body(part.lowerBound + place, worker)
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

  /// A worker's waiting for a call that it has not seen, and its part in it.
  /// - Returns: false when the pool ends.
  private func join(_ worker: Int, after seen: inout Int) -> Bool {
    let last = seen
    let isDue = {
      let call = self.open.load(ordering: .sequentiallyConsistent)
      return call != 0 && call != last || self.isEnding.load(ordering: .relaxed)
    }
    if !lookOut(until: isDue) {
      condition.withLock {
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while !isDue() { condition.wait() }
        sleepers.wrappingSubtract(1, ordering: .relaxed)
      }
    }
    guard !isEnding.load(ordering: .relaxed) else { return false }
    inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
    let call = open.load(ordering: .sequentiallyConsistent)
    if call != 0, call != last {
      seen = call
      body?(worker)
      unfinished.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }
    inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    if callerSleeps.load(ordering: .sequentiallyConsistent) {
      condition.withLock { condition.broadcast() }
    }
    return true
  }
}
