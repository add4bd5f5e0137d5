import Foundation
import Kernels
import Measures

extension RunSession {
  /// Likelihoods of held-out data, as far as they are asked for, and the terms of the bound by timestep.
  ///
  /// - Parameter progress: told of images done; what it throws ends the measure.
  /// - Throws: what `progress` throws.
  func likelihoods(
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void
  ) throws -> (
    values: [SessionEvent.MetricValue],
    terms: [(timestep: Int, values: [SessionEvent.MetricValue])]
  ) {
    let wanted = settings.evaluation.metrics.filter { settings.likelihoodObstacle($0) == nil }
    var values: [SessionEvent.MetricValue] = []
    var terms: [(timestep: Int, values: [SessionEvent.MetricValue])] = []
    let images = EvaluationImages(heldOut, count: settings.evaluation.likelihood.images)
    guard images.count > 0 else { return (values, terms) }
    if wanted.contains(.bitsPerDim) {
      (values, terms) = try variationalBound(of: images, progress)
    }
    if wanted.contains(.logLikelihood) { values += try flowLikelihood(of: images, progress) }
    return (values, terms)
  }

  private func interval(
    _ name: String, _ interval: MeanInterval
  ) -> [SessionEvent.MetricValue] {
    [.init(name: name, value: interval.mean)]
      + (interval.halfWidth.isFinite
        ? [
          .init(name: name + EvaluationNames.low, value: interval.low),
          .init(name: name + EvaluationNames.high, value: interval.high),
        ] : [])
  }

  /// - Parameter precision: of a network; nil: that of the training.
  private func estimator(
    of images: EvaluationImages, precision: Precision?, limit: EstimateLimit
  ) throws -> DataEstimator {
    if let predictor = predictor(precision) {
      let labels = images.indices.map { heldOut.label($0) ?? -1 }
      return DataEstimator(predictor, process: process, labels: labels, limit: limit)
    }
    let oracle = try self.oracle ?? Oracle(settings, data: data, process: process)
    let labels = classes > 0 ? images.indices.map { heldOut.label($0) ?? -1 } : nil
    return DataEstimator(
      { oracle.denoiser(labels: $0, guidance: .none) }, process: process,
      elements: heldOut.valuesPerImage, labels: labels, limit: limit)
  }

  private func variationalBound(
    of images: EvaluationImages,
    _ progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void
  ) throws -> (
    values: [SessionEvent.MetricValue],
    terms: [(timestep: Int, values: [SessionEvent.MetricValue])]
  ) {
    let bound = try VariationalBound(
      process, decoder: heldOut.isOfBytes ? .discretised : .continuous)
    let measure = BoundMeasure(
      bound, images: images.values(0..<images.count).map(Double.init),
      elements: images.elements, timesteps: settings.evaluation.likelihood.timesteps)
    // The reverse process is that which samples are drawn by.
    let clips = settings.sampling.clip ?? heldOut.isImage
    let result = try measure(
      estimator(
        of: images, precision: nil,
        limit: clips ? .clip(range: settings.sampling.clipRange) : .none),
      pool: pool, progress: progress)
    var values = interval(EvaluationNames.bitsPerDim, result.total)
    values += [
      .init(name: EvaluationNames.bitsPerDimPrior, value: result.prior),
      .init(name: EvaluationNames.bitsPerDimDivergences, value: result.divergences),
      .init(name: EvaluationNames.bitsPerDimDecoder, value: result.decoder),
      .init(name: EvaluationNames.bitsPerDimConstant, value: result.constant),
      .init(name: EvaluationNames.bitsPerDimWeightedError, value: result.weightedError),
      .init(name: EvaluationNames.noiseError, value: result.noiseError),
    ]
    if let trajectory = result.trajectory {
      values += interval(EvaluationNames.bitsPerDimTrajectory, trajectory)
    }
    let terms = result.terms.map { timestep, term in
      var values: [SessionEvent.MetricValue] = [
        .init(name: EvaluationNames.boundTerm, value: term.loss),
        .init(name: EvaluationNames.boundNoiseError, value: term.noiseError),
      ]
      // The first term is the decoder's.
      if timestep > 0 {
        values += [
          .init(name: EvaluationNames.boundConstant, value: term.constant),
          .init(name: EvaluationNames.boundWeightedError, value: term.weightedError),
        ]
        let weight = bound.weight(timestep) / log(2.0)
        if weight.isFinite {
          values.append(.init(name: EvaluationNames.boundWeight, value: weight))
        }
      }
      return (timestep, values)
    }
    return (values, terms)
  }

  private func flowLikelihood(
    of images: EvaluationImages,
    _ progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void
  ) throws -> [SessionEvent.MetricValue] {
    let elements = images.elements
    var data = images.values(0..<images.count).map(Double.init)
    if heldOut.isOfBytes {
      data = (0..<images.count).flatMap {
        Dequantisation.dequantised(
          Array(data[$0 * elements..<($0 + 1) * elements]), index: $0)
      }
    }
    let likelihood = settings.evaluation.likelihood
    let measure = FlowLikelihood(
      process, elements: elements, steps: likelihood.steps, probes: likelihood.probes)
    // Differences of half precision's outputs would be rounding alone.
    let results = try measure(
      data, estimator(of: images, precision: .fp32, limit: .none), pool: pool, progress: progress)
    let volume = heldOut.isOfBytes ? Dequantisation.logVolume(elements: elements) : 0
    let found = results.map { $0.value + volume }
    var values = interval(EvaluationNames.logLikelihood, MeanInterval(found))
    if elements > FlowLikelihood.mostExactDimensions {
      let variance = results.reduce(0) { $0 + $1.probeVariance }
      values.append(
        .init(
          name: EvaluationNames.logLikelihoodProbeError,
          value: variance.squareRoot() / Double(results.count)))
    }
    if heldOut.isOfBytes {
      values += interval(
        EvaluationNames.bitsPerDimODE,
        MeanInterval(found.map { -$0 / (Double(elements) * log(2.0)) }))
    }
    return values
  }
}
