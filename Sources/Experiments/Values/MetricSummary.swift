/// What is kept about a metric's points.
package struct MetricSummary: Sendable, Hashable, Encodable {
  package var count: Int
  package var nanCount: Int
  /// The value at `lastStep`, the highest.
  package var last: Double
  package var lastStep: Int
  /// Over the values that are numbers; NaN without any. Of equal values, the earliest step.
  package var min: Double
  package var minStep: Int?
  package var max: Double
  package var maxStep: Int?

  package init(
    count: Int, nanCount: Int, last: Double, lastStep: Int, min: Double, minStep: Int?,
    max: Double, maxStep: Int?
  ) {
    self.count = count
    self.nanCount = nanCount
    self.last = last
    self.lastStep = lastStep
    self.min = min
    self.minStep = minStep
    self.max = max
    self.maxStep = maxStep
  }
}
