import Kernels
import Measures

extension RunSession {
  /// - Parameter samples: nil: only what needs none is measured.
  func evaluate(
    step: Int, samples: SampledImages?, final: Bool,
    shouldStop: @escaping @Sendable () -> Bool, handle: (SessionEvent) throws -> Void
  ) throws {
    let metrics = settings.evaluation.metrics
    var values: [SessionEvent.MetricValue] = []
    progress(.init(phase: .evaluate, done: 0, of: 1, loss: nil, imagesPerSecond: nil))
    if let loss = try endLoss ?? heldOutLoss() {
      values.append(.init(name: EvaluationNames.loss, value: loss))
    }
    values += lossesBySNR()
    if let samples {
      values += try measures(of: samples, metrics) { if shouldStop() { throw Stopped() } }
    }
    let likelihood = try likelihoods { [progress] done, total in
      if shouldStop() { throw Stopped() }
      progress(.init(phase: .evaluate, done: done, of: total, loss: nil, imagesPerSecond: nil))
    }
    values += likelihood.values
    if !values.isEmpty { try handle(.logged(step: step, values: values)) }
    // Over t, not over the training: of the end alone.
    if final {
      for (timestep, terms) in likelihood.terms {
        try handle(.logged(step: timestep, values: terms))
      }
    }
  }

  /// Of the network as it is; nil where it is not asked for.
  func heldOutLoss() throws -> Double? {
    progress(.init(phase: .evaluate, done: 0, of: 1, loss: nil, imagesPerSecond: nil))
    guard settings.evaluation.metrics.contains(.loss), let predictor = predictor() else {
      return nil
    }
    let measure =
      lossMeasure
      ?? HeldOutLoss(
        data: heldOut, count: settings.evaluation.images, process: process,
        vector: description?.vector, degradation: settings.conditioning.degradation)
    lossMeasure = measure
    return try measure(predictor)
  }

  /// What is measured of a network that has diverged: no number.
  var measuresOfNothing: [SessionEvent.MetricValue] {
    settings.evaluation.metrics
      .filter { ![.classAgreement, .classifierAccuracy].contains($0) || classes > 0 }
      .filter { $0 != .withinClassVariance || classes > 0 }
      .filter { settings.likelihoodObstacle($0) == nil }
      .map {
        .init(
          name: $0.name(settings.data.source, elements: data.valuesPerImage), value: .nan)
      } + [.init(name: "train/loss", value: .nan)]
  }

  private func measures(
    of samples: SampledImages, _ metrics: [EvaluationSettings.Metric],
    looksOut: () throws -> Void
  ) throws -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = []
    let measured = samples.prefix(settings.evaluation.images)
    if metrics.contains(.sampleVariance) {
      values.append(
        .init(
          name: EvaluationNames.sampleVariance,
          value: sampleVariance(measured.values, elements: data.valuesPerImage)))
    }
    if metrics.contains(.psnr), let ratio = signalToNoise(of: measured) {
      values.append(.init(name: EvaluationNames.psnr, value: ratio))
    }
    values += try moments(of: measured, metrics)
    values += try featureMeasures(of: measured, metrics, looksOut: looksOut)
    let wanted = metrics.filter { $0 == .classAgreement || $0 == .frechetPCA64 }
    guard !wanted.isEmpty else { return values }
    let reference =
      try self.reference
      ?? ReferenceStatistics(
        training: data, heldOut: heldOut, samples: measured.count, metrics: wanted)
    self.reference = reference
    func add(_ name: String, _ value: Double?) {
      if let value { values.append(.init(name: name, value: value)) }
    }
    if !measured.labels.isEmpty {
      add(
        EvaluationNames.classAgreement,
        reference.classAgreement(samples: measured.values, labels: measured.labels))
      add(EvaluationNames.classAgreementReal, reference.classAgreementReal)
    }
    add(EvaluationNames.frechetPCA64, reference.frechet(samples: measured.values))
    add(EvaluationNames.frechetPCA64Floor, reference.frechetFloor)
    return values
  }
}
