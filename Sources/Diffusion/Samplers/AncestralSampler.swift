/// Ancestral sampling (Ho 2020, algorithm 2) on a respaced grid.
///
/// x ← √ᾱ_{i−1}·β'_i/(1−ᾱ_i)·x̂_0 + √α'_i·(1−ᾱ_{i−1})/(1−ᾱ_i)·x + σ_i·z, with σ_i² = β̃'_i
/// (fixed-small) or β'_i (fixed-large) and no noise at the last step.
///
/// - Parameters:
///   - start: (N, D), standard normal.
///   - clip: hold x̂_0 within [−`clipRange`, `clipRange`].
///   - noise: z of each step.
/// - Returns: (N, D).
public func ancestral(
  from start: [Float], on schedule: RespacedSchedule, clip: Bool, clipRange: Double = 1,
  noise: NoiseSource, denoise: Denoiser, observe: SamplingObserver? = nil
) throws -> [Float] {
  let process = schedule.process
  return try descend(
    from: start, on: schedule, clip: clip, clipRange: clipRange, noise: noise, denoise: denoise,
    observe: observe
  ) { i in
    ReverseStep(
      x0: process.posteriorMeanOfX0[i],
      x: process.posteriorMeanOfXt[i],
      noise: i == 0 ? 0 : process.reverseVariance(i).squareRoot())
  }
}
