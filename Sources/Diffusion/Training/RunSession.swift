import Foundation
public import Kernels
import Measures

/// One run from its data to its measures: trains, samples, evaluates, and says what happens.
///
/// It knows of no database and no terminal; it can be stopped and continued at any step.
public final class RunSession {
  /// What the session does.
  public let settings: RunSettings
  /// What it trains on.
  public let data: DataSet
  package let dataSummary: DataSummary
  /// Nil where the predictor is a closed form and nothing is trained.
  public let description: NetworkDescription?
  /// Weights and all else that training carries on; nil where nothing is trained.
  public let state: TrainingState?

  let network: (any Network)?
  /// In the network's place where nothing is trained.
  let oracle: Oracle?
  let heldOut: DataSet
  let process: NoiseProcess
  let pool: WorkerPool
  let kernels: KernelSet
  let distillation: DistillationLevels?
  private var lossMeasure: HeldOutLoss?
  /// Of the trained network, where it is asked for.
  private var endLoss: Double?
  private var reference: ReferenceStatistics?
  var features: FeatureMeasures?
  var inceptionDistance: InceptionDistance?
  /// Hash of the Inception network's weights; nil where they are not needed.
  package let inceptionHash: String?
  /// The training image nearest to each sample that was shown last, in their order and with their labels, where
  /// `memorisation` was measured; fewer where fewer were measured.
  package internal(set) var nearestImages: SampledImages?
  var distances: DistributionDistances?
  private(set) var progress: @Sendable (SessionEvent.Progress) -> Void = { _ in }

  /// Loads each snapshot of the averages that the run has kept, for `sampling.ema`; nil: those of this session, in memory.
  package var averageSnapshots: (() throws -> [() throws -> AverageSnapshot])?
  var snapshots: [AverageSnapshot] = []
  /// Weights of the guide of `sampling.guide_step`.
  var guideWeights: AlignedBuffer?
  /// What `sampling.guide` names.
  let guide: NetworkFile?
  /// Of `sampling.classifier_guidance`, once it is asked for.
  private var classifier: NoisyClassifier?

  /// How `run` ended.
  public enum Outcome: Sendable {
    /// All is trained, drawn and measured.
    case finished
    /// Asked to stop; the last event was a checkpoint.
    case stopped
    /// Has come to the step where it was to pause; the last event was a checkpoint.
    case paused
    /// Nothing is to be made of its weights: its measures were logged as NaN, and nothing was drawn.
    case diverged(Divergence)
  }

  /// - Parameters:
  ///   - initial: weights to start from, in place of random ones.
  ///   - guide: what `sampling.guide` names.
  ///   - workers: threads; nil: one a processor.
  /// - Throws: `DiffusionError` where the data are missing or do not fit the network, or the guide does not.
  public init(
    _ settings: RunSettings, initial: NetworkFile? = nil, guide: NetworkFile? = nil,
    workers: Int? = nil, kernels: KernelSet = .best
  ) throws {
    self.settings = settings
    self.guide = guide
    self.kernels = kernels
    let loaded = try LoadedData(settings.data)
    data = loaded.training
    heldOut = loaded.heldOut
    dataSummary = loaded.summary
    // Before anything is trained.
    try settings.data.augmentation.check(data)
    try FeatureMeasures.check(
      settings.evaluation.metrics, training: data, heldOut: heldOut,
      samples: settings.evaluation.images)
    inceptionHash = try settings.evaluation.inceptionFile()?.contentHash
    process = try NoiseProcess(settings.diffusion)
    if settings.sampling.classifierGuidance != 0 { try NoisyClassifier.check(data) }
    try settings.checkLikelihood(of: heldOut)
    distillation = try DistillationLevels(settings.training, process: process)
    try settings.checkTeacher(initial, process)
    if settings.model.architecture.isExact {
      oracle = try Oracle(settings, data: data, process: process)
      (network, state, description) = (nil, nil, nil)
    } else {
      oracle = nil
      var description = NetworkDescription(settings, data: data)
      description.diffusion = process.settings
      let network = try description.makeNetwork()
      try settings.sampling.check(guide, of: description, process)
      self.description = description
      self.network = network
      let values =
        try initial?.initialValues(for: description, network)
        ?? network.layout.initialValues(seed: settings.training.seed)
      state = TrainingState(
        layout: network.layout, values: values, settings: settings.training,
        timesteps: process.table?.steps ?? 0)
    }
    pool = WorkerPool(count: workers ?? WorkerPool.processors)
  }

