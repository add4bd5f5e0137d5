public import Kernels

/// The random numbers of a batch of samples: each depends on the seed, its sample's index, its
/// step and its place in the sample, never on the batch it was drawn in.
public struct SamplingNoise: Sendable, Hashable {
  /// Where the numbers come from.
  public let random: CounterRandom
  /// Which samples the batch holds, counted over everything that is drawn with this seed.
  public let indices: Range<Int>
  /// D, values of one sample.
  public let elements: Int

  /// - Parameters:
  ///   - indices: which samples the batch holds.
  ///   - elements: D, values of one sample.
  public init(seed: UInt64, indices: Range<Int>, elements: Int) {
    random = CounterRandom(seed: seed)
    self.indices = indices
    self.elements = elements
  }

  /// x_T: (N, D), standard normal.
  public func start() -> [Float] {
    var x = [Float](repeating: 0, count: indices.count * elements)
    fill(&x, step: 0, purpose: .samplingStart)
    return x
  }

  /// z of the step at a place in the ascending grid: (N, D), standard normal.
  public func fill(_ z: inout [Float], gridIndex: Int) {
    fill(&z, step: gridIndex, purpose: .samplingNoise)
  }

  private func fill(_ values: inout [Float], step: Int, purpose: CounterRandom.Purpose) {
    values.withUnsafeMutableBufferPointer { buffer in
      for (row, image) in indices.enumerated() {
        random.fillNormals(
          UnsafeMutableBufferPointer(rebasing: buffer[row * elements..<(row + 1) * elements]),
          image: image, step: step, purpose: purpose)
      }
    }
  }
}
