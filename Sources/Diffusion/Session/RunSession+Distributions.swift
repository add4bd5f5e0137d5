import Measures

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
    if metrics.contains(.errorParts), settings.sampling.sampler.isDeterministic(settings.sampling) {
      let parts = try errorParts(of: samples)
      add(EvaluationNames.errorStart, parts.start)
      if let score = parts.score { add(EvaluationNames.errorScore, score) }
      add(EvaluationNames.errorDiscretisation, parts.discretisation)
    }
    if metrics.contains(.inversionError),
      settings.sampling.sampler.isDeterministic(settings.sampling)
    {
      add(EvaluationNames.inversionError, try inversionError())
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

  /// Held-out images that are inverted, at most.
  private static let mostInverted = 256

  /// Root mean square of held-out images less what is found again of them, each told its own class.
  private func inversionError() throws -> Double {
    let count = min(settings.evaluation.images, Self.mostInverted, heldOut.count)
    let labels = (0..<count).map { heldOut.label($0) ?? classes }
    let images = heldOut.values(0..<count)
    let guidance = settings.sampling.guidanceRule
    let denoise: Denoiser<Float> =
      try generator()?.denoiser(guidance: guidance, classes: labels, worker: nil)
      ?? (oracle ?? Oracle(settings, data: data, process: process)).denoiser(
        labels: classes > 0 ? labels : nil, guidance: guidance)
    let elements = heldOut.valuesPerImage
    let noise = try invert(
      settings.sampling, process: process, images: images, elements: elements, denoise: denoise)
    let again = try reconstruct(
      settings.sampling, process: process, noise: noise.values, elements: elements,
      clip: data.isImage, denoise: denoise)
    let sum = zip(again.values, images).reduce(0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }
    return (sum / Double(max(images.count, 1))).squareRoot()
  }

  /// Of the first samples: as many as the data have, at most ``ErrorParts/most``.
  private func errorParts(of samples: SampledImages) throws -> ErrorParts {
    let count = min(samples.count, ErrorParts.most, data.count)
    let oracle = try self.oracle ?? Oracle(settings, data: data, process: process)
    let network: ((Int) -> Denoiser<Double>)? = try generator().map { generator in
      { [guidance = settings.sampling.guidanceRule] sample in
        let denoise = generator.denoiser(
          guidance: guidance, classes: [sample % max(generator.classes, 1)],
          worker: nil)
        return { x, level, output in
          var values = [Float](repeating: 0, count: x.count)
          try denoise(x.map { Float($0) }, level, &values)
          output = values.map(Double.init)
        }
      }
    }
    return try ErrorParts(
      settings.sampling, samples: samples.prefix(count).values, data: data.values(0..<count),
      elements: data.valuesPerImage, process: process,
      oracle: { oracle.denoiser(of: $0..<$0 + 1, guidance: self.settings.sampling.guidanceRule) },
      network: network)
  }
}
