/// Fills in what is missing of images (RePaint, Lugmayr 2022, algorithm 1).
///
/// After each step of the sampler what is known of x is put in the place of what it drew, noised to the level that it has
/// come to; and the walk goes back up, x ← (α_i/α_{i+1})·x + √β'·z, as `resampling` says, for both to agree. In the result
/// what is known is the image's own, bit for bit.
///
/// - Parameters:
///   - images: (N, D), around [−1, 1]; what is missing of them is not looked at.
///   - missing: (D) or (N, D), whether a value is to be filled in.
///   - resampling: how often the walk goes back: nothing else makes the missing part look at the known one.
///   - indices: which samples; sample i has noise i of `settings.seed`.
///   - elements: D.
///   - clip: hold x̂_0 within [−1, 1] where the settings leave it open.
///
/// Throws `DiffusionError(.badInput)` where the images, the mask or the steps do not fit or the sampler looks back on
/// earlier steps, and what the denoiser or the observer throws.
public func inpaint(
  _ settings: SamplingSettings, process: NoiseProcess, images: [Float], missing: [Bool],
  resampling: Resampling = Resampling(), indices: Range<Int>, elements: Int, clip: Bool,
  denoise: @escaping Denoiser<Float>, observe: SamplingObserver? = nil
) throws -> Drawn {
  try settings.check()
  try resampling.check()
  try requireImages(images, indices, elements)
  guard missing.count == elements || missing.count == images.count else {
    throw DiffusionError(
      .badInput,
      "the mask has \(missing.count) values; it needs \(elements), or \(images.count) for all images"
    )
  }
  guard settings.sampler.forgetsSteps else {
    let names = SamplingSettings.Sampler.allCases.filter(\.forgetsSteps).map(\.rawValue)
    throw DiffusionError(
      .badInput,
      "sampling.sampler is \(settings.sampler.rawValue), whose steps depend on more than the image they begin at, and "
        + "inpainting changes that after each: take \(names.alternatives)"
    )
  }
  let levels = try process.levels(for: settings)
  let places = resampling.places(of: settings.steps)
  let source = SamplingNoise(seed: settings.seed, indices: indices, elements: elements)
  var draws = 0
  var z = [Float](repeating: 0, count: images.count)
  /// Numbers of their own for each that asks: a level is visited more than once.
  func fill(_ z: inout [Float]) {
    source.fill(&z, gridIndex: draws)
    draws += 1
  }

  let scale = Float(process.startScale(at: levels[0]))
  var x = source.start().map { scale * $0 }
  var evaluations = 0
  for (number, (from, to)) in zip(places, places.dropFirst()).enumerated() {
    let (start, end) = (levels[settings.steps - from], levels[settings.steps - to])
    guard to < from else {
      fill(&z)
      let transition = Transition(from: end, to: start)
      x = Float.combine([(transition.keep.squareRoot(), x), (transition.added.squareRoot(), z)])
      continue
    }
    var x0: [Float] = []
    let step = Descent(
      from: x, process: process, levels: [start, end],
      numbering: (settings.steps - from, settings.steps), elements: elements,
      limit: settings.limit(clips: clip), noise: { fill(&$1) }, denoise: denoise,
      observe: observe == nil ? nil : { x0 = $0.x0 })
    x = try settings.sampler.run(step, settings)
    evaluations += step.evaluations
    if end.sigma > 0 { fill(&z) }
    for k in x.indices where !missing[k % missing.count] {
      x[k] = to == 0 ? images[k] : end.noised(x0: images[k], noise: z[k])
    }
    try observe?(
      SamplingStep(
        index: number, count: places.count - 1, level: start, evaluations: evaluations, x: x, x0: x0
      ))
  }
  return Drawn(values: x, evaluations: evaluations)
}

extension SamplingSettings.Sampler {
  /// Whether a step follows from the image that it begins at and noise of its own, so that something may be done to the
  /// image between two steps.
  package var forgetsSteps: Bool {
    switch self {
    case .ddpm, .ddim, .euler, .eulerAncestral, .heun, .dpm2, .dpm2Ancestral, .dpmpp2S, .edm,
      .predictorCorrector, .eulerMaruyama:
      true
    case .naiveStrided, .lms, .pndm, .deis, .dpmpp2M, .dpmpp3M, .dpmpp2MSDE, .dpmppSDE, .unipc,
      .probabilityFlow:
      false
    }
  }
}
