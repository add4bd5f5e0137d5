import Kernels

/// The best predictor of a data set's noise, in the place of a network: `model.architecture: exact`.
struct Oracle: Sendable {
  private enum Kind: Sendable {
    case gaussian(ExactGaussian)
    case mixture(ExactMixture)
  }

  private let kind: Kind
  private let process: NoiseProcess
  private let elements: Int
  /// Classes that samples are drawn of; 0 where nothing is conditioned on them.
  let classes: Int

  /// Numbers that a data set may hold to be looked through for each sample at each step.
  static let largestDataSet = 50_000_000

  /// - Throws: `DiffusionError(.badInput)` where the data are too many to be looked through.
  init(_ settings: RunSettings, data: DataSet, process: NoiseProcess) throws(DiffusionError) {
    self.process = process
    elements = data.valuesPerImage
    let isConditional = settings.conditioning.kind == .class
    if case .gaussian(let variance, let mean) = settings.data.source {
      kind = .gaussian(ExactGaussian(mean: mean, variance: variance, process: process))
      classes = 0
    } else if settings.model.architecture == .exactGaussian {
      throw DiffusionError(
        .badInput,
        "model.architecture exact-gaussian needs data.source gaussian: it is that one's closed form; exact takes any"
      )
    } else if let mixture = try settings.data.mixture() {
      kind = .mixture(ExactMixture(mixture, process: process))
      classes = isConditional ? mixture.means.count : 0
    } else {
      guard data.count > 0, data.count * elements <= Self.largestDataSet else {
        throw DiffusionError(
          .badInput,
          "model.architecture exact looks through all \(data.count) × \(elements) numbers of the data at each step, "
            + "and takes at most \(Self.largestDataSet): set data.limit or data.size")
      }
      kind = .mixture(
        ExactMixture(
          means: data.values(0..<data.count).map(Double.init), elements: elements, deviation: 0,
          classes: (0..<data.count).map { data.label($0) ?? -1 }, process: process))
      classes = isConditional ? data.classes : 0
    }
  }

  /// Draws samples on all workers: sample i is of class i modulo the classes.
  /// - Returns: (N, D), and the evaluations that a sample took, in the mean.
  /// - Throws: `DiffusionError` where the settings do not fit the process, and what `progress` throws.
  func samples(
    _ settings: SamplingSettings, count: Int, clip: Bool, pool: WorkerPool,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void
  ) throws -> (values: [Float], evaluations: Double) {
    try Generator.spread(
      count, by: settings.sampler.isAdaptive ? 1 : max(1, min(256, count / max(pool.count, 1))),
      elements: elements, over: pool, progress: progress
    ) { [self] indices, _, report in
      try sample(
        settings, process: process, indices: indices, elements: elements, clip: clip,
        denoise: denoiser(of: indices, guidance: settings.guidanceRule), observe: report)
    }
  }

  /// A `Denoiser` of these samples together: sample i is of class i modulo the classes.
  func denoiser<Value: SampleValue>(of indices: Range<Int>, guidance: Guidance) -> Denoiser<Value> {
    denoiser(labels: classes > 0 ? indices.map { $0 % classes } : nil, guidance: guidance)
  }

  /// - Parameters:
  ///   - labels: the class of each sample of a batch; nil: of none.
  ///   - guidance: towards it.
  func denoiser<Value: SampleValue>(labels: [Int]?, guidance: Guidance) -> Denoiser<Value> {
    switch kind {
    case .gaussian(let exact):
      { x, level, output in exact.denoise(x, at: level, output: &output) }
    case .mixture(let exact): exact.denoiser(labels: labels, guidance: guidance)
    }
  }
}
