/// What a step back in time is made of: x ← x0·x̂_0 + x·x_t + epsilon·ε + noise·z.
///
/// Every sampler here is a table of these; `descend` does the rest.
struct ReverseStep {
  var x0 = 0.0
  var x = 0.0
  var epsilon = 0.0
  /// Standard deviation of the fresh noise.
  var noise = 0.0
}

/// Walks a grid from its noisiest timestep down to data.
///
/// x̂_0 and ε are what the network's output says of them (`PredictionTarget`). x̂_0 is clipped to [−1, 1], or
/// `clipRange`, when asked, and then ε is what that x̂_0 leaves of x_t. Each element is computed in Double and rounded to Float once a step.
func descend(
  from start: [Float], on schedule: RespacedSchedule, clip: Bool, clipRange: Double = 1,
  noise: NoiseSource, denoise: Denoiser, observe: SamplingObserver?,
  step: (_ gridIndex: Int) -> ReverseStep
) throws -> [Float] {
  let prediction = schedule.process.prediction
  var x = start
  var output = [Float](repeating: 0, count: start.count)
  var z = output
  var estimate = observe == nil ? [] : output

  for i in (0..<schedule.count).reversed() {
    try denoise(x, schedule.timesteps[i], &output)
    precondition(output.count == x.count, "the denoiser changed the number of values")
    let step = step(i)
    let level = schedule.process.level(i)
    let isNoisy = step.noise > 0
    if isNoisy { noise(i, &z) }

    for k in x.indices {
      let xt = Double(x[k])
      var (x0, e) = prediction.estimates(from: Double(output[k]), xt: xt, at: level)
      if clip, !(abs(x0) <= clipRange) {
        // A NaN stays one: it must show, not turn into a grey pixel.
        x0 = x0.isNaN ? x0 : x0 < 0 ? -clipRange : clipRange
        e = level.noise(xt: xt, x0: x0)
      }
      var next = step.x0 * x0 + step.x * xt + step.epsilon * e
      if isNoisy { next += step.noise * Double(z[k]) }
      if observe != nil { estimate[k] = Float(x0) }
      x[k] = next.isNaN ? .nan : Float(next)
    }
    try observe?(
      SamplingStep(
        index: schedule.count - 1 - i, count: schedule.count, timestep: schedule.timesteps[i],
        x: x, x0: estimate))
  }
  return x
}
