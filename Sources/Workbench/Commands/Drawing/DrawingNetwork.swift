import Diffusion
import Foundation
import Kernels
import Planning
import Text

/// A network that images are drawn from, and what options, overrides, its run and its own files say of how.
struct DrawingNetwork {
  let source: NetworkSource
  let options: DrawingOptions
  /// Of what is drawn: the settings' noise process, and the size of the images.
  var description: NetworkDescription
  var settings: RunSettings
  /// Settings that were overridden.
  let keys: Set<String>
  let network: any Network

  /// - Parameter count: images, where the verb has an option for that.
  /// - Throws: `Failure`, `DiffusionError`, `StoreError`, `ExperimentFileError`.
  init(_ options: DrawingOptions, count: Int? = nil) throws {
    self.options = options
    source = try NetworkSource(options.source, raw: options.raw, store: options.store)
    try source.network.requireProcess()
    (settings, keys) = try Self.settings(source, options, count: count)
    description = source.network.description
    description.diffusion = settings.diffusion
    // Its time embedding may depend on the number of noise levels.
    network = try description.makeNetwork()
  }

  /// Values of one image.
  var elements: Int { description.height * description.width * description.channels }
  /// Whether x̂0 is clipped where nobody says.
  var clips: Bool { description.height * description.width > 1 }

  /// What draws, on these workers.
  func generator(_ pool: WorkerPool) throws -> Generator {
    func predictor(_ weights: AlignedBuffer) throws -> Predictor {
      Predictor(
        network: network, values: weights, height: description.height, width: description.width,
        precision: Precision(settings.training.precision), kernels: try Engine.kernels(),
        pool: pool)
    }
    let weights = try source.weights(for: settings)
    let process = try NoiseProcess(description.diffusion)
    let guide =
      try source.guide(for: settings).map {
        try GuideNetwork(
          $0,
          guiding: source.network.origin.saysSize ? source.network.description : description,
          process: process, height: description.height, width: description.width,
          precision: Precision(settings.training.precision), kernels: try Engine.kernels(),
          pool: pool)
      } ?? weights.guide.map { GuideNetwork(try predictor($0)) }
    return Generator(
      predictor: try predictor(weights.own), process: process, guide: guide,
      classifier: try classifier(process, pool))
  }

  /// Of `sampling.classifier_guidance`; nil where there is none.
  private func classifier(_ process: NoiseProcess, _ pool: WorkerPool) throws -> NoisyClassifier? {
    guard settings.sampling.classifierGuidance != 0 else { return nil }
    let own = source.network.description
    guard source.settings != nil else {
      throw Failure(
        .usage,
        "sampling.classifier_guidance takes a classifier of the data that a run was trained on, and this is no run of the store"
      )
    }
    guard description.height == own.height, description.width == own.width else {
      throw Failure(
        .usage,
        "the classifier of sampling.classifier_guidance is of images of \(own.height)×\(own.width)")
    }
    return try settings.noisyClassifier(
      process: process, kernels: try Engine.kernels(), pool: pool)
  }

  /// Says what an image took where that is not an evaluation a step.
  func report(evaluations: Double) {
    let steps = settings.sampling.steps
    guard evaluations != Double(steps) else { return }
    let number =
      evaluations == evaluations.rounded() ? "\(Int(evaluations))" : Self.number(evaluations)
    printDiagnostic(
      "an image took \(number) evaluations of the network (\(settings.sampling.sampler.rawValue), \(steps) steps)"
    )
  }

