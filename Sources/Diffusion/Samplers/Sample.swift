/// What a sampler drew.
public struct Drawn: Sendable, Hashable {
  /// (N, D), around [−1, 1] for images, not clamped.
  public var values: [Float]
  /// How often the denoiser was asked about the batch.
  public var evaluations: Int
}

/// Draws samples as the `sampling` section of an experiment asks for.
///
/// Sample i is the same whatever the range it is drawn in (`probability-flow` apart, which wants one at a time).
///
/// - Parameters:
///   - process: what the denoiser was trained on.
///   - indices: which samples.
///   - elements: D, values of one sample.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open (so for images).
///   - start: (N, D), standard normals that the sampler starts from; nil: drawn from `settings.seed`.
///   - denoise: predicts the process's target; guidance is its own affair.
///   - observe: sees each step.
///
/// Throws `DiffusionError(.badInput)` where the steps do not fit the process or `start` has not
/// N·D values, and what the denoiser or the observer throws.
public func sample(
  _ settings: SamplingSettings, process: NoiseProcess, indices: Range<Int>, elements: Int,
  clip: Bool, start: [Float]? = nil, denoise: @escaping Denoiser<Float>,
  observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  let levels = try process.levels(for: settings)
  var start =
    start ?? SamplingNoise(seed: settings.seed, indices: indices, elements: elements).start()
  guard start.count == indices.count * elements else {
    throw DiffusionError(
      .badInput,
      "the starting noise has \(start.count) values; "
        + "\(indices.count) samples of \(elements) values need \(indices.count * elements)")
  }
  let scale = Float(process.startScale(at: levels[0]))
  if scale != 1 { for k in start.indices { start[k] *= scale } }
  let descent = Descent(
    settings, from: start, process: process, levels: levels, indices: indices, elements: elements,
    clip: clip, denoise: denoise, observe: observe)
  let values = try settings.sampler.run(descent, settings)
  return Drawn(values: values, evaluations: descent.evaluations)
}

extension Descent<Float> {
  /// Down these levels as the settings say: with their noise, x̂_0 within their limit.
  /// - Parameter clip: hold x̂_0 within [−1, 1] where the settings leave it open.
  convenience init(
    _ settings: SamplingSettings, from start: [Float], process: NoiseProcess, levels: [NoiseLevel],
    indices: Range<Int>, elements: Int, clip: Bool, denoise: @escaping Denoiser<Float>,
    observe: SamplingObserver?
  ) {
    self.init(
      from: start, process: process, levels: levels, elements: elements,
      limit: settings.limit(clips: clip),
      noise: settings.noise(of: indices, elements: elements, process: process, levels: levels),
      denoise: denoise, observe: observe)
  }
}

extension SamplingSettings {
  /// What a sampler adds on the way: its own for each sample, whatever others are drawn with it.
  /// - Parameters:
  ///   - indices: which samples.
  ///   - elements: D.
  func noise(
    of indices: Range<Int>, elements: Int, process: NoiseProcess, levels: [NoiseLevel]
  ) -> NoiseSource {
    let noise = SamplingNoise(seed: seed, indices: indices, elements: elements)
    let path = BrownianPath(
      seed: seed, indices: indices, elements: elements, process: process, levels: levels,
      halves: sampler == .dpmppSDE)
    return { draw, z in
      switch draw {
      case .step(let place): noise.fill(&z, gridIndex: place)
      case .path(let from, let to): path.fill(&z, from: from, to: to)
      }
    }
  }
}
