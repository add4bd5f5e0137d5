import Kernels
import Synchronization

/// Draws images from a trained network: sampler, classifier-free guidance, all workers.
///
/// Image i is the same whatever the number of images, the batches or the workers.
public struct Generator: Sendable {
  let predictor: Predictor
  let process: NoiseProcess
  /// Of ``Guidance/Guide/network``.
  let guide: GuideNetwork?
  /// Of ``Guidance/classifier``.
  let classifier: NoisyClassifier?

  /// - Parameters:
  ///   - process: what the network was trained on.
  ///   - guide: a worse network of the same images and process, for guidance by it.
  ///   - classifier: of images that this process has noised, for guidance to its classes.
  public init(
    predictor: Predictor, process: NoiseProcess, guide: GuideNetwork? = nil,
    classifier: NoisyClassifier? = nil
  ) {
    self.predictor = predictor
    self.process = process
    self.guide = guide
    self.classifier = classifier
  }

  /// Classes that images can be drawn of: those that the network is told, or a classifier knows; 0: none.
  var classes: Int {
    predictor.network.classes > 0
      ? predictor.network.classes : classifier?.network.classes ?? 0
  }

  /// - Parameters:
  ///   - settings: sampler, steps, guidance, seed.
  ///   - indices: which images; image i starts from noise i of the seed.
  ///   - classes: the class of each; nil: i modulo the network's classes.
  ///   - vectors: (N, D + 1) what each is told where the network takes vectors, see ``VectorCondition/row(_:)``; nil: nothing.
  ///   - conditions: (N, H, W, channels of ``Degradation``), the image that each is told where the network takes one.
  ///   - nullClass: the class that stands for none; nil: the network's last.
  ///   - clip: hold x̂0 within [−1, 1] where the settings leave it open.
  ///   - start: (N, H, W, C), the starting noise; nil: drawn from the seed.
  ///   - progress: called now and then with the steps done so far of all, by any thread.
  /// - Returns: values (N, H, W, C), around [−1, 1], not clamped, and the evaluations that an image took, in the mean.
  /// - Throws: `DiffusionError` where the settings do not fit the process, and what `progress` throws.
  public func images(
    _ settings: SamplingSettings, indices: Range<Int>, classes: [Int]? = nil,
    vectors: [Float]? = nil, conditions: [Float]? = nil, nullClass: Int? = nil, clip: Bool,
    start: [Float]? = nil,
    progress: (@Sendable (_ done: Int, _ of: Int) throws -> Void)? = nil
  ) throws -> (values: [Float], evaluations: Double) {
    let elements = predictor.elements
    return try draw(
      settings, indices: indices, classes: classes, vectors: vectors, conditions: conditions,
      nullClass: nullClass, progress: progress
    ) { [process] places, indices, denoise, report in
      try sample(
        settings, process: process, indices: indices, elements: elements, clip: clip,
        start: start.map { Self.part($0, places, elements) }, denoise: denoise, observe: report)
    }
  }

  /// Draws images batch by batch on all workers, in whatever way.
  /// - Parameter draw: some of the images: their places among all, their numbers, and what denoises them.
  func draw(
    _ settings: SamplingSettings, indices: Range<Int>, classes: [Int]?, vectors: [Float]? = nil,
    conditions: [Float]? = nil, nullClass: Int?,
    progress: (@Sendable (_ done: Int, _ of: Int) throws -> Void)? = nil,
    by draw:
      @escaping @Sendable (
        _ places: Range<Int>, _ indices: Range<Int>, _ denoise: @escaping Denoiser<Float>,
        _ report: @escaping SamplingObserver
      ) throws -> Drawn
  ) throws -> (values: [Float], evaluations: Double) {
    try check(settings, conditions: conditions)
    try checkTold(indices.count, vectors: vectors, conditions: conditions)
    let labels = classes ?? indices.map { $0 % max(self.classes, 1) }
    return try Self.spread(
      indices.count,
      by: settings.sampler.isAdaptive
        ? 1 : min(predictor.batch(of: indices.count), max(8, predictor.network.leastLane)),
      elements: predictor.elements,
      over: predictor.sharesImages(of: indices.count) ? nil : predictor.pool, progress: progress
    ) { [self] places, worker, report in
      try draw(
        places,
        Range(
          uncheckedBounds: (
            indices.lowerBound + places.lowerBound, indices.lowerBound + places.upperBound
          )),
        denoiser(
          guidance: settings.guidanceRule, classes: Array(labels[places]),
          vectors: vectors.map { Self.part($0, places, predictor.network.conditionWidth) },
          conditions: conditions.map {
            Self.part(
              $0, places, predictor.height * predictor.width * predictor.network.side.condition)
          },
          nullClass: nullClass, worker: worker), report)
    }
  }

  /// The values of some images of many.
  static func part(_ values: [Float], _ places: Range<Int>, _ elements: Int) -> [Float] {
    Array(values[(places.lowerBound * elements)..<(places.upperBound * elements)])
  }

