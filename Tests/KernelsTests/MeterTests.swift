import Kernels
import TestSupport
import Testing

@Suite struct MeterTests {
  private func spin(_ duration: Duration) {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < duration {}
  }

  /// What lies within is charged to itself alone, so that all times add up to no more than the whole.
  @Test func timesWithinAreCountedOnce() throws {
    let meter = Meter()
    let start = ContinuousClock.now
    meter.begin()
    for _ in 0..<3 {
      meter.begin()
      meter.begin()
      spin(.milliseconds(2))
      meter.end(Work("innermost", .forward, shape: "", bytes: 8))
      spin(.milliseconds(1))
      meter.end(Work("inner", .forward, shape: "", images: 2, flops: 10))
    }
    meter.end(Work("outer", .forward, shape: ""))
    let whole = ContinuousClock.now - start

    func total(_ operation: String) throws -> Meter.Total {
      try #require(meter.totals.first { $0.key.operation == operation }).value
    }
    #expect(try total("innermost").time >= .milliseconds(6))
    #expect(try total("inner").time >= .milliseconds(3))
    let sum = try total("outer").time + total("inner").time + total("innermost").time
    #expect(sum <= whole)
    #expect(try total("inner").calls == 3)
    #expect(try total("inner").images == 6)
    #expect(try total("inner").flops == 30)
    #expect(try total("innermost").bytes == 24)
    meter.reset()
    #expect(meter.totals.isEmpty)
  }

  /// Shapes and directions are told apart; workers are added up.
  @Test func workersAreAddedUp() throws {
    let meters = WorkerMeters(workers: 3)
    let optional: WorkerMeters? = meters
    for (worker, shape) in ["a", "b", "a"].enumerated() {
      let result = optional.measured(worker, Work("w", .backward, shape: shape, flops: 1)) { 7 }
      #expect(result == 7)
    }
    let totals = meters.totals
    #expect(totals.count == 2)
    #expect(totals.first { $0.key.shape == "a" }?.value.calls == 2)
    #expect(totals.first { $0.key.shape == "b" }?.value.flops == 1)
    meters.reset()
    #expect(meters.totals.isEmpty)
  }

  /// Without meters nothing is even said of the work.
  @Test func withoutMetersNoWorkIsMade() {
    let meters: WorkerMeters? = nil
    var made = 0
    func work() -> Work {
      made += 1
      return Work("w", .forward, shape: "")
    }
    #expect(meters.measured(0, work()) { 3 } == 3)
    #expect(made == 0)
  }

  /// bf16 is native in one set, and every set has both figures; memory moves in all four ways.
  @Test func limitsOfThisMachine() throws {
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let limits = MachineLimits.measure(pool: pool, arrayBytes: 1 << 20)
    #expect(limits.workers == 2)
    #expect(limits.peaks.count == 2 * KernelSet.underTest().count)
    for set in KernelSet.underTest() {
      for precision in [Precision.fp32, .bf16] {
        let peak = try #require(limits.peak(set, precision))
        #expect(peak > 0.1 && peak < 1e6)
      }
      let bf16 = limits.peaks.first { $0.kernels == set.description && $0.precision == "bf16" }
      #expect(bf16?.isNative == set.hasNativeBF16)
    }
    #expect(limits.peak(.best, .fp16) == nil)
    for stream in BandwidthMeasurement.Stream.allCases {
      let bandwidth = try #require(limits.bandwidth(stream))
      #expect(bandwidth > 0.01 && bandwidth < 1e5)
    }
  }
}