  deinit { pool.end() }

  /// Hash of the held-out images' content, as `data.fingerprint` is of the training images'.
  package var heldOutFingerprint: String { heldOut.fingerprint }

  /// Hash of the numbers of a schedule that a file gives; nil of others.
  package var scheduleHash: String? { process.settings.scheduleHash }

  /// The trained network as a file: the average of the weights if one is kept, or the weights themselves.
  public func networkFile(raw: Bool = false) -> NetworkFile? {
    guard let description, let network, let state else { return nil }
    return NetworkFile(
      description: description, network: network, values: raw ? state.weights : state.best)
  }

  /// Whether its weights are another session's: its state has no moments to go on training with.
  package private(set) var hasAdoptedWeights = false

  /// Takes weights that another session trained in the same way: nothing is left to train.
  /// - Returns: whether they fit.
  package func adopt(best: NetworkFile, raw: NetworkFile?) -> Bool {
    guard let state, best.network.layout.shapes == state.layout.shapes else { return false }
    state.weights.update(from: (raw ?? best).values.array())
    state.ema?.update(from: best.values.array())
    state.step = settings.training.steps
    hasAdoptedWeights = true
    return true
  }

  /// Trains what is left to train, then samples and evaluates.
  /// - Parameters:
  ///   - pause: the step to pause at, with all that it measures done; nil: none. What is not trained
  ///     has no steps, and does not pause.
  ///   - shouldStop: asked at each step.
  ///   - progress: told how far the work at hand is, for a person to watch; by any thread.
  ///   - handle: gets what happens, on this thread; what it throws ends the session.
  public func run(
    pausingAt pause: Int? = nil, shouldStop: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable (SessionEvent.Progress) -> Void = { _ in },
    handle: (SessionEvent) throws -> Void
  ) throws -> Outcome {
    self.progress = progress
    do {
      if let network, let state {
        let isTrained = try train(
          network, state, pausingAt: pause, shouldStop: shouldStop, handle: handle)
        guard isTrained else {
          return pause.map { state.step >= $0 } ?? false ? .paused : .stopped
        }
      }
      // Weights that were taken over may be those of another program's time.
      if let divergence = state?.divergence(isEnd: true, checksWeights: true) { throw divergence }
      let step = state?.step ?? 0
      try chooseAverages()
      // First: what has diverged is not sampled.
      endLoss = try heldOutLoss()
      if let endLoss, !endLoss.isFinite { throw Divergence(step: step, cause: .heldOutLoss) }
      try sampleAndEvaluate(step: step, final: true, shouldStop: shouldStop, handle: handle)
      return .finished
    } catch let divergence as Divergence {
      try handle(.logged(step: divergence.step, values: measuresOfNothing))
      return .diverged(divergence)
    } catch is Stopped {
      try handle(.checkpoint(step: state?.step ?? 0))
      return .stopped
    }
  }

  private struct Stopped: Error {}

  // MARK: Training

