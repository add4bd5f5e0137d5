import Foundation
import Kernels
import Synchronization

/// So many runs at once, with so many workers each.
package struct RunSplit: Sendable, Hashable {
  package var runs: Int
  package var workers: Int

  package init(runs: Int, workers: Int) {
    self.runs = runs
    self.workers = workers
  }

  /// The ways to divide processors evenly among at most so many runs, one at a time first.
  package static func all(processors: Int, most: Int) -> [RunSplit] {
    let (processors, most) = (max(processors, 1), max(most, 1))
    return (1...min(processors, most)).filter { processors % $0 == 0 || $0 == most }
      .map { RunSplit(runs: $0, workers: processors / $0) }
  }
}

/// Times what runs of one kind train together, each on threads of its own.
package struct SplitTimer: Sendable {
  private let kernels: KernelSet
  private let settings: RunSettings
  private let data: DataSet

  /// - Throws: `DiffusionError` where the data are missing or do not fit the network.
  package init(_ settings: RunSettings) throws {
    kernels = try Engine.kernels()
    self.settings = settings
    data = try DataSet.load(settings.data)
    // What is wrong is found here, before any thread begins.
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    _ = try EngineBenchmark(settings, data: data, kernels: kernels, pool: pool)
  }

  /// Training steps a second of all runs together.
  ///
  /// - Parameter seconds: how long it is measured after each run's first step, and until each has made two more.
  package func rate(_ split: RunSplit, seconds: Double) -> Double {
    let rates = Mutex<[Double]>([])
    let isReady = DispatchSemaphore(value: 0)
    let begins = DispatchSemaphore(value: 0)
    let isDone = DispatchSemaphore(value: 0)
    for _ in 0..<split.runs {
      let thread = Thread {
        let pool = WorkerPool(count: split.workers)
        defer {
          pool.end()
          isDone.signal()
        }
        let benchmark = try? EngineBenchmark(settings, data: data, kernels: kernels, pool: pool)
        let step = benchmark?.trainingStep()
        step?()
        isReady.signal()
        begins.wait()
        let start = ContinuousClock.now
        var count = 0
        repeat {
          step?()
          count += 1
        } while count < 2 || (ContinuousClock.now - start).seconds < seconds
        let rate = step == nil ? 0 : Double(count) / (ContinuousClock.now - start).seconds
        rates.withLock { $0.append(rate) }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<split.runs { isReady.wait() }
    for _ in 0..<split.runs { begins.signal() }
    for _ in 0..<split.runs { isDone.wait() }
    return rates.withLock { $0.reduce(0, +) }
  }
}
