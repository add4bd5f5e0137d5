/// From images to the noise that DDIM would draw them from (Song J. 2021, section 5.4), over the levels of the settings.
///
/// x̂_0 is not limited: what is cut off could not be found again.
///
/// - Parameters:
///   - images: (N, D), around [−1, 1].
///   - elements: D.
/// - Returns: (N, D), x at the noisiest level.
///
/// Throws `DiffusionError(.badInput)` where the images or the steps do not fit, and what the denoiser or the observer throws.
public func invert(
  _ settings: SamplingSettings, process: NoiseProcess, images: [Float], elements: Int,
  denoise: @escaping Denoiser<Float>, observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  try requireImages(images, 0..<images.count / max(elements, 1), elements)
  let descent = Descent<Float>(
    from: images, process: process, levels: try process.levels(for: settings).reversed(),
    elements: elements, noise: { _, _ in }, denoise: denoise, observe: observe)
  return Drawn(values: try ddimInversion(descent), evaluations: descent.evaluations)
}

/// From noise that ``invert(_:process:images:elements:denoise:observe:)`` found back to images, by a sampler that adds
/// none.
///
/// x̂_0 is limited as it is in sampling: where α is next to 0, an error of ε̂ is divided by that, and no image is found again.
///
/// - Parameters:
///   - noise: (N, D), x at the noisiest level.
///   - elements: D.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open.
///
/// Throws `DiffusionError(.badInput)` where the sampler adds noise or the steps do not fit, and what the denoiser or the
/// observer throws.
public func reconstruct(
  _ settings: SamplingSettings, process: NoiseProcess, noise: [Float], elements: Int, clip: Bool,
  denoise: @escaping Denoiser<Float>, observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  try requireImages(noise, 0..<noise.count / max(elements, 1), elements)
  guard !settings.addsNoise else {
    let names = SamplingSettings.Sampler.allCases.filter {
      !SamplingSettings(sampler: $0).addsNoise
    }.map(\.rawValue)
    throw DiffusionError(
      .badInput,
      "sampling.sampler is \(settings.sampler.rawValue) and adds noise on the way, so that no image is found again: take "
        + "\(names.alternatives), without sampling.eta and churn"
    )
  }
  let descent = Descent<Float>(
    from: noise, process: process, levels: try process.levels(for: settings), elements: elements,
    limit: settings.limit(clips: clip), noise: { _, _ in }, denoise: denoise, observe: observe)
  let values = try settings.sampler.run(descent, settings)
  return Drawn(values: values, evaluations: descent.evaluations)
}

extension SamplingSettings {
  /// Whether the sampler adds noise on the way; else the image follows from where it starts.
  package var addsNoise: Bool { !sampler.isDeterministic(self) }
}
