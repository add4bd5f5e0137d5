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
  var lossMeasure: HeldOutLoss?
  /// Of the trained network, where it is asked for.
  var endLoss: Double?
  var reference: ReferenceStatistics?
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
  var classifier: NoisyClassifier?

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

  struct Stopped: Error {}
}
