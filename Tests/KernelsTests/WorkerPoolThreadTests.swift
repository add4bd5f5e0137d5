import Foundation
import Kernels
import Testing

/// What workers hand each other without a lock of their own, only by the pool's calls. The values tell whether it worked
/// here; the thread sanitizer, under which `make sanitize` runs these tests, whether it must.
@Suite struct WorkerPoolThreadTests {
  /// Each call reads what other workers wrote in the one before, and what the caller wrote between the two. Both are plain
  /// memory.
  @Test(arguments: [2, 3, 5]) func aCallSeesWhatTheCallsBeforeWrote(workers: Int) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let count = 7
    nonisolated(unsafe) let a = UnsafeMutablePointer<Int>.allocate(capacity: count)
    nonisolated(unsafe) let b = UnsafeMutablePointer<Int>.allocate(capacity: count)
    nonisolated(unsafe) let step = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    defer {
      a.deallocate()
      b.deallocate()
      step.deallocate()
    }
    a.initialize(repeating: 0, count: count)
    b.initialize(repeating: 0, count: count)
    var expected = 0
    for round in 1...600 {
      step.initialize(to: round)
      expected += 2 * round
      pool.forEach(count) { item, _ in b[item] = a[(item + 1) % count] + step.pointee }
      pool.forEachInPlace(count) { item, _ in a[item] = b[(item + 3) % count] + step.pointee }
      // Long enough for everyone to fall asleep, the caller among them.
      if round % 200 == 0 {
        pool.run { worker in if worker > 0 { usleep(5000) } }
        usleep(5000)
      }
    }
    #expect((0..<count).allSatisfy { a[$0] == expected })
  }

  /// What a body holds is let go by the time the call returns, however late workers are.
  @Test func aBodyIsLetGoWithItsCall() {
    final class Token: Sendable {}
    let pool = WorkerPool(count: 3)
    defer { pool.end() }
    for _ in 0..<500 {
      weak var seen: Token?
      do {
        let token = Token()
        seen = token
        pool.forEach(2) { _, _ in withExtendedLifetime(token) {} }
      }
      #expect(seen == nil)
    }
  }

  /// Pools that come and go, some of them before their threads have looked around.
  @Test func poolsEndWhateverTheirThreadsDo() {
    for round in 0..<60 {
      let pool = WorkerPool(count: 4)
      let table = ResultTable(count: 9)
      if round % 3 > 0 { pool.forEach(9) { item, _ in table[item] = 1 } }
      pool.end()
      #expect(table.sum == (round % 3 > 0 ? 9 : 0))
    }
  }

  /// Lanes from several workers at once, as in a step of training.
  @Test(arguments: [2, 5, 8, 13]) func lanesAreSummedByWhoeverComes(lanes: Int) {
    let pool = WorkerPool(count: 3)
    defer { pool.end() }
    let size = 257
    let tree = TreeSum(size: size, kernels: .best)
    // Small integers: exact whatever their order.
    for round in 0..<40 {
      tree.begin(lanes: lanes)
      pool.forEach(lanes) { lane, _ in
        let buffer = tree.take()
        for i in 0..<size { buffer.pointer[i] += Float(lane * i % 31 + round) }
        tree.put(buffer, lane: lane)
      }
      let pieces = 4
      pool.forEachInPlace(pieces) { piece, _ in
        tree.complete(size * piece / pieces..<size * (piece + 1) / pieces)
      }
      let expected = (0..<size).map { i in
        (0..<lanes).reduce(Float(0)) { $0 + Float($1 * i % 31 + round) }
      }
      #expect(tree.total.array() == expected)
    }
  }
}
