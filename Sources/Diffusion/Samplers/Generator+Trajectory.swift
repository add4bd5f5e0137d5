import Kernels

extension Generator {
  /// One image on its way from noise: what the sampler holds after each step, and what it believes
  /// the image to be.
  public struct Trajectory: Sendable {
    /// What the sampler starts from: (H, W, C).
    public var start: [Float]
    /// The standard normal noise in it: (H, W, C).
    public var noise: [Float]
    /// From the noisiest to the last.
    public var steps: [SamplingStep]
  }

  /// Draws one image and keeps every step of it; the last step's `x` is what ``images`` gives for it.
  ///
  /// - Parameters:
  ///   - index: which image of the seed.
  ///   - classIndex: its class; nil: the index modulo the network's classes.
  ///   - vector: (D + 1) what the network is told where it takes vectors; nil: nothing.
  ///   - condition: (H, W, channels) the image that the network is told where it takes one.
  ///   - clip: hold x̂0 within [−1, 1] where the settings leave it open.
  /// - Throws: `DiffusionError` where the settings do not fit the process.
  public func trajectory(
    _ settings: SamplingSettings, index: Int, classIndex: Int? = nil, vector: [Float]? = nil,
    condition: [Float]? = nil, clip: Bool
  ) throws -> Trajectory {
    try check(settings, conditions: condition)
    let label = classIndex ?? index % max(classes, 1)
    var steps: [SamplingStep] = []
    _ = try sample(
      settings, process: process, indices: index..<index + 1, elements: predictor.elements,
      clip: clip,
      denoise: denoiser(
        guidance: settings.guidanceRule, classes: [label], vectors: vector, conditions: condition,
        worker: nil)
    ) { steps.append($0) }
    let noise = SamplingNoise(
      seed: settings.seed, indices: index..<index + 1, elements: predictor.elements)
    let scale = try Float(process.startScale(at: process.levels(for: settings)[0]))
    let drawn = noise.start()
    return Trajectory(start: drawn.map { scale * $0 }, noise: drawn, steps: steps)
  }
}

extension NetworkFile {
  /// Draws one image as the run that made this network drew it, and keeps every step.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - index: which image of `sampling.seed`.
  ///   - classIndex: its class; nil: the index modulo the network's classes.
  ///   - guide: the run's own, where it had one.
  /// - Throws: `DiffusionError` where the settings do not fit the network.
  public func trajectory(
    _ settings: RunSettings, index: Int, classIndex: Int? = nil, guide: NetworkFile? = nil
  ) throws -> Generator.Trajectory {
    let pool = WorkerPool(count: WorkerPool.processors)
    defer { pool.end() }
    let (kernels, precision) = (try Engine.kernels(), Precision(settings.training.precision))
    let process = try NoiseProcess(description.diffusion)
    let predictor = Predictor(
      network: network, values: values, height: description.height, width: description.width,
      precision: precision, kernels: kernels, pool: pool)
    let vector = try description.heldOutVectors(of: settings.data, index..<index + 1)
    let condition = try description.heldOutConditions(of: settings.data, index..<index + 1)
    return try Generator(
      predictor: predictor, process: process,
      guide: guide.map {
        try GuideNetwork(
          $0, guiding: description, process: process, precision: precision, kernels: kernels,
          pool: pool)
      },
      classifier: settings.noisyClassifier(process: process, kernels: kernels, pool: pool)
    ).trajectory(
      settings.sampling, index: index, classIndex: classIndex, vector: vector,
      condition: condition, clip: description.height * description.width > 1)
  }
}

extension NetworkDescription {
  /// What a run's samples are told of a vector: (N, D + 1) of the held-out images at these places; nil where the network
  /// takes none.
  /// - Throws: `DiffusionError` where the data cannot be read.
  func heldOutVectors(
    of data: DataSettings, _ places: Range<Int>
  ) throws(DiffusionError) -> [Float]? {
    guard conditionWidth > 0, let vector else { return nil }
    let heldOut = try DataSet.loadHeldOut(data)
    guard heldOut.conditionNames.count == vector.names.count, heldOut.count > 0 else { return nil }
    return places.flatMap { vector.row(heldOut, $0 % heldOut.count) }
  }

  /// What a run's samples are told of held-out images: (N, H, W, channels) of those at these places; nil where the network
  /// takes none.
  /// - Throws: `DiffusionError` where the data cannot be read.
  package func heldOutConditions(
    of data: DataSettings, _ places: Range<Int>
  ) throws(DiffusionError) -> [Float]? {
    guard let degradation = conditioning.degradation else { return nil }
    let heldOut = try DataSet.loadHeldOut(data)
    guard heldOut.count > 0, heldOut.height == height, heldOut.width == width,
      heldOut.channels == channels
    else { return nil }
    return degradation.conditions(heldOut, places.map { $0 % heldOut.count })
  }
}
