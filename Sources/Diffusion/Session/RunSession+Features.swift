import Measures

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
  ///
  /// - Parameter looksOut: called now and then; what it throws ends the work.
  func featureMeasures(
    of samples: SampledImages, _ metrics: [EvaluationSettings.Metric],
    looksOut: () throws -> Void
  ) throws -> [SessionEvent.MetricValue] {
    var counts: [SessionEvent.MetricValue] = []
    if metrics.contains(where: \.logsCounts) {
      counts.append(.init(name: EvaluationNames.samplesMeasured, value: Double(samples.count)))
    }
    if metrics.contains(where: \.isBesideHalves) {
      let halves = RealHalves(of: data, samples: samples.count)
      counts.append(.init(name: EvaluationNames.realMeasured, value: Double(halves.count)))
    }
    return try counts + (metrics.contains(.fid) ? fid(of: samples, looksOut: looksOut) : [])
      + featuresAndCopies(of: samples, metrics.filter(\.isOfFeatures))
  }

  private func featuresAndCopies(
    of samples: SampledImages, _ wanted: [EvaluationSettings.Metric]
  ) throws -> [SessionEvent.MetricValue] {
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

  /// By the network whose weights the settings name.
  private func fid(
    of samples: SampledImages, looksOut: () throws -> Void
  ) throws -> [SessionEvent.MetricValue] {
    func tell(_ done: Int, _ total: Int) throws {
      try looksOut()
      progress(.init(phase: .evaluate, done: done, of: total, loss: nil, imagesPerSecond: nil))
    }
    var distance = try inceptionDistance ?? inceptionDistance(samples: samples.count, tell)
    let values = try distance(samples.values, progress: tell)
    inceptionDistance = distance
    return values
  }

  private func inceptionDistance(
    samples: Int, _ tell: (Int, Int) throws -> Void
  ) throws -> InceptionDistance {
    let file = try settings.evaluation.inceptionFile()
    // It was looked at before training began.
    guard let file, file.contentHash == inceptionHash else {
      throw DiffusionError(
        .badInput,
        "the weights in evaluation.inception, \(settings.evaluation.inception ?? ""), changed while the run trained: "
          + "run it again")
    }
    let features = try InceptionFeatures(
      file, input: settings.evaluation.inceptionInput, pool: pool)
    return try InceptionDistance(
      features, training: data, samples: samples, pool: pool, progress: tell)
  }
}

extension EvaluationSettings {
  /// The file of the Inception network's weights; nil where it is not needed.
  ///
  /// - Throws: `DiffusionError` where it is not named, missing, or none of these.
  package func inceptionFile() throws(DiffusionError) -> InceptionFile? {
    guard metrics.contains(.fid) else { return nil }
    guard let inception else {
      throw DiffusionError(
        .badInput,
        "fid in evaluation.metrics takes the weights of the Inception network: name their file in evaluation.inception"
      )
    }
    do {
      return try InceptionFile(contentsOf: inception)
    } catch {
      throw DiffusionError(error.kind, "evaluation.inception: \(error.description)")
    }
  }
}