  /// - Returns: whether training is complete.
  private func train(
    _ network: any Network, _ state: TrainingState, pausingAt pause: Int?,
    shouldStop: @Sendable () -> Bool, handle: (SessionEvent) throws -> Void
  ) throws -> Bool {
    let training = settings.training
    guard state.step < training.steps else { return true }
    let source = TrainingExamples(
      data: data, seed: training.seed, process: process,
      dropout: settings.conditioning.dropout, augmentation: settings.data.augmentation,
      tellsAugmentation: network.augmentationWidth > 0,
      timesteps: training.timesteps, hearsEstimates: network.side.estimate > 0,
      vector: description?.vector, distillation: distillation)
    let trainer = Trainer(
      network: network, state: state, settings: training, process: process, source: source,
      range: data.isImage ? -1...1 : nil, degradation: settings.conditioning.degradation,
      distillation: distillation, kernels: kernels, pool: pool)
    var meter = SpeedMeter(batch: training.examples)
    let microscope = settings.evaluation.roundingEvery.map { _ in
      RoundingMicroscope(layout: network.layout, kernels: kernels)
    }
    while state.step < training.steps {
      if shouldStop() || pause.map({ state.step >= $0 }) ?? false {
        try handle(.checkpoint(step: state.step))
        return false
      }
      let start = SuspendingClock.now
      let isExamined = isExamined(step: state.step + 1)
      let result = trainer.step(under: isExamined ? microscope : nil)
      meter.add(SuspendingClock.now - start)
      state.seconds += meter.last
      let step = result.step
      let isLast = step == training.steps
      let isCheckpoint = step % training.checkpointEvery == 0 || isLast
      let skippedInARow = state.lossScale.skippedInARow
      // Weights that are not finite mostly show in the gradients of the next step.
      let divergence = state.divergence(
        isEnd: isLast, checksWeights: isCheckpoint || skippedInARow == 1)
      if step % training.logEvery == 0 || isLast || divergence != nil {
        try handle(.logged(step: step, values: values(of: result, meter, state)))
        meter.restart()
      }
      if isExamined, let microscope {
        try handle(.logged(step: step, values: microscope.values()))
      }
      progress(
        .init(
          phase: .train, done: step, of: training.steps, loss: result.loss,
          imagesPerSecond: meter.imagesPerSecond, skippedInARow: skippedInARow))
      if let divergence { throw divergence }
      if let widths = training.emaWidths, !widths.isEmpty,
        isLast || step % training.emaEvery == 0, let snapshot = state.snapshot
      {
        if settings.sampling.needsAverages, averageSnapshots == nil {
          snapshots.append(snapshot.copied())
        }
        try handle(.averaged(snapshot))
      }
      if !isLast { try lookAt(step: step, handle: handle) }
      if isCheckpoint { try handle(.checkpoint(step: step)) }
    }
    return true
  }

  /// Whether what a step's products are made of is looked at.
  private func isExamined(step: Int) -> Bool {
    settings.evaluation.roundingEvery.map { step == 1 || step % $0 == 0 } ?? false
  }

  private func values(
    of result: Trainer.StepResult, _ meter: SpeedMeter, _ state: TrainingState
  ) -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = [
      .init(name: "train/loss", value: result.loss),
      .init(name: "train/learning_rate", value: result.learningRate),
      .init(name: "train/gradient_norm", value: result.gradientNorm),
      .init(name: "speed/images_per_second", value: meter.imagesPerSecond),
      .init(name: "time/seconds", value: state.seconds),
      .init(name: "time/unix", value: Date().timeIntervalSince1970),
    ]
    if settings.training.precision == .fp16 {
      values.append(.init(name: "train/loss_scale", value: state.lossScale.value))
    }
    // In the other precisions a step is skipped only when training has diverged: worth seeing then.
    if settings.training.precision == .fp16 || state.lossScale.skipped > 0 {
      values.append(.init(name: "train/skipped_steps", value: Double(state.lossScale.skipped)))
    }
    return values
  }

  // MARK: Sampling and measures

  private func sampleAndEvaluate(
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
  private func lookAt(step: Int, handle: (SessionEvent) throws -> Void) throws {
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
  private func sample(
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

  /// - Parameter samples: nil: only what needs none is measured.
  private func evaluate(
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
  private func heldOutLoss() throws -> Double? {
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
  private var measuresOfNothing: [SessionEvent.MetricValue] {
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
