import Foundation
package import Kernels

/// Where the time of a step goes: each operation of the network at each of its shapes, metered in real steps, beside
/// what the machine can do.
package struct OperationBenchmark: Sendable {
  package enum Task: String, Sendable, Hashable, Codable, CaseIterable {
    case train
    case sample
  }

  /// One operation at one shape in one direction.
  package struct Row: Sendable, Hashable, Codable {
    package var operation: String
    package var shape: String
    package var pass: Work.Pass
    package var callsPerStep: Double
    /// Of all workers together.
    package var millisecondsPerStep: Double
    /// Of one worker; nil for what is done once a step.
    package var microsecondsPerImage: Double?
    /// Of the step's time, waiting included, on all workers.
    package var share: Double
    package var mflopPerStep: Double
    /// As if all workers did it at once; nil where there are no products.
    package var gflopPerSecond: Double?
    package var peakFraction: Double?
    /// As if all workers did it at once, each operand counted once; nil where there are none.
    package var gigabytesPerSecond: Double?
    /// Of the triad's; above 1 where operands come from the caches.
    package var bandwidthFraction: Double?
  }

  package struct Result: Sendable, Hashable, Codable {
    package var task: Task
    package var images: Int
    package var precision: String
    package var workers: Int
    package var kernels: String
    /// Median, without meters.
    package var millisecondsPerStep: Double
    /// The same with them.
    package var meteredMillisecondsPerStep: Double
    package var gflopPerSecond: Double
    package var peakFraction: Double
    package var peakGflopPerSecond: Double
    package var bandwidthGigabytesPerSecond: Double
    /// By falling share; they add up to 1.
    package var operations: [Row]
  }

  private let engine: EngineBenchmark
  private let limits: MachineLimits

  /// - Parameter limits: with the peak of the engine's kernels at its precision.
  package init(_ engine: EngineBenchmark, limits: MachineLimits) {
    self.engine = engine
    self.limits = limits
  }

  package func measure(_ task: Task) -> Result {
    let peak = limits.peak(engine.kernels, engine.precision) ?? .nan
    let bandwidth = limits.bandwidth(.triad) ?? .nan
    func step(_ meters: WorkerMeters?) -> () -> Void {
      switch task {
      case .train: engine.trainingStep(meters: meters)
      case .sample: engine.evaluation(meters: meters)
      }
    }
    let plain = engine.times(step(nil)).sorted()
    let meters = WorkerMeters(workers: engine.pool.count)
    let metered = step(meters)
    // What the first step allocates is none of the operations' business.
    metered()
    meters.reset()
    var steps = 0
    var seconds = 0.0
    let times = engine.times {
      let start = ContinuousClock.now
      metered()
      seconds += (ContinuousClock.now - start).seconds
      steps += 1
    }.sorted()

    let (workers, total) = (engine.pool.count, seconds * Double(engine.pool.count))
    let median = plain[plain.count / 2]
    let flops = task == .train ? engine.trainingFlops : engine.samplingFlops
    return Result(
      task: task,
      images: task == .train ? engine.settings.training.batch : engine.settings.sampling.count,
      precision: engine.precision.rawValue, workers: workers,
      kernels: engine.kernels.description, millisecondsPerStep: 1000 * median,
      meteredMillisecondsPerStep: 1000 * times[times.count / 2],
      gflopPerSecond: flops / median / 1e9, peakFraction: flops / median / 1e9 / peak,
      peakGflopPerSecond: peak, bandwidthGigabytesPerSecond: bandwidth,
      operations: rows(meters.totals, steps: steps, total: total, peak: peak, bandwidth: bandwidth))
  }

  /// - Parameter total: seconds of all workers together.
  private func rows(
    _ totals: [Meter.Key: Meter.Total], steps: Int, total: Double, peak: Double, bandwidth: Double
  ) -> [Row] {
    var rows = totals.map { key, sum in
      let seconds = sum.time.seconds
      func perSecond(_ amount: Double) -> Double? {
        amount > 0 ? amount / seconds * Double(engine.pool.count) / 1e9 : nil
      }
      let (gflops, gigabytes) = (perSecond(sum.flops), perSecond(sum.bytes))
      return Row(
        operation: key.operation, shape: key.shape, pass: key.pass,
        callsPerStep: Double(sum.calls) / Double(steps),
        millisecondsPerStep: 1000 * seconds / Double(steps),
        microsecondsPerImage: sum.images > 0 ? 1e6 * seconds / Double(sum.images) : nil,
        share: seconds / total, mflopPerStep: sum.flops / Double(steps) / 1e6,
        gflopPerSecond: gflops, peakFraction: gflops.map { $0 / peak },
        gigabytesPerSecond: gigabytes, bandwidthFraction: gigabytes.map { $0 / bandwidth })
    }
    let left = max(0, total - totals.values.reduce(0) { $0 + $1.time.seconds })
    rows.append(
      Row(
        operation: "waiting, metering", shape: "", pass: .both, callsPerStep: 1,
        millisecondsPerStep: 1000 * left / Double(steps), share: left / total, mflopPerStep: 0))
    // Ties by name: the same order every time.
    return rows.sorted {
      ($1.share, $0.operation, $0.shape, $0.pass.rawValue)
        < ($0.share, $1.operation, $1.shape, $1.pass.rawValue)
    }
  }
}
