/// The speed of the steps since the last restart.
struct SpeedMeter {
  let batch: Int
  private var seconds: [Double] = []
  private(set) var last = 0.0

  init(batch: Int) {
    self.batch = batch
  }

  mutating func add(_ duration: Duration) {
    last = duration.seconds
    seconds.append(last)
  }

  mutating func restart() {
    seconds.removeAll(keepingCapacity: true)
  }

  /// By the median step: one that was held up does not count.
  var imagesPerSecond: Double {
    let sorted = seconds.sorted()
    let median = sorted.isEmpty ? last : sorted[sorted.count / 2]
    return Double(batch) / max(median, 1e-9)
  }
}

extension Duration {
  /// In seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
