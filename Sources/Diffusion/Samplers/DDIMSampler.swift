/// DDIM (Song J. 2021, eq. 12) on a respaced grid.
///
/// x ← √ᾱ_{i−1}·x̂_0 + √(1−ᾱ_{i−1}−σ²)·ε + σ·z, with
/// σ = η·√((1−ᾱ_{i−1})/(1−ᾱ_i))·√(1−ᾱ_i/ᾱ_{i−1}).
///
/// η = 0 is deterministic, η = 1 is ancestral sampling with the fixed-small variance. When x̂_0 is
/// clipped, ε is recomputed from it, so that the two still make up x_t.
///
/// - Parameters:
///   - start: (N, D), standard normal.
///   - eta: η.
///   - clip: hold x̂_0 within [−`clipRange`, `clipRange`].
///   - noise: z of each step; not asked where σ = 0.
/// - Returns: (N, D).
public func ddim(
  from start: [Float], on schedule: RespacedSchedule, eta: Double, clip: Bool,
  clipRange: Double = 1, noise: NoiseSource, denoise: Denoiser, observe: SamplingObserver? = nil
) throws -> [Float] {
  let process = schedule.process
  return try descend(
    from: start, on: schedule, clip: clip, clipRange: clipRange, noise: noise, denoise: denoise,
    observe: observe
  ) { i in
    let previous = process.alphasCumprodPrevious[i]
    let variance = eta * eta * process.posteriorVariance[i]
    return ReverseStep(
      x0: previous.squareRoot(),
      epsilon: max(0, 1 - previous - variance).squareRoot(),
      noise: variance.squareRoot())
  }
}
