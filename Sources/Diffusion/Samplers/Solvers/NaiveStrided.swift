/// WRONG, on purpose: ancestral sampling that visits a strided grid with the dense chain's
/// coefficients, a mistake found in the wild.
///
/// x ← (x − β_t/√(1−ᾱ_t)·ε)/√α_t + √β_t·z, at the last step x − β_t/√(1−ᾱ_t)·ε, with t = τ_i and
/// the α_t, β_t of neighbouring timesteps. Each step takes out one dense step's noise where T/n
/// are due, so that the result is hardly denoised: for data N(0, ¼) and 50 of 1000 linear steps
/// its variance is 0.87693. Use `ancestral`; this is kept to show the difference.
///
/// There is no x̂_0 in the formula, so nothing is clipped; observers still see it.
///
/// Throws `DiffusionError(.badInput)` where the process has no table of timesteps.
public func naiveStrided<Value>(_ descent: Descent<Value>) throws -> [Value] {
  guard let dense = descent.process.table else {
    throw DiffusionError(
      .badInput,
      "sampling.sampler naive-strided strides over timesteps, and diffusion.process \(descent.process.settings.process.kind) has none: "
        + "take another sampler")
  }
  return try descent.descend { step in
    let t = Int(step.from.time.rounded())
    let isLast = step.place == 0
    let scale = isLast ? 1 : 1 / dense.alphas[t].squareRoot()
    return ReverseStep(
      x: scale,
      epsilon: -scale * dense.betas[t] / dense.sqrtOneMinusAlphasCumprod[t],
      noise: isLast ? 0 : dense.betas[t].squareRoot())
  }
}
