/// Adds up how long each operation of one worker takes, and what it does.
///
/// Operations nest: a convolution pads its operands. Each is charged the time that it spends itself, so times add up
/// to the whole. The meter's own time is charged to nobody.
public final class Meter {
  /// All calls of one operation at one shape in one direction.
  public struct Total: Sendable, Hashable {
    /// How often it ran.
    public var calls = 0
    /// Images that went through it, summed over the calls.
    public var images = 0
    /// Multiply-adds counted as two, products alone.
    public var flops = 0.0
    /// Read and written, as `Work` counts them.
    public var bytes = 0.0
    /// Without what the operations within take.
    public var time = Duration.zero
  }

  /// What is told apart: an operation over one shape, in one pass.
  public struct Key: Sendable, Hashable {
    /// `Work.operation`.
    public var operation: String
    /// `Work.shape`.
    public var shape: String
    /// `Work.pass`.
    public var pass: Work.Pass
  }

  /// What has been measured since the last `reset`.
  public private(set) var totals: [Key: Total] = [:]
  private var open: [(start: ContinuousClock.Instant, within: Duration)] = []

  /// A meter that has measured nothing.
  public init() {}

  /// Forgets what was measured.
  public func reset() {
    totals.removeAll(keepingCapacity: true)
  }

  /// An operation begins; `end` follows.
  public func begin() {
    open.append((.now, .zero))
  }

  /// The operation that began last ends.
  public func end(_ work: @autoclosure () -> Work) {
    let now = ContinuousClock.now
    let (start, within) = open.removeLast()
    let work = work()
    totals[
      Key(operation: work.operation, shape: work.shape, pass: work.pass), default: Total()
    ].add(work, time: now - start - within)
    if !open.isEmpty { open[open.count - 1].within += .now - start }
  }
}

extension Meter.Total {
  fileprivate mutating func add(_ work: Work, time: Duration) {
    calls += 1
    images += work.images
    flops += work.flops
    bytes += work.bytes
    self.time += time
  }

  /// Adds up two measurements of the same thing.
  public static func += (total: inout Meter.Total, other: Meter.Total) {
    total.calls += other.calls
    total.images += other.images
    total.flops += other.flops
    total.bytes += other.bytes
    total.time += other.time
  }
}
