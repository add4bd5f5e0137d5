extension RunSession {
  /// Of the network as it is; none where they are not asked for.
  func lossesBySNR() -> [SessionEvent.MetricValue] {
    guard settings.evaluation.metrics.contains(.lossBySNR), let predictor = predictor() else {
      return []
    }
    let measure = LossBySNR(
      data: heldOut, count: settings.evaluation.images, process: process,
      vector: description?.vector, degradation: settings.conditioning.degradation)
    return measure(predictor).values
  }

  /// Measures of samples by features and of copies, as far as they are asked for.
  func featureMeasures(
    of samples: SampledImages, _ metrics: [EvaluationSettings.Metric]
  ) throws -> [SessionEvent.MetricValue] {
    let wanted = metrics.filter(\.isOfFeatures)
    guard !wanted.isEmpty else { return [] }
    let features =
      try self.features
      ?? FeatureMeasures(
        training: data, heldOut: heldOut, samples: samples.count, metrics: wanted,
        kernels: kernels, pool: pool
      ) { [progress] done, total in
        progress(
          .init(phase: .evaluate, done: done, of: total, loss: nil, imagesPerSecond: nil))
      }
    self.features = features
    let values = features(samples.values, labels: samples.labels)
    if let nearest = features.nearest?.prefix(settings.sampling.count) {
      nearestImages = SampledImages(
        values: nearest.flatMap { data.values($0..<$0 + 1) }, height: data.height,
        width: data.width, channels: data.channels,
        labels: Array(samples.labels.prefix(nearest.count)))
    }
    return values
  }
}