  /// Draws samples batch by batch on the workers of a pool.
  /// - Parameters:
  ///   - batch: samples that go together.
  ///   - pool: nil: one batch after the other, each on all workers.
  ///   - progress: called by any thread with the steps done so far of all.
  ///   - draw: the samples of some places, by a worker; it hands on each step.
  /// - Returns: (N, D), and the evaluations that a sample took, in the mean.
  static func spread(
    _ count: Int, by batch: Int, elements: Int, over pool: WorkerPool?,
    progress: (@Sendable (_ done: Int, _ of: Int) throws -> Void)?,
    draw:
      @escaping @Sendable (
        _ places: Range<Int>, _ worker: Int?, _ report: @escaping SamplingObserver
      ) throws -> Drawn
  ) throws -> (values: [Float], evaluations: Double) {
    let chunks = (count + batch - 1) / batch
    let results = Mutex<[Int: Result<Drawn, any Error>]>([:])
    let done = Atomic<Int>(0)
    let run: @Sendable (_ chunk: Int, _ worker: Int?) -> Void = { chunk, worker in
      let places = (chunk * batch)..<min((chunk + 1) * batch, count)
      let outcome = Result {
        try draw(places, worker) { step in
          let steps = done.wrappingAdd(places.count, ordering: .relaxed).newValue
          try progress?(steps, step.count * count)
        }
      }
      results.withLock { $0[chunk] = outcome }
    }
    if let pool {
      pool.forEach(chunks) { run($0, $1) }
    } else {
      for chunk in 0..<chunks { run(chunk, nil) }
    }
    return try results.withLock { results in
      var (values, evaluations) = ([Float](), 0)
      for chunk in 0..<chunks {
        guard let drawn = try results[chunk]?.get() else { continue }
        values += drawn.values
        evaluations += drawn.values.count / max(elements, 1) * drawn.evaluations
      }
      return (values, Double(evaluations) / Double(max(count, 1)))
    }
  }

  /// What the network says of samples of these classes, guided away from what it says of none, or from what another says
  /// of the same. One evaluation where guidance does not act, or where there is nothing to be guided to.
  ///
  /// It throws `DiffusionError(.badInput)` where another network is to guide and there is none.
  func denoiser(
    guidance: Guidance, classes: [Int], vectors: [Float]? = nil, conditions: [Float]? = nil,
    nullClass: Int? = nil, worker: Int?
  ) -> Denoiser<Float> {
    let network = predictor.network
    let (width, knowsClasses) = (network.conditionWidth, network.classes > 0)
    let vectors = width > 0 ? vectors : nil
    let null = [Int](repeating: nullClass ?? network.classes, count: classes.count)
    var told = knowsClasses ? Condition.classes(classes) : .none
    if let vectors { told = .vectors(vectors, dimension: width) }
    let own = AskedNetwork(
      predictor: predictor, process: process, told: told,
      untold: knowsClasses ? .classes(null) : .none,
      side: SideInput(of: predictor, process: process, conditions: conditions), worker: worker)
    let isTold = vectors != nil || (conditions != nil && network.side.condition > 0)
    let hasGuide = guidance.guide == .network || knowsClasses || isTold
    guard hasGuide, guidance.scale != 1 else {
      return own.remembering { x, level, output in
        own.ask(x, at: level, into: &output)
        try steer(&output, x: x, at: level, to: classes, guidance, worker)
      }
    }
    var guided = GuidedPrediction<Float>(
      guidance, process: process, elements: predictor.elements)
    let other = guide.map { asked($0, as: own, conditions: conditions) }
    func askGuide(_ x: [Float], _ level: NoiseLevel, _ output: inout [Float]) throws {
      guard guidance.guide == .network else {
        return own.ask(x, at: level, isTold: false, into: &output)
      }
      guard let guide, let other else {
        throw DiffusionError(
          .badInput,
          "sampling.guide and sampling.guide_step: the network that is to guide is not at hand")
      }
      other.ask(x, at: level, into: &output)
      process.translate(&output, x: x, at: level, from: guide.process)
    }
    // A guide that says nothing of variances leaves them to the network.
    let saysVariances =
      guidance.guide != .network
      || network.outputChannels <= (guide?.predictor.network.outputChannels ?? 0)
    var others: [Float] = []
    let denoise = own.remembering { x, level, output in
      if guidance.isGuideAlone(at: level), saysVariances {
        try askGuide(x, level, &output)
      } else {
        own.ask(x, at: level, into: &output)
        if guidance.acts(at: level) {
          if others.count != output.count { others = output }
          try askGuide(x, level, &others)
          guided.combine(&output, guide: others, x: x, level: level)
        }
      }
      try steer(&output, x: x, at: level, to: classes, guidance, worker)
    }
    return guidance.guide == .network ? other?.remembering(denoise) ?? denoise : denoise
  }

  /// Leads to classes by the classifier's gradient, where the rule says so.
  private func steer(
    _ output: inout [Float], x: [Float], at level: NoiseLevel, to classes: [Int],
    _ guidance: Guidance, _ worker: Int?
  ) throws {
    guard guidance.asksClassifier(at: level) else { return }
    guard let classifier else {
      throw DiffusionError(
        .badInput, "sampling.classifier_guidance: the classifier is not at hand")
    }
    let found = classifier.likelihoods(of: classes, x, at: level, worker: worker)
    process.steer(
      &output, along: found.gradients, strength: guidance.classifier, at: level)
  }

  /// A guide, told what the network is told.
  private func asked(
    _ guide: GuideNetwork, as own: AskedNetwork, conditions: [Float]?
  ) -> AskedNetwork {
    let hears = guide.predictor.network.side
    return AskedNetwork(
      predictor: guide.predictor, process: guide.process ?? process,
      told: guide.condition(own.told), untold: guide.condition(own.untold),
      side: hears.count > 0
        ? SideInput(of: guide.predictor, process: process, conditions: conditions) : nil,
      worker: own.worker)
  }
}
