import Foundation
import Kernels
import Testing

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 3, 7]) func eachItemOnce(workers: Int) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    for items in [0, 1, 2, 5, 100] {
      let lock = NSLock()
      nonisolated(unsafe) var seen = [Int](repeating: 0, count: items)
      pool.forEach(items) { item, worker in
        lock.withLock { seen[item] += worker < workers ? 1 : 100 }
      }
      #expect(seen == [Int](repeating: 1, count: items))
      pool.forEachInPlace(items) { item, worker in
        lock.withLock { seen[item] += worker < workers ? 1 : 100 }
      }
      #expect(seen == [Int](repeating: 2, count: items))
    }
  }

  /// Runs that follow each other at once, and runs that find the threads asleep.
  @Test(arguments: [1, 2, 3, 7]) func eachWorkerOnceARun(workers: Int) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let table = ResultTable(count: workers)
    for run in 1...2000 {
      if run % 500 == 0 { Thread.sleep(forTimeInterval: 0.01) }
      pool.run { table[$0] += Double(run) }
    }
    let sums = (0..<workers).map { table[$0] }
    #expect(sums.allSatisfy { $0 == 2_001_000 })
  }

  /// Calls so short that workers come too late for many of them, between calls that wait for all.
  @Test(arguments: [2, 3, 7]) func lateWorkersJoinTheNextCall(workers: Int) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let items = ResultTable(count: 3)
    let everyone = ResultTable(count: workers)
    for round in 1...3000 {
      pool.forEach(3) { item, _ in items[item] += Double(round) }
      if round % 3 == 0 { pool.run { everyone[$0] += 1 } }
      if round % 700 == 0 { Thread.sleep(forTimeInterval: 0.01) }
    }
    #expect((0..<3).allSatisfy { items[$0] == 4_501_500 })
    #expect((0..<workers).allSatisfy { everyone[$0] == 1000 })
  }

  /// Sums of float32 depend on their order: the tree's must not, whoever comes first.
  @Test(arguments: [1, 2, 3, 5, 8, 11, 16, 32]) func treeSumsDoNotDependOnTheOrderOfArrival(
    lanes: Int
  ) {
    let size = 1000
    let values = (0..<lanes).map { normals(size, seed: UInt64($0)) }
    func sum(order: [Int]) -> [Float] {
      let tree = TreeSum(size: size, kernels: .best)
      tree.begin(lanes: lanes)
      for lane in order {
        let buffer = tree.take()
        buffer.update(from: values[lane])
        tree.put(buffer, lane: lane)
      }
      tree.complete(0..<300)
      tree.complete(300..<size)
      return tree.total.array()
    }
    let expected = sum(order: Array(0..<lanes))
    let total = values.reduce([Double](repeating: 0, count: size)) {
      zip($0, $1).map { $0 + Double($1) }
    }
    // log2(32) = 5 roundings of values around 6.
    for (found, exact) in zip(expected, total) { #expect(abs(Double(found) - exact) < 1e-5) }
    for seed in 0..<20 {
      let order = CounterRandom(seed: UInt64(seed)).permutation(
        count: lanes, step: 0, purpose: .data)
      let same = sum(order: order) == expected
      #expect(same)
    }
  }
}
