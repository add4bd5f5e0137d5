/// WRONG, on purpose: ancestral sampling that visits a strided grid with the dense chain's
/// coefficients, a mistake found in the wild.
///
/// x ← (x − β_t/√(1−ᾱ_t)·ε)/√α_t + √β_t·z, at the last step x − β_t/√(1−ᾱ_t)·ε, with t = τ_i and
/// the α_t, β_t of neighbouring timesteps. Each step takes out one dense step's noise where T/n
/// are due, so that the result is hardly denoised: for data N(0, ¼) and 50 of 1000 linear steps
/// its variance is 0.87693. Use `ancestral`; this is kept to show the difference.
///
/// There is no x̂_0 in the formula, so nothing is clipped; observers still see it.
public func naiveStrided(
  from start: [Float], on schedule: RespacedSchedule, noise: NoiseSource, denoise: Denoiser,
  observe: SamplingObserver? = nil
) throws -> [Float] {
  let dense = schedule.dense
  return try descend(
    from: start, on: schedule, clip: false, noise: noise, denoise: denoise, observe: observe
  ) { i in
    let t = schedule.timesteps[i]
    let scale = i == 0 ? 1 : 1 / dense.alphas[t].squareRoot()
    return ReverseStep(
      x: scale,
      epsilon: -scale * dense.betas[t] / dense.sqrtOneMinusAlphasCumprod[t],
      noise: i == 0 ? 0 : dense.betas[t].squareRoot())
  }
}
