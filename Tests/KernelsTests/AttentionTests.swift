import Kernels
import TestSupport
import Testing

/// Every instruction set's attention against the plain loops: values, and gradients against central differences.
@Suite struct AttentionTests {
  struct Case: CustomTestStringConvertible {
    var count, height, width, channels, heads: Int
    /// Of q and k: how peaked the probabilities are.
    var spread: Float = 1

    var testDescription: String {
      "\(count)×\(height)×\(width), \(channels) channels, \(heads) heads, spread \(spread)"
    }
  }

  /// Tokens around the register tiles (6, 14) and panels (8, 16, 32), heads around the vectors.
  static let cases = [
    Case(count: 1, height: 1, width: 1, channels: 4, heads: 1),
    Case(count: 2, height: 3, width: 3, channels: 8, heads: 2),
    Case(count: 1, height: 4, width: 4, channels: 16, heads: 2),
    Case(count: 1, height: 5, width: 7, channels: 5, heads: 1),
    Case(count: 1, height: 4, width: 4, channels: 34, heads: 2),
    Case(count: 1, height: 3, width: 11, channels: 6, heads: 2),
    Case(count: 2, height: 2, width: 2, channels: 40, heads: 1),
  ]

  private func inputs(_ c: Case, rounded: (Float) -> Float = { $0 }) -> [(Shape, [Float])] {
    let shape = Shape(count: c.count, height: c.height, width: c.width, channels: c.channels)
    return (1...3).map { seed in
      let spread = seed == 3 ? 1 : c.spread
      return (shape, normals(shape.elements, seed: UInt64(seed)).map { rounded(spread * $0) })
    }
  }

  private func plain(_ c: Case, _ q: [Double], _ k: [Double], _ v: [Double]) -> [Double] {
    Plain.attention(
      q: q, k: k, v: v, count: c.count, pixels: c.height * c.width, channels: c.channels,
      heads: c.heads)
  }

  private func outcome(
    _ c: Case, _ inputs: [(Shape, [Float])], kernels: KernelSet, precision: Precision,
    direction: [Float]
  ) -> OperationHarness.Outcome {
    OperationHarness(kernels: kernels, precision: precision).run(
      layout: ParameterLayout(), values: [], inputs: inputs, direction: { _ in direction }
    ) { tape, x in
      tape.attention(q: x[0], k: x[1], v: x[2], heads: c.heads)
    }
  }

