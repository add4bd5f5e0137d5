/// A meter a worker.
///
/// Unchecked: `WorkerPool` runs each worker on one thread, and joins them before anybody reads.
public final class WorkerMeters: @unchecked Sendable {
  private let meters: [Meter]

  /// - Parameter workers: how many, at least 1.
  public init(workers: Int) {
    meters = (0..<workers).map { _ in Meter() }
  }

  /// The meter that one worker reports to.
  public subscript(worker: Int) -> Meter { meters[worker] }

  /// Has all of them forget what they measured.
  public func reset() {
    for meter in meters { meter.reset() }
  }

  /// Of all workers.
  public var totals: [Meter.Key: Meter.Total] {
    meters.reduce(into: [:]) { sum, meter in
      for (key, total) in meter.totals { sum[key, default: Meter.Total()] += total }
    }
  }
}

extension WorkerMeters? {
  /// Does something outside the tape on one worker, and tells its meter if there are meters.
  public func measured<Result>(
    _ worker: Int, _ work: @autoclosure () -> Work, _ body: () -> Result
  ) -> Result {
    guard let meter = self?[worker] else { return body() }
    meter.begin()
    defer { meter.end(work()) }
    return body()
  }
}
