extension RunSession {
  /// Moments of samples, and their distances to the data as distributions, as far as they are asked for.
  func moments(
    of samples: SampledImages, _ metrics: [EvaluationSettings.Metric]
  ) throws -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = []
    func add(_ name: String, _ value: Double) { values.append(.init(name: name, value: value)) }
    let elements = data.valuesPerImage
    if metrics.contains(.sampleMean) {
      add(EvaluationNames.sampleMean, sampleMean(samples.values, elements: elements))
    }
    if metrics.contains(.withinClassVariance), !samples.labels.isEmpty {
      add(
        EvaluationNames.withinClassVariance,
        withinClassVariance(samples.values, labels: samples.labels, elements: elements))
    }
    let wanted = metrics.filter(\.isDistance)
    guard !wanted.isEmpty else { return values }
    let distances =
      try self.distances
      ?? DistributionDistances(
        settings.data, training: data, heldOut: heldOut, samples: samples.count, metrics: wanted)
    self.distances = distances
    for (name, value) in distances(samples.values) { add(name, value) }
    return values
  }
}
