/// Image to image (SDEdit, Meng 2022, algorithm 1): noise is added to an image up to a level on the way, and sampling
/// goes on from there.
///
/// x = α·image + σ·ε at the level from which a share `strength` of the sampler's steps is left (to the nearest step). The
/// noise is what `sample` starts from, so that strength 1 is `sample` itself where the process ends in pure noise.
///
/// - Parameters:
///   - images: (N, D), around [−1, 1].
///   - strength: 0 (the image as it is) to 1 (hardly anything of it).
///   - indices: which samples; sample i has noise i of `settings.seed`.
///   - elements: D.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open.
///
/// Throws `DiffusionError(.badInput)` where the images, the strength or the steps do not fit, and what the denoiser or the
/// observer throws.
public func imageToImage(
  _ settings: SamplingSettings, process: NoiseProcess, images: [Float], strength: Double,
  indices: Range<Int>, elements: Int, clip: Bool, denoise: @escaping Denoiser<Float>,
  observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  try requireImages(images, indices, elements)
  guard strength >= 0, strength <= 1 else {
    throw DiffusionError(
      .badInput,
      "the strength is \(strength): it lies between 0, the image itself, and 1, all steps")
  }
  let left = Int((strength * Double(settings.steps)).rounded())
  let levels = Array(try process.levels(for: settings).suffix(left + 1))
  guard levels.count > 1 else { return Drawn(values: images, evaluations: 0) }
  let noise = SamplingNoise(seed: settings.seed, indices: indices, elements: elements).start()
  let start = zip(images, noise).map { levels[0].noised(x0: $0, noise: $1) }
  let descent = Descent(
    settings, from: start, process: process, levels: levels, indices: indices, elements: elements,
    clip: clip, denoise: denoise, observe: observe)
  let values = try settings.sampler.run(descent, settings)
  return Drawn(values: values, evaluations: descent.evaluations)
}

/// - Throws: `DiffusionError(.badInput)` unless there are as many values as the samples have.
func requireImages(_ images: [Float], _ indices: Range<Int>, _ elements: Int) throws {
  guard images.count == indices.count * elements else {
    throw DiffusionError(
      .badInput,
      "the images have \(images.count) values; \(indices.count) of \(elements) values each need "
        + "\(indices.count * elements)")
  }
}
