import Kernels
import TestSupport
import Testing

/// What stands beside a pixel or an image, another's or nobody's, does not matter: not even a NaN, which a weight of zero
/// does not take away.
@Suite struct NeighbourTests {
  private struct Passes {
    let tape: Tape
    let gradients: AlignedBuffer
    let build: (Tape, Tensor) -> Tensor

    init(
      _ layout: ParameterLayout, _ kernels: KernelSet, _ precision: Precision,
      build: @escaping (Tape, Tensor) -> Tensor
    ) {
      let weights = Weights(
        layout: layout, values: AlignedBuffer(normals(layout.count, seed: 9)), kernels: kernels,
        precision: precision)
      weights.packAll()
      tape = Tape(workspace: Workspace(kernels: kernels, precision: precision), weights: weights)
      gradients = AlignedBuffer(count: layout.count)
      self.build = build
    }

    /// Output and ∂loss/∂x.
    func run(_ shape: Shape, _ x: [Float]) -> [[Float]] {
      tape.reset(gradients: gradients.pointer)
      let input = tape.variable(shape)
      _ = input.values.update(fromContentsOf: x)
      let output = build(tape, input)
      let values = Array(output.values)
      tape.backward(from: output) {
        _ = $0.update(fromContentsOf: normals(values.count, seed: 5))
      }
      return [values, tape.gradientValues(of: input) ?? []]
    }
  }

  /// Kernels, strides and channels around the narrow outputs (4) and the vectors.
  static let layers = [
    (1, 8, 3), (1, 8, 1), (1, 24, 3), (1, 64, 3), (1, 17, 2), (1, 2, 9), (1, 40, 4), (1, 8, 8),
    (3, 1, 1), (3, 5, 2), (3, 3, 24), (3, 17, 4),
  ]

  @Test(arguments: layers, Precision.allCases)
  func convolutions(layer: (Int, Int, Int), precision: Precision) {
    let (kernel, a, b) = layer
    var layout = ParameterLayout()
    let convolution = Convolution("l", from: a, to: b, kernel: kernel, in: &layout)
    let shape = Shape(count: 3, height: 2, width: 1, channels: a)
    let x = normals(shape.elements, seed: 1)
    for kernels in KernelSet.underTest() {
      func passes() -> Passes {
        Passes(layout, kernels, precision) { $0.convolution($1, convolution) }
      }
      let expected = passes().run(shape, x)
      let later = passes()
      _ = later.run(shape, x.map { _ in .nan })
      let again = later.run(shape, x)
      #expect(again == expected, "\(kernels): after a pass over NaN")

      var poisoned = x
      for i in shape.stride..<2 * shape.stride { poisoned[i] = .nan }
      for (found, expected) in zip(passes().run(shape, poisoned), expected) {
        let part = expected.count / 3
        let same =
          found[..<part] == expected[..<part] && found[(2 * part)...] == expected[(2 * part)...]
        #expect(same, "\(kernels): beside an image of NaN")
      }
    }
  }

  /// Fewer pixels than are gone through together, channels that fill no whole vectors: against the plain loops.
  @Test(arguments: [(520, 8, 1), (1032, 8, 1), (243, 27, 1), (45, 9, 3), (24, 8, 1), (5, 1, 2)])
  func normsOfFewPixels(channels: Int, groups: Int, pixels: Int) {
    var layout = ParameterLayout()
    let norm = GroupNorm("n", groups: groups, channels: channels, in: &layout)
    let values = normals(layout.count, seed: 2)
    let shape = Shape(count: 2, height: 1, width: pixels, channels: channels)
    let x = normals(shape.elements, seed: 1)
    let expected = Plain.groupNormSiLU(
      x.map(Double.init), count: 2, pixels: pixels, channels: channels, groups: groups,
      gamma: values[norm.weight.range].map(Double.init),
      beta: values[norm.bias.range].map(Double.init),
      bias: [Double](repeating: 0, count: 2 * channels)
    ).map { Float($0) }
    for kernels in KernelSet.underTest() {
      let found = OperationHarness(kernels: kernels).run(
        layout: layout, values: values, inputs: [(shape, x)], direction: { normals($0, seed: 3) }
      ) { tape, x in tape.groupNormSiLU(x[0], norm) }
      #expect(relativeError(found.output, expected) < 2e-6, "\(kernels)")
      #expect(found.inputGradients[0].allSatisfy { $0.isFinite }, "\(kernels)")
    }
  }
}
