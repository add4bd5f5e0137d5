private import CKernels

/// Random numbers that depend on where they are used and on nothing else.
///
/// Philox 4x32-10 (Salmon 2011) keyed by the seed; the counter is (block, image, step, purpose).
/// Image i's noise is the same whatever the batch, the number of workers or the machine.
public struct CounterRandom: Sendable, Hashable {
  /// What a stream is for. A value once used never changes: it is part of every result.
  public enum Purpose: UInt32, Sendable {
    /// A network's first weights.
    case initialisation = 1
    /// The order of an epoch.
    case shuffle = 2
    /// Which images are mirrored.
    case flip = 3
    /// Timesteps of training.
    case timestep = 4
    /// ε of training.
    case trainingNoise = 5
    /// Which examples lose their condition.
    case conditionDropout = 6
    /// x_T of sampling.
    case samplingStart = 7
    /// z of each step of sampling.
    case samplingNoise = 8
    /// Timesteps of the held-out loss.
    case evaluationTimestep = 9
    /// ε of the held-out loss.
    case evaluationNoise = 10
    /// Data that are made up.
    case data = 11
    /// Which images are evaluated.
    case evaluationImages = 12
    /// Which activations dropout zeroes.
    case dropout = 13
    /// Which images are held out.
    case heldOut = 14
    /// Lines that points are projected onto to be measured.
    case projections = 21
    /// Which halves measures of samples are compared between.
    case halves = 31
    /// Middles of the Brownian paths that stochastic samplers follow.
    case brownianPath = 16
    /// Timesteps of the variational bound.
    case boundTimestep = 30
    /// Noise of the variational bound.
    case boundNoise = 32
    /// What bytes are spread by over their bins.
    case dequantisation = 33
    /// Directions in which a divergence is estimated.
    case probes = 34
    /// Which examples hear the network's own estimate.
    case selfConditioning = 40
    /// Boxes left out of images to train on.
    case mask = 41
    /// Boxes left out of held-out images.
    case evaluationMask = 42
    /// Which way bfloat16 weights are rounded.
    case weightRounding = 50
    /// Which of a distilled network's levels an example is of.
    case distillationLevel = 60
    /// How noisy the images are that a classifier is trained on.
    case classifierLevel = 64
    /// The noise in them.
    case classifierNoise = 65
    /// How far images are moved.
    case shift = 68
    /// How much brighter images are made.
    case brightness = 69
  }

  /// The generator's key: other seeds give independent streams.
  public var seed: UInt64

  /// A generator with that key.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Fills with standard normals (Box–Muller on this project's own logarithm and sine).
  public func fillNormals(
    _ out: UnsafeMutableBufferPointer<Float>, image: Int, step: Int, purpose: Purpose
  ) {
    wb_random_normals(
      out.baseAddress, out.count, seed, UInt32(image), UInt32(step), purpose.rawValue)
  }

  /// Fills with uniforms of (0, 1), 24 bits each.
  /// - Parameter part: tells apart several users of one purpose.
  public func fillUniforms(
    _ out: UnsafeMutableBufferPointer<Float>, image: Int, step: Int, purpose: Purpose,
    part: Int = 0
  ) {
    wb_random_uniforms(
      out.baseAddress, out.count, seed, UInt32(image), UInt32(step),
      purpose.rawValue | UInt32(part) << 8)
  }

  /// `count` standard normals of the stream (image, step, purpose), from its beginning.
  public func normals(count: Int, image: Int, step: Int, purpose: Purpose) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      fillNormals(
        UnsafeMutableBufferPointer(rebasing: buffer[..<count]), image: image, step: step,
        purpose: purpose)
      initialized = count
    }
  }

  /// `count` numbers in (0, 1), 24 bits each, of the stream (image, step, purpose), from its beginning.
  public func uniforms(count: Int, image: Int, step: Int, purpose: Purpose) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      fillUniforms(
        UnsafeMutableBufferPointer(rebasing: buffer[..<count]), image: image, step: step,
        purpose: purpose)
      initialized = count
    }
  }

  /// 64 random bits: words 2·index and 2·index + 1 of the stream.
  public func bits(index: Int = 0, image: Int, step: Int, purpose: Purpose) -> UInt64 {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) {
      wb_random_words(
        $0.assumingMemoryBound(to: UInt32.self).baseAddress, index / 2 * 4, 4, seed, UInt32(image),
        UInt32(step), purpose.rawValue)
    }
    return index % 2 == 0
      ? UInt64(words.1) << 32 | UInt64(words.0) : UInt64(words.3) << 32 | UInt64(words.2)
  }

  /// Uniform in 0 ..< bound, by the high half of a 64×64-bit product (bias below bound/2^64).
  public func integer(
    below bound: Int, index: Int = 0, image: Int, step: Int, purpose: Purpose
  ) -> Int {
    Int(
      bits(index: index, image: image, step: step, purpose: purpose)
        .multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A permutation of 0 ..< count (Fisher–Yates).
  public func permutation(count: Int, image: Int = 0, step: Int, purpose: Purpose) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(
        i, integer(below: i + 1, index: i, image: image, step: step, purpose: purpose))
    }
    return order
  }
}
