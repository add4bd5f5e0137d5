import Kernels

extension RunSession {
  func sampleAndEvaluate(
    step: Int, final: Bool, shows: Bool = true, shouldStop: @escaping @Sendable () -> Bool,
    handle: (SessionEvent) throws -> Void
  ) throws {
    let count = max(settings.sampling.count, measuresSamples ? settings.evaluation.images : 0)
    let samples = try sample(
      count, step: step, final: final, shows: shows, shouldStop: shouldStop, handle: handle)
    try evaluate(
      step: step, samples: samples, final: final, shouldStop: shouldStop, handle: handle)
  }

  /// Samples and measures under way, where `sampling.every` and `evaluation.every` ask for them.
  func lookAt(step: Int, handle: (SessionEvent) throws -> Void) throws {
    func isDue(_ every: Int?) -> Bool { every.map { step % $0 == 0 } ?? false }
    let (shows, measures) = (isDue(settings.sampling.every), isDue(settings.evaluation.every))
    guard shows || measures else { return }
    try chooseAverages()
    defer { state?.chosen = nil }
    if measures && measuresSamples {
      try sampleAndEvaluate(
        step: step, final: false, shows: shows, shouldStop: { false }, handle: handle)
      return
    }
    if shows {
      try sample(
        settings.sampling.count, step: step, final: false, shouldStop: { false }, handle: handle)
    }
    if measures {
      try evaluate(
        step: step, samples: nil, final: false, shouldStop: { false }, handle: handle)
    }
  }

  private var measuresSamples: Bool { settings.evaluation.metrics.contains(where: \.needsSamples) }

  /// Draws images, of which the first `sampling.count` are handed out if it `shows` them.
  @discardableResult
  func sample(
    _ count: Int, step: Int, final: Bool, shows: Bool = true,
    shouldStop: @escaping @Sendable () -> Bool, handle: (SessionEvent) throws -> Void
  ) throws -> SampledImages {
    let start = SuspendingClock.now
    let report: @Sendable (Int, Int) throws -> Void = { [progress] done, total in
      if shouldStop() { throw Stopped() }
      progress(.init(phase: .sample, done: done, of: total, loss: nil, imagesPerSecond: nil))
    }
    let (values, evaluations) =
      try generator()?.images(
        settings.sampling, indices: 0..<count, vectors: vectors(count),
        conditions: conditions(count), clip: data.isImage, progress: report)
      ?? oracle?.samples(
        settings.sampling, count: count, clip: data.isImage, pool: pool, progress: report)
      ?? ([], 0)
    let images = SampledImages(
      values: values, height: data.height, width: data.width, channels: data.channels,
      labels: classes > 0 ? (0..<count).map { $0 % classes } : [])
    let seconds = (SuspendingClock.now - start).seconds
    if final {
      try handle(
        .logged(
          step: step,
          values: [
            .init(name: "speed/samples_per_second", value: Double(count) / max(seconds, 1e-9)),
            .init(name: "sample/evaluations", value: evaluations),
          ]))
    }
    if shows {
      try handle(
        .sampled(step: step, final: final, images: images.prefix(settings.sampling.count)))
    }
    return images
  }

  /// What samples are conditioned on, where it is a vector: that of the held-out image or point of the same place, again
  /// and again. (count, D + 1).
  private func vectors(_ count: Int) -> [Float]? {
    description?.vector.map { vector in
      (0..<count).flatMap { vector.row(heldOut, $0 % max(heldOut.count, 1)) }
    }
  }

  /// The numbers that the first samples are conditioned on, in the data's units; nil where there are none.
  package func sampledConditions(_ count: Int) -> PointTable? {
    guard let vector = description?.vector, heldOut.count > 0, count > 0 else { return nil }
    return PointTable(
      (0..<count).flatMap { heldOut.condition($0 % heldOut.count) },
      dimensions: vector.names.count)
  }

  /// That samples are drawn of; 0 where nothing is conditioned on them.
  var classes: Int {
    let told = network?.classes ?? oracle?.classes ?? 0
    return told == 0 && settings.sampling.classifierGuidance != 0 ? data.classes : told
  }

  /// - Parameters:
  ///   - precision: nil: that of the training.
  ///   - weights: nil: those that samples are drawn by.
  func predictor(_ precision: Precision? = nil, weights: AlignedBuffer? = nil) -> Predictor? {
    guard let network, let state else { return nil }
    return Predictor(
      network: network, values: weights ?? state.best, height: data.height, width: data.width,
      precision: precision ?? Precision(settings.training.precision), kernels: kernels, pool: pool)
  }

  /// What draws; nil where nothing is trained.
  /// - Throws: `DiffusionError` where the guide does not fit.
  func generator() throws -> Generator? {
    guard let predictor = predictor(), let description else { return nil }
    let guide =
      try self.guide.map {
        try GuideNetwork(
          $0, guiding: description, process: process,
          precision: Precision(settings.training.precision), kernels: kernels, pool: pool)
      } ?? guideWeights.flatMap { self.predictor(weights: $0) }.map { GuideNetwork($0) }
    if settings.sampling.classifierGuidance != 0, classifier == nil {
      classifier = try NoisyClassifier.of(
        data, process: process, kernels: kernels, pool: pool
      ) { [progress] done, total in
        progress(.init(phase: .sample, done: done, of: total, loss: nil, imagesPerSecond: nil))
      }
    }
    return Generator(
      predictor: predictor, process: process, guide: guide, classifier: classifier)
  }
}