  /// What the options and overrides make of the run's, the pipeline's or the usual settings.
  /// - Returns: them, and the keys that were overridden.
  private static func settings(
    _ source: NetworkSource, _ options: DrawingOptions, count: Int?
  ) throws -> (RunSettings, keys: Set<String>) {
    let origin = source.network.origin
    var settings = source.defaults
    if let sampler = options.sampler, sampler != settings.sampling.sampler {
      settings.sampling.sampler = sampler
      settings.sampling.eta = 0
      settings.sampling.order = nil
    }
    settings.sampling.steps = options.steps ?? settings.sampling.steps
    settings.sampling.spacing = options.spacing ?? settings.sampling.spacing
    settings.sampling.eta = options.eta ?? settings.sampling.eta
    settings.sampling.guidance = options.guidance ?? settings.sampling.guidance
    settings.sampling.count = count ?? settings.sampling.count
    settings.sampling.seed = options.seed ?? settings.sampling.seed
    if options.noClip { settings.sampling.clip = false }
    let given: [(key: String, option: String, isGiven: Bool)] = [
      ("sampling.sampler", "--sampler", options.sampler != nil),
      ("sampling.steps", "--steps", options.steps != nil),
      ("sampling.spacing", "--spacing", options.spacing != nil),
      ("sampling.eta", "--eta", options.eta != nil),
      ("sampling.guidance", "--guidance", options.guidance != nil),
      ("sampling.count", "--count", count != nil),
      ("sampling.seed", "--seed", options.seed != nil),
      ("sampling.clip", "--no-clip", options.noClip),
    ]
    let (changed, keys) = try DrawingOverrides.apply(
      options.overrides, to: settings,
      taken: Dictionary(
        uniqueKeysWithValues: given.filter(\.isGiven).map { ($0.key, $0.option) }),
      scheduler: origin.scheduler, isAssumed: !origin.saysProcess)
    if changed.sampling.eta != 0, options.eta != nil, changed.sampling.sampler != .ddim {
      throw Failure(
        .usage,
        "--eta belongs to ddim, but the sampler is \(changed.sampling.sampler.rawValue)")
    }
    source.reportAssumedProcess(keys: keys)
    if let scheduler = origin.scheduler {
      if let note = scheduler.note { printDiagnostic(note) }
      printDiagnostic(text(changed, of: scheduler))
    }
    return (changed, keys)
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  /// What a pipeline's images are drawn with.
  private static func text(_ settings: RunSettings, of scheduler: DiffusersScheduler) -> String {
    let (sampling, diffusion) = (settings.sampling, settings.diffusion)
    let range = sampling.clipRange == 1 ? "[−1, 1]" : "±\(sampling.clipRange)"
    let clip =
      sampling.threshold.map { "x̂0 within its quantile \(number($0))" }
      ?? (sampling.clip == false ? "x̂0 not clipped" : "x̂0 clipped to \(range)")
    let offset =
      sampling.spacing == .leading && sampling.stepsOffset > 0 ? " + \(sampling.stepsOffset)" : ""
    let head = "of a pipeline with \(scheduler.className): \(sampling.sampler.rawValue), "
    guard case .vp = diffusion.process else {
      return head + "\(sampling.steps) steps (\(sampling.spacing.rawValue)), "
        + "process \(diffusion.process.kind), \(clip)"
    }
    var schedule = scheduler.betaSchedule
    if diffusion.schedule != scheduler.diffusion.schedule {
      switch diffusion.schedule {
      case .linear(let start, let end):
        schedule =
          "linear from β \(number(start ?? scheduler.betaStart)) to \(number(end ?? scheduler.betaEnd))"
      case .scaledLinear, .quadratic, .exponential, .constant, .cosine, .sqrt, .sigmoid, .laplace,
        .file:
        schedule = diffusion.schedule.kind
      case .betas(let betas):
        schedule += " from β \(number(betas.first ?? 0)) to \(number(betas.last ?? 0))"
      }
    }
    return head
      + "\(sampling.steps) of \(diffusion.steps) steps (\(sampling.spacing.rawValue)\(offset)), "
      + "schedule \(schedule), \(clip)"
  }
}

extension NetworkSource {
  /// The run's settings, for a pipeline its scheduler's, for a file the usual ones; the noise process is the network's.
  var defaults: RunSettings {
    let description = network.description
    var settings =
      settings
      ?? RunSettings(
        data: DataSettings(source: .shapes), model: description.model,
        conditioning: description.conditioning, training: TrainingSettings(steps: 0),
        sampling: network.origin.scheduler?.sampling ?? SamplingSettings())
    settings.diffusion = description.diffusion
    return settings
  }

  /// Says what nobody says.
  /// - Parameter keys: settings that were overridden.
  func reportAssumedProcess(keys: Set<String>) {
    guard !network.origin.saysProcess, !keys.contains(where: { $0.hasPrefix("diffusion.") }) else {
      return
    }
    printDiagnostic(
      "the network's files do not say which noise process it was trained on: the linear schedule with "
        + "\(network.description.diffusion.steps) steps is assumed; overrides such as diffusion.schedule.kind=cosine "
        + "set another")
  }
}
