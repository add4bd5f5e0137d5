import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// Adam by the paper's algorithm 1 in double, and the average by its definition; counts around the widths of vectors.
  @Test(arguments: [1, 7, 16, 100, 1000]) func adamAndAverage(count: Int) {
    let initial = (0..<4).map { normals(count + 3, seed: UInt64($0)) }
    let gradient = normals(count + 3, seed: 9)
    let range = 2..<(count + 2)
    for kernels in KernelSet.underTest() {
      let (weights, m, average) = (
        AlignedBuffer(initial[0]), AlignedBuffer(initial[1]), AlignedBuffer(initial[3])
      )
      let v = AlignedBuffer(initial[2].map { $0 * $0 })
      kernels.adam(
        weights: weights, m: m, v: v, average: average, gradient: AlignedBuffer(gradient),
        range: range, step: 3, learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
        scale: 0.5, decay: 0.9)

      var expected = initial.map { $0.map(Double.init) }
      for i in range {
        let g = 0.5 * Double(gradient[i])
        expected[1][i] = 0.9 * expected[1][i] + 0.1 * g
        expected[2][i] = 0.999 * pow(expected[2][i], 2) + 0.001 * g * g
        expected[0][i] -=
          0.01 * expected[1][i] / (1 - pow(0.9, 3))
          / ((expected[2][i] / (1 - pow(0.999, 3))).squareRoot() + 1e-8)
        expected[3][i] = 0.9 * expected[3][i] + 0.1 * expected[0][i]
      }
      // A few roundings of float32.
      for (found, place) in [(weights, 0), (m, 1), (average, 3)] {
        let error = relativeError(found.array(), expected[place].map { Float($0) })
        #expect(error < 2e-7, "\(kernels), buffer \(place)")
      }
      let error = relativeError(Array(v.array()[range]), expected[2][range].map { Float($0) })
      #expect(error < 2e-7, "\(kernels), second moment")
      for i in [0, 1, count + 2] {
        #expect(weights.pointer[i] == initial[0][i] && average.pointer[i] == initial[3][i])
      }
    }
  }

  /// The average takes nothing from the step, and is a step's own rounding: one fused multiply-add, or two roundings
  /// where the processor is not asked for one.
  @Test func theAverageLeavesAdamAsItIs() {
    let count = 1003
    let (values, means) = (normals(count, seed: 1), normals(count, seed: 2))
    for kernels in KernelSet.underTest() {
      func step(_ average: AlignedBuffer?) -> [Float] {
        let weights = AlignedBuffer(values)
        kernels.adam(
          weights: weights, m: AlignedBuffer(count: count), v: AlignedBuffer(count: count),
          average: average, gradient: AlignedBuffer(normals(count, seed: 3)), range: 0..<count,
          step: 1, learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scale: 1,
          decay: 0.995)
        return weights.array()
      }
      let average = AlignedBuffer(means)
      let weights = step(average)
      let same = weights == step(nil)
      #expect(same, "\(kernels)")
      let rest = Float(1 - 0.995)
      let expected = zip(means, weights).map { mean, weight in
        kernels.description == "portable"
          ? mean + rest * (weight - mean) : mean.addingProduct(rest, weight - mean)
      }
      let averageIsExact = average.array() == expected
      #expect(averageIsExact, "\(kernels)")
    }
  }

  /// The same bits whatever the vectors, and the sum of squares: doubles hold the squares of floats exactly.
  @Test(arguments: [0, 1, 31, 32, 33, 1000, 32768]) func squareSums(count: Int) {
    let values = normals(count + 5, seed: 4).map { 1e15 * $0 }
    let buffer = AlignedBuffer(values)
    let range = 5..<(count + 5)
    let expected = range.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }
    let sums = KernelSet.underTest().map { $0.squareSum(buffer, range: range) }
    for sum in sums {
      // 32768 additions in another order.
      #expect(abs(sum - expected) <= 1e-13 * expected)
      #expect(sum == sums[0])
    }
  }
}
