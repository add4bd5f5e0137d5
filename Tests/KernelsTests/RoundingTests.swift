import CKernels
import Kernels
import TestSupport
import Testing

@Suite struct RoundingTests {
  private func rounded(_ values: [Float], _ operand: wb_operand, _ kernels: KernelSet) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    kernels.table.pointee.round(&result, values, values.count, operand)
    return result
  }

  /// The first value that is not rounded as the definition says.
  private func firstDifference(
    _ operand: wb_operand, _ kernels: KernelSet, _ definition: (Float) -> Float
  ) -> Float? {
    zip(Self.values, rounded(Self.values, operand, kernels)).first { $1 != definition($0) }?.0
  }

  static let values: [Float] =
    normals(4000, seed: 1) + normals(4000, seed: 2).map { $0 * 1e-6 }
    + normals(1000, seed: 3).map { $0 * 1e4 }
    + [0, -0, 1, 65504, 65519.99, 1.0009766, 1.0004883, 6.1e-5, 5.96e-8, 2.98e-8, 2.99e-8]

  @Test func bfloat16IsTheNearest() {
    for kernels in KernelSet.underTest() {
      let wrong = firstDifference(wb_round_bf16, kernels, roundedToBF16)
      #expect(wrong == nil)
    }
  }

  @Test func float16IsTheNearest() {
    for kernels in KernelSet.underTest() {
      let wrong = firstDifference(wb_round_fp16, kernels) { Float(roundedToFP16($0)) }
      #expect(wrong == nil)
    }
  }

  @Test func infinitiesAndNaN() {
    for kernels in KernelSet.underTest() {
      let special: [Float] = [.infinity, -.infinity, .nan, 65520, -1e30, 3.4e38]
      let half = rounded(special, wb_round_fp16, kernels)
      #expect(half[0] == .infinity && half[1] == -.infinity && half[2].isNaN)
      #expect(half[3] == .infinity && half[4] == -.infinity && half[5] == .infinity)
      let brain = rounded(special, wb_round_bf16, kernels)
      #expect(brain[0] == .infinity && brain[1] == -.infinity && brain[2].isNaN)
      #expect(brain[3] == 65536 && brain[5] == .infinity)
    }
  }
}