  @Test(arguments: cases) func float32(_ c: Case) {
    let inputs = inputs(c)
    let x = inputs.map { $0.1.map(Double.init) }
    let expected = plain(c, x[0], x[1], x[2]).map { Float($0) }
    let direction = normals(expected.count, seed: 4)
    let gradients = (0..<3).map { index in
      numericalGradient(inputs[index].1, direction: direction) { changed in
        var all = x
        all[index] = changed
        return plain(c, all[0], all[1], all[2])
      }
    }
    for kernels in KernelSet.underTest() {
      let found = outcome(c, inputs, kernels: kernels, precision: .fp32, direction: direction)
      #expect(relativeError(found.output, expected) < 2e-6, "\(kernels)")
      for (index, expected) in gradients.enumerated() {
        // One token attends to itself alone, whatever q and k are.
        if c.height * c.width == 1 && index < 2 {
          #expect(found.inputGradients[index].allSatisfy { abs($0) < 1e-6 }, "\(kernels)")
        } else {
          #expect(
            relativeError(found.inputGradients[index], expected) < 1e-5,
            "\(kernels), gradient \(index)")
        }
      }
    }
  }

  /// Scores in the hundreds, whose exponentials float32 does not hold: their largest has to come off first.
  @Test func largeScores() {
    let c = Case(count: 1, height: 3, width: 7, channels: 16, heads: 2, spread: 12)
    let inputs = inputs(c)
    let x = inputs.map { $0.1.map(Double.init) }
    let expected = plain(c, x[0], x[1], x[2]).map { Float($0) }
    let direction = normals(expected.count, seed: 4)
    for kernels in KernelSet.underTest() {
      let found = outcome(c, inputs, kernels: kernels, precision: .fp32, direction: direction)
      // A score of 300 is off by 2e-5 in float32, and so is its exponential.
      #expect(relativeError(found.output, expected) < 1e-4, "\(kernels)")
    }
  }

  /// All scores of a query far below zero, where the exponential of a score that does not exist is infinite: softmax knows
  /// no shift. Tokens around the panels, heads around the narrow outputs (4).
  @Test(arguments: [3, 4, 8, 17], [3, 9, 17, 33, 49]) func lowScores(size: Int, tokens: Int) {
    // A score of 600 is off by 4e-5 in float32; the products' operands have 24, 8 or 11 bits.
    let precisions: [(Precision, tolerance: Double)] = [
      (.fp32, 2e-4), (.bf16, 1e-2), (.fp16, 2e-3),
    ]
    let shape = Shape(count: 1, height: 1, width: tokens, channels: size)
    let c = Case(count: 1, height: 1, width: tokens, channels: size, heads: 1)
    let isShort: (Float) -> Float = { Float(roundedToFP16(roundedToBF16($0))) }
    // q·k/√d ≈ −144·√d
    let inputs: [(Shape, [Float])] = [
      (shape, normals(shape.elements, seed: 1).map { isShort(0.05 * $0 + 12) }),
      (shape, normals(shape.elements, seed: 2).map { isShort(0.05 * $0 - 12) }),
      (shape, normals(shape.elements, seed: 3).map(isShort)),
    ]
    let direction = normals(shape.elements, seed: 4).map(isShort)
    let exact = inputs.map { $0.1.map(Double.init) }
    let output = Plain.attention(
      q: exact[0], k: exact[1], v: exact[2], count: 1, pixels: tokens, channels: size, heads: 1)
    let gradients = Plain.attentionBackward(
      q: exact[0], k: exact[1], v: exact[2], dout: direction.map(Double.init), count: 1,
      pixels: tokens, channels: size, heads: 1)
    for kernels in KernelSet.underTest() {
      for (precision, tolerance) in precisions {
        let found = outcome(
          c, inputs, kernels: kernels, precision: precision, direction: direction)
        let label = "\(kernels) \(precision)"
        #expect(relativeError(found.output, output.map { Float($0) }) < tolerance, "\(label)")
        for (index, gradient) in gradients.enumerated() {
          // The scores' gradients sum to 0, and what they multiply is 12 everywhere but for one part in 240: dq and dk
          // nearly cancel.
          let error = relativeError(found.inputGradients[index], gradient.map { Float($0) })
          let allowed = index < 2 ? 300 * tolerance : 4 * tolerance
          #expect(error < allowed, "\(label), gradient \(index)")
        }
      }
    }
  }

  /// Operands that are bf16 or fp16 already; the probabilities are rounded to 8 or 11 bits before they meet v.
  @Test(arguments: [(Precision.bf16, 4e-3), (.fp16, 5e-4)])
  func shortPrecisions(precision: Precision, tolerance: Double) {
    for c in Self.cases.dropFirst() {
      let inputs = inputs(c) {
        precision == .bf16 ? roundedToBF16($0) : Float(roundedToFP16($0))
      }
      let direction = normals(inputs[0].1.count, seed: 4).map(roundedToBF16)
      let reference = outcome(
        c, inputs, kernels: .best, precision: .fp32, direction: direction)
      for kernels in KernelSet.underTest() {
        let found = outcome(
          c, inputs, kernels: kernels, precision: precision, direction: direction)
        #expect(relativeError(found.output, reference.output) < tolerance, "\(kernels) \(c)")
        for index in 0..<3 {
          #expect(
            relativeError(found.inputGradients[index], reference.inputGradients[index])
              < 2 * tolerance, "\(kernels) \(c), gradient \(index)")
        }
      }
    }
  }
}
