import Kernels

/// What a run's samples are drawn by, to ask it anything: its trained network, or the exact denoiser of its data.
package struct RunDenoiser: Sendable {
  private enum Kind: Sendable {
    case network(Generator)
    case oracle(Oracle)
  }

  private let kind: Kind
  package let process: NoiseProcess
  /// D, values of an image or vector.
  package let elements: Int
  /// That it can be told; 0: none.
  package let classes: Int
  /// Those that samples are drawn of.
  private var drawnClasses: Int {
    if case .network(let generator) = kind { generator.classes } else { classes }
  }
  private let sampling: SamplingSettings
  private let clips: Bool
  /// Of the run's own samples, what they are told of vectors.
  private let vectors: @Sendable (_ count: Int) throws -> [Float]?

  /// - Parameters:
  ///   - settings: of the run that trained the network.
  ///   - guide: the run's own, where it had one.
  /// - Throws: `DiffusionError` where they do not fit it.
  package init(_ file: NetworkFile, _ settings: RunSettings, guide: NetworkFile? = nil) throws {
    let description = file.description
    let pool = WorkerPool(count: 1)
    let kernels = try Engine.kernels()
    let precision = Precision(settings.training.precision)
    let own = Predictor(
      network: file.network, values: file.values, height: description.height,
      width: description.width, precision: precision, kernels: kernels, pool: pool)
    process = try NoiseProcess(description.diffusion)
    kind = .network(
      Generator(
        predictor: own, process: process,
        guide: try guide.map { [process] in
          try GuideNetwork(
            $0, guiding: description, process: process, precision: precision, kernels: kernels,
            pool: pool)
        },
        classifier: try settings.noisyClassifier(
          process: process, kernels: kernels, pool: pool)))
    elements = own.elements
    classes = file.network.classes
    sampling = settings.sampling
    vectors = { try description.heldOutVectors(of: settings.data, 0..<$0) }
    clips = description.height * description.width > 1
  }

  /// Of a run whose denoiser is exact.
  /// - Throws: `DiffusionError` where its data cannot be read.
  package init(exactlyFor settings: RunSettings) throws {
    let data = try DataSet.load(settings.data)
    process = try NoiseProcess(settings.diffusion)
    let oracle = try Oracle(settings, data: data, process: process)
    kind = .oracle(oracle)
    elements = data.valuesPerImage
    classes = oracle.classes
    sampling = settings.sampling
    vectors = { _ in nil }
    clips = data.isImage
  }

  /// Ends its thread.
  package func end() {
    if case .network(let generator) = kind { generator.predictor.pool.end() }
  }

  /// - Parameters:
  ///   - count: of a batch.
  ///   - classes: of each; nil: of none.
  ///   - vectors: of each, where the network takes them; nil: of none.
  ///   - guidance: towards them.
  func denoiser(
    count: Int, classes: [Int]?, vectors: [Float]? = nil, guidance: Guidance
  ) -> Denoiser<Float> {
    switch kind {
    case .network(let generator):
      generator.denoiser(
        guidance: classes == nil && vectors == nil && guidance.guide == .unconditional
          ? Guidance(scale: 0) : guidance,
        classes: classes ?? [Int](repeating: 0, count: count), vectors: vectors, worker: 0)
    case .oracle(let oracle): oracle.denoiser(labels: classes, guidance: guidance)
    }
  }

  /// The first samples of the run on their way from noise: what the sampler starts from, and each of its steps.
  ///
  /// - Returns: of (count, D) each.
  /// - Throws: `DiffusionError` where the settings do not fit the process.
  package func trajectories(_ count: Int) throws -> (start: [Float], steps: [SamplingStep]) {
    if case .network(let generator) = kind { try generator.check(sampling) }
    var steps: [SamplingStep] = []
    let labels = drawnClasses > 0 ? (0..<count).map { $0 % drawnClasses } : nil
    _ = try sample(
      sampling, process: process, indices: 0..<count, elements: elements, clip: clips,
      denoise: denoiser(
        count: count, classes: labels, vectors: vectors(count), guidance: sampling.guidanceRule)
    ) { steps.append($0) }
    let noise = SamplingNoise(seed: sampling.seed, indices: 0..<count, elements: elements)
    let scale = steps.first.map { Float(process.startScale(at: $0.level)) } ?? 1
    return (noise.start().map { scale * $0 }, steps)
  }
}
