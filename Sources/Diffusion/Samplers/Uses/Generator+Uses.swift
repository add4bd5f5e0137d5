import Kernels

/// What else a trained network is good for: images from images, on all workers. Image i is the same whatever the number of
/// images, the batches or the workers.
extension Generator {
  /// Image to image, see ``imageToImage(_:process:images:strength:indices:elements:clip:denoise:observe:)``.
  ///
  /// - Parameters:
  ///   - images: (N, H, W, C), around [−1, 1].
  ///   - indices: N of them; image i has noise i of the seed.
  ///   - classes: the class of each; nil: i modulo the network's classes.
  ///   - nullClass: the class that stands for none; nil: the network's last.
  ///   - clip: hold x̂0 within [−1, 1] where the settings leave it open.
  /// - Returns: (N, H, W, C), not clamped, and the evaluations that an image took, in the mean.
  /// - Throws: `DiffusionError` where the settings do not fit the process.
  public func edited(
    _ images: [Float], strength: Double, _ settings: SamplingSettings, indices: Range<Int>,
    classes: [Int]? = nil, nullClass: Int? = nil, clip: Bool
  ) throws -> (values: [Float], evaluations: Double) {
    let elements = predictor.elements
    try requireImages(images, indices, elements)
    return try draw(settings, indices: indices, classes: classes, nullClass: nullClass) {
      [process] places, indices, denoise, report in
      try imageToImage(
        settings, process: process, images: Self.part(images, places, elements),
        strength: strength, indices: indices, elements: elements, clip: clip, denoise: denoise,
        observe: report)
    }
  }

  /// Inpainting, see ``inpaint(_:process:images:missing:resampling:indices:elements:clip:denoise:observe:)``; the other
  /// parameters are those of ``edited(_:strength:_:indices:classes:nullClass:clip:)``.
  ///
  /// - Parameter missing: (H, W, C), whether a value is to be filled in.
  public func inpainted(
    _ images: [Float], missing: [Bool], resampling: Resampling, _ settings: SamplingSettings,
    indices: Range<Int>, classes: [Int]? = nil, nullClass: Int? = nil, clip: Bool
  ) throws -> (values: [Float], evaluations: Double) {
    let elements = predictor.elements
    try requireImages(images, indices, elements)
    return try draw(settings, indices: indices, classes: classes, nullClass: nullClass) {
      [process] places, indices, denoise, report in
      try inpaint(
        settings, process: process, images: Self.part(images, places, elements), missing: missing,
        resampling: resampling, indices: indices, elements: elements, clip: clip, denoise: denoise,
        observe: report)
    }
  }

  /// The noise that DDIM would draw images from, and what the settings' sampler makes of that again: see
  /// ``invert(_:process:images:elements:denoise:observe:)``.
  ///
  /// - Parameters:
  ///   - images: (N, H, W, C), around [−1, 1].
  ///   - classes: the class of each; nil: its place modulo the network's classes.
  ///   - clip: hold x̂0 within [−1, 1] on the way back, where the settings leave it open.
  /// - Returns: (N, H, W, C) each, and the evaluations that an image took, in the mean.
  /// - Throws: `DiffusionError` where the settings do not fit the process, or the sampler adds noise.
  public func inverted(
    _ images: [Float], _ settings: SamplingSettings, classes: [Int]? = nil, nullClass: Int? = nil,
    clip: Bool
  ) throws -> (noise: [Float], reconstruction: [Float], evaluations: Double) {
    guard predictor.network.side.estimate == 0 else {
      throw DiffusionError(
        .badInput,
        "the network is told its own last estimate (conditioning.self), which there is none of on the way from an "
          + "image to noise: it cannot be inverted")
    }
    let elements = predictor.elements
    let indices = 0..<images.count / elements
    try requireImages(images, indices, elements)
    let noise = try draw(settings, indices: indices, classes: classes, nullClass: nullClass) {
      [process] places, _, denoise, report in
      try invert(
        settings, process: process, images: Self.part(images, places, elements),
        elements: elements, denoise: denoise, observe: report)
    }
    let found = noise.values
    let again = try draw(settings, indices: indices, classes: classes, nullClass: nullClass) {
      [process] places, _, denoise, report in
      try reconstruct(
        settings, process: process, noise: Self.part(found, places, elements), elements: elements,
        clip: clip, denoise: denoise, observe: report)
    }
    return (found, again.values, noise.evaluations + again.evaluations)
  }

  /// Where a row of interpolated images begins or ends.
  public struct End: Sendable, Hashable {
    /// Which noise of the seed.
    public var noise: Int
    /// Which class; of networks that know classes.
    public var label: Int

    /// Noise `noise` of the seed, and a class.
    public init(noise: Int, label: Int = 0) {
      self.noise = noise
      self.label = label
    }
  }

  /// Rows of images between two ends: noises by slerp, classes linear in the guided prediction. The images of a row share
  /// the noise that the sampler adds on the way, that of the first end.
  ///
  /// - Parameters:
  ///   - rows: both ends of each.
  ///   - count: K, images of a row, its ends included.
  ///   - nullClass: the class that stands for none; nil: the network's last.
  ///   - clip: hold x̂0 within [−1, 1] where the settings leave it open.
  /// - Returns: (rows·K, H, W, C), row by row, and the evaluations that an image took, in the mean.
  /// - Throws: `DiffusionError` where the settings do not fit the process.
  public func interpolations(
    _ rows: [(from: End, to: End)], count: Int, _ settings: SamplingSettings,
    nullClass: Int? = nil, clip: Bool
  ) throws -> (values: [Float], evaluations: Double) {
    try check(settings)
    let elements = predictor.elements
    let shares = interpolationShares(count)
    let batch = settings.sampler.isAdaptive ? 1 : max(1, min(predictor.batch(of: count), 8))
    return try Self.spread(
      rows.count, by: 1, elements: count * elements,
      over: predictor.sharesImages(of: rows.count) ? nil : predictor.pool, progress: nil
    ) { [self] places, worker, report in
      let (from, to) = rows[places.lowerBound]
      func noise(_ index: Int) -> [Float] {
        SamplingNoise(seed: settings.seed, indices: index..<index + 1, elements: elements).start()
      }
      let ends = (from: noise(from.noise), to: noise(to.noise))
      var row = Drawn(values: [], evaluations: 0)
      for first in stride(from: 0, to: count, by: batch) {
        let part = Array(shares[first..<min(first + batch, count)])
        func denoiser(_ label: Int) -> Denoiser<Float> {
          self.denoiser(
            guidance: settings.guidanceRule, classes: [Int](repeating: label, count: part.count),
            nullClass: nullClass, worker: worker)
        }
        let drawn = try sampleAlike(
          settings, process: process,
          starts: part.flatMap {
            from.noise == to.noise ? ends.from : slerp(ends.from, ends.to, $0)
          }, index: from.noise, elements: elements, clip: clip,
          denoise: from.label == to.label
            ? denoiser(from.label)
            : interpolated(
              denoiser(from.label), denoiser(to.label), shares: part, elements: elements),
          observe: report)
        row.values += drawn.values
        row.evaluations += drawn.evaluations * part.count
      }
      row.evaluations /= max(count, 1)
      return row
    }
  }
}
