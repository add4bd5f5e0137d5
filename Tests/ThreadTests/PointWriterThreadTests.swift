import Diffusion
import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing

/// A store that several threads use at once: those that log, those that flush and those that read.
@Suite struct PointWriterThreadTests {
  private func withStore(_ body: (String, [String]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let runs = demoRuns()
      try RunStore(folder: folder, creating: true).register(demoExperiment(runs: runs))
      try body(folder, runs.map(\.id))
    }
  }

  /// - Returns: the first error of any.
  private func atOnce(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let lock = NSLock()
    nonisolated(unsafe) var failure: (any Error)?
    DispatchQueue.concurrentPerform(iterations: count) { thread in
      do { try body(thread) } catch { lock.withLock { failure = failure ?? error } }
    }
    if let failure = lock.withLock({ failure }) { throw failure }
  }

  /// Batches so small that the writer's own thread is at work all the while.
  @Test func threadsLogWhileOthersFlushAndRead() throws {
    try withStore { folder, runs in
      let store = try RunStore(folder: folder)
      let writer = PointWriter(store: store, run: runs[0], batchSize: 100)
      try atOnce(5) { thread in
        switch thread {
        case 0..<3:
          for step in 0..<2000 { writer.log("m\(thread)", step: step, Double(step + thread)) }
        case 3: for _ in 0..<10 { try writer.flush() }
        default:
          for _ in 0..<20 {
            let points = try store.history(run: runs[0], metric: "m1")
            #expect(points.steps == Array(0..<points.steps.count), "what is there has no gaps")
          }
        }
      }
      try writer.flush()
      for thread in 0..<3 {
        let points = try store.history(run: runs[0], metric: "m\(thread)")
        #expect(points.steps == Array(0..<2000))
        #expect(points.values == (0..<2000).map { Double($0 + thread) })
      }
    }
  }

  /// As processes do with `-j`, each with a store object of its own.
  @Test func severalObjectsWriteToOneStore() throws {
    try withStore { folder, runs in
      try atOnce(3) { thread in
        let store = try RunStore(folder: folder)
        let writer = PointWriter(store: store, run: runs[thread], batchSize: 50)
        for step in 0..<500 {
          writer.log("train/loss", step: step, Double(step))
          if step % 100 == 99 { try writer.flush() }
        }
      }
      let store = try RunStore(folder: folder)
      for run in runs.prefix(3) {
        #expect(try store.history(run: run, metric: "train/loss").steps == Array(0..<500))
      }
    }
  }

  /// A writer that is let go while its thread has something to write loses nothing.
  @Test func writersThatGoAtAnyMomentWriteWhatTheyHave() throws {
    try withStore { folder, runs in
      let store = try RunStore(folder: folder)
      for round in 0..<40 {
        let writer = PointWriter(store: store, run: runs[1], batchSize: 20)
        for step in 0..<(15 + round) { writer.log("round/\(round)", step: step, 1) }
      }
      // The last of them may go on its own thread.
      let deadline = Date().addingTimeInterval(30)
      while try store.history(run: runs[1], metric: "round/39").steps.count < 54, Date() < deadline
      {
        usleep(10_000)
      }
      for round in 0..<40 {
        let points = try store.history(run: runs[1], metric: "round/\(round)")
        #expect(points.steps == Array(0..<(15 + round)))
      }
    }
  }

  /// A run as `workbench run` does it: workers, their meeting points, and the log.
  @Test func aRunLogsWhatItsWorkersFind() throws {
    let settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 32, size: 8),
      model: ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(kind: .class, inject: .time),
      training: TrainingSettings(steps: 6, batch: 16),
      sampling: SamplingSettings(steps: 2, count: 4, every: 3),
      evaluation: EvaluationSettings(every: 3, images: 8, metrics: [.loss, .classAgreement]))
    try withStore { folder, runs in
      let store = try RunStore(folder: folder)
      func follow(run: String, workers: Int) throws -> [String: SeriesPoints] {
        let writer = PointWriter(store: store, run: run)
        var names: Set<String> = []
        _ = try RunSession(settings, workers: workers).run(shouldStop: { false }) { event in
          switch event {
          case .logged(let step, let values):
            for value in values {
              writer.log(value.name, step: step, value.value)
              names.insert(value.name)
            }
          case .sampled, .averaged: break
          case .checkpoint: try writer.flush()
          }
        }
        try writer.flush()
        return try names.filter { $0.hasPrefix("train/loss") || $0.hasPrefix("eval/") }
          .reduce(into: [:]) { $0[$1] = try store.history(run: run, metric: $1) }
      }
      let one = try follow(run: runs[2], workers: 1)
      let three = try follow(run: runs[3], workers: 3)
      #expect(one.count == 4)
      #expect(one.mapValues(\.steps) == three.mapValues(\.steps))
      #expect(one.mapValues(\.values) == three.mapValues(\.values))
    }
  }
}
