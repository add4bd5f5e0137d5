/// Draws samples as the `sampling` section of an experiment asks for.
///
/// Sample i is the same whatever the range it is drawn in.
///
/// - Parameters:
///   - schedule: the process that the denoiser was trained on.
///   - indices: which samples.
///   - elements: D, values of one sample.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open (so for images).
///   - start: (N, D), the starting noise; nil: drawn from `settings.seed`.
///   - denoise: predicts the schedule's target; guidance is its own affair.
///   - observe: sees each step.
/// - Returns: (N, D), around [−1, 1] for images, not clamped.
///
/// Throws `DiffusionError(.badInput)` where the steps do not fit the process or `start` has not
/// N·D values, and what the denoiser or the observer throws.
public func sample(
  _ settings: SamplingSettings, schedule: NoiseSchedule, indices: Range<Int>, elements: Int,
  clip: Bool, start: [Float]? = nil, denoise: Denoiser, observe: SamplingObserver? = nil
) throws -> [Float] {
  let grid = try schedule.respaced(for: settings)
  let noise = SamplingNoise(seed: settings.seed, indices: indices, elements: elements)
  let start = start ?? noise.start()
  guard start.count == indices.count * elements else {
    throw DiffusionError(
      .badInput,
      "the starting noise has \(start.count) values; "
        + "\(indices.count) samples of \(elements) values need \(indices.count * elements)")
  }
  let clip = settings.clip ?? clip
  let stepNoise: NoiseSource = { noise.fill(&$1, gridIndex: $0) }

  switch settings.sampler {
  case .ddpm:
    return try ancestral(
      from: start, on: grid, clip: clip, clipRange: settings.clipRange, noise: stepNoise,
      denoise: denoise, observe: observe)
  case .ddim:
    guard settings.eta.isFinite, settings.eta >= 0 else {
      throw DiffusionError(.badInput, "sampling.eta is \(settings.eta): it must be 0 or more")
    }
    return try ddim(
      from: start, on: grid, eta: settings.eta, clip: clip, clipRange: settings.clipRange,
      noise: stepNoise, denoise: denoise, observe: observe)
  case .naiveStrided:
    return try naiveStrided(
      from: start, on: grid, noise: stepNoise, denoise: denoise, observe: observe)
  }
}
