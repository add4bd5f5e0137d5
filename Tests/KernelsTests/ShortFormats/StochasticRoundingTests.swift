import Kernels
import TestSupport
import Testing

@testable import Kernels

@Suite struct StochasticRoundingTests {
  private func rounded(
    _ values: [Float], step: Int, seed: UInt64 = 1, kernels: KernelSet = .best,
    cuts: [Int] = []
  ) -> [Float] {
    let weights = AlignedBuffer(values)
    for (from, to) in zip([0] + cuts, cuts + [values.count]) {
      kernels.roundStochastically(weights, range: from..<to, seed: seed, step: step)
    }
    return weights.array()
  }

  /// The neighbours: the upper half of the bits, and one more.
  private func neighbours(_ x: Float) -> (Float, Float) {
    let low = x.bitPattern & 0xFFFF_0000
    return (Float(bitPattern: low), Float(bitPattern: low + 0x1_0000))
  }

  /// Of 4,096 draws the mean is within five standard errors of the value, a distance of five times √(p(1−p)/4096).
  @Test func theMeanIsTheValue() {
    let values = normals(48, seed: 5) + [1.0039, -3e-9, 1.001, 0.9999]
    let draws = 4096
    var ups = [Int](repeating: 0, count: values.count)
    for step in 0..<draws {
      for (i, result) in rounded(values, step: step).enumerated() {
        let (low, high) = neighbours(values[i])
        #expect(result == low || result == high)
        if result == high { ups[i] += 1 }
      }
    }
    for (i, value) in values.enumerated() {
      let p = Double(value.bitPattern & 0xFFFF) / 65536
      let error = (p * (1 - p) / Double(draws)).squareRoot()
      #expect(abs(Double(ups[i]) / Double(draws) - p) <= 5 * error + 1e-12, "\(value)")
    }
  }

  @Test func whatIsExactStays() {
    let exact: [Float] = [0, -0.0, 1, -1.5, 0x1.02p-100, 3.0, .infinity, -.infinity]
    for kernels in KernelSet.underTest() {
      for step in 0..<50 {
        let result = rounded(exact, step: step, kernels: kernels)
        #expect(result.map(\.bitPattern) == exact.map(\.bitPattern))
      }
      #expect(rounded([.nan], step: 0, kernels: kernels)[0].isNaN)
    }
  }

  /// Place, seed and step decide: not how the weights are shared, nor the instruction set.
  @Test func theSameBitsHoweverItIsShared() {
    let values = normals(5000, seed: 6)
    let expected = rounded(values, step: 3)
    for kernels in KernelSet.underTest() {
      for cuts in [[], [8], [1024, 4096], [16, 24, 2048]] {
        #expect(rounded(values, step: 3, kernels: kernels, cuts: cuts) == expected)
      }
    }
    #expect(rounded(values, step: 4) != expected)
    #expect(rounded(values, step: 3, seed: 2) != expected)
    #expect(Set(rounded([Float](repeating: 1.002, count: 5000), step: 0)).count == 2)
  }

  /// Against the plain definition with the stream's words.
  @Test func theStreamIsItsPlace() {
    let values = normals(64, seed: 8)
    let random = CounterRandom(seed: 1)
    let result = rounded(values, step: 9)
    for i in values.indices {
      let words = random.bits(index: i / 4, image: 0, step: 9, purpose: .weightRounding)
      let word = UInt32(truncatingIfNeeded: i / 2 % 2 == 0 ? words : words >> 32)
      let bits = i % 2 == 0 ? word & 0xFFFF : word >> 16
      #expect(result[i].bitPattern == (values[i].bitPattern &+ bits) & 0xFFFF_0000)
    }
  }
}
