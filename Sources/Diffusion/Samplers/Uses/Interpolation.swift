import Foundation

/// Spherical interpolation (Shoemake 1985): along the great circle from one vector to another at constant speed, which
/// keeps the length that noise has; a straight line between two of them passes through shorter vectors than any noise is.
///
/// (sin((1 − t)·θ)·a/|a| + sin(t·θ)·b/|b|)/sin θ, times (1 − t)·|a| + t·|b|; θ is the angle between them. Both ends come out
/// bit for bit. Vectors along one line are interpolated on it.
///
/// - Parameters:
///   - a: at t = 0.
///   - b: at t = 1, as many values.
public func slerp(_ a: [Float], _ b: [Float], _ t: Double) -> [Float] {
  precondition(a.count == b.count, "\(a.count) values and \(b.count)")
  var (product, squareA, squareB) = (0.0, 0.0, 0.0)
  for (a, b) in zip(a, b) {
    product += Double(a) * Double(b)
    squareA += Double(a) * Double(a)
    squareB += Double(b) * Double(b)
  }
  let (lengthA, lengthB) = (squareA.squareRoot(), squareB.squareRoot())
  let cosine = max(-1, min(1, product / (lengthA * lengthB)))
  let angle = acos(cosine)
  var (weightA, weightB) = (1 - t, t)
  // A length of 0 makes the angle NaN.
  if sin(angle) > 1e-6 {
    let length = (1 - t) * lengthA + t * lengthB
    weightA = sin((1 - t) * angle) / sin(angle) * (length / lengthA)
    weightB = sin(t * angle) / sin(angle) * (length / lengthB)
  }
  return zip(a, b).map { Float(weightA * Double($0) + weightB * Double($1)) }
}

/// The share t of each of n images between two ends, both included.
public func interpolationShares(_ count: Int) -> [Double] {
  (0..<count).map { count > 1 ? Double($0) / Double(count - 1) : 0 }
}

/// (1 − t)·first + t·second of what two denoisers predict, each sample with its own t: between two classes, linear in the
/// prediction that guidance gives.
///
/// - Parameters:
///   - shares: t of each sample.
///   - elements: D, values of one sample.
public func interpolated(
  _ first: @escaping Denoiser<Float>, _ second: @escaping Denoiser<Float>, shares: [Double],
  elements: Int
) -> Denoiser<Float> {
  var other: [Float] = []
  return { x, level, output in
    if other.count != output.count { other = output }
    try first(x, level, &output)
    try second(x, level, &other)
    for k in output.indices {
      let t = Float(shares[k / elements])
      output[k] = (1 - t) * output[k] + t * other[k]
    }
  }
}

/// Draws samples that have all their random numbers in common but where they start: what a sampler adds on the way would
/// else hide what the start makes of them.
///
/// - Parameters:
///   - starts: (K, D), standard normals that they start from.
///   - index: whose noise of `settings.seed` all have on the way.
///   - elements: D.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open.
///
/// Throws `DiffusionError(.badInput)` where the steps do not fit the process, and what the denoiser or the observer throws.
public func sampleAlike(
  _ settings: SamplingSettings, process: NoiseProcess, starts: [Float], index: Int, elements: Int,
  clip: Bool, denoise: @escaping Denoiser<Float>, observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  let levels = try process.levels(for: settings)
  let scale = Float(process.startScale(at: levels[0]))
  let noise = settings.noise(
    of: index..<index + 1, elements: elements, process: process, levels: levels)
  var one = [Float](repeating: 0, count: elements)
  let descent = Descent<Float>(
    from: scale == 1 ? starts : starts.map { scale * $0 }, process: process, levels: levels,
    elements: elements, limit: settings.limit(clips: clip),
    noise: { draw, z in
      noise(draw, &one)
      for k in z.indices { z[k] = one[k % elements] }
    }, denoise: denoise, observe: observe)
  let values = try settings.sampler.run(descent, settings)
  return Drawn(values: values, evaluations: descent.evaluations)
}
