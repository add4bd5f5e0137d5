/// What a run has logged beside one of its measures, so that a list can show them in one line: the ends of the interval over
/// samples or images, and what real images reach.
package struct BesideMeasure: Sendable, Hashable {
  /// Of 95 %, over the samples or images of the run.
  package let interval: ClosedRange<Double>?
  package let real: Double?

  package var isEmpty: Bool { interval == nil && real == nil }

  /// - Parameter last: the last value of another metric of the run; nil where it has none.
  package init(_ measure: String, last: (String) -> Double?) {
    if let names = MetricName.bounds(of: measure), let low = last(names.low),
      let high = last(names.high), low <= high
    {
      interval = low...high
    } else {
      interval = nil
    }
    real = MetricName.references[measure].flatMap { last($0.metric) }
  }

  /// Those of a run's metrics that another one's line has beside it.
  package static func names(_ metrics: some Sequence<String>) -> Set<String> {
    metrics.reduce(into: []) { beside, measure in
      if let names = MetricName.bounds(of: measure) { beside.formUnion([names.low, names.high]) }
      if let reference = MetricName.references[measure] { beside.insert(reference.metric) }
    }
  }
}
