import Kernels
import TestSupport
import Testing

/// An operation spread over several threads gives the bits of one.
@Suite struct ShareTests {
  private func bits(
    _ layout: ParameterLayout, _ kernels: KernelSet, _ precision: Precision, crew: Int,
    _ build: (Tape) -> Tensor
  ) -> [Float] {
    let values = AlignedBuffer(layout.initialValues(seed: 1))
    let weights = Weights(layout: layout, values: values, kernels: kernels, precision: precision)
    weights.packAll()
    let tape = Tape(
      workspace: Workspace(kernels: kernels, precision: precision), weights: weights)
    let pool = WorkerPool(count: crew)
    defer { pool.end() }
    tape.reset(crew: pool)
    return Array(build(tape).values)
  }

  private func check(
    _ layout: ParameterLayout, _ what: String, _ build: (Tape) -> Tensor
  ) {
    for kernels in KernelSet.underTest() {
      for precision in Precision.allCases {
        let expected = bits(layout, kernels, precision, crew: 1, build)
        for crew in [2, 3, 7, 128] {
          let same = bits(layout, kernels, precision, crew: crew, build) == expected
          #expect(same, "\(what), \(kernels), \(precision), \(crew) threads")
        }
      }
    }
  }

  private func input(_ tape: Tape, _ shape: Shape, seed: UInt64) -> Tensor {
    let x = tape.input(shape)
    _ = x.values.update(fromContentsOf: normals(shape.elements, seed: seed))
    return x
  }

  /// Pixels that do not divide evenly, narrow outputs, one image and a few.
  @Test(arguments: [
    (1, 16, 16, 8, 24), (1, 23, 29, 16, 3), (3, 9, 7, 24, 40), (1, 5, 3, 128, 128),
    (2, 32, 32, 1, 17),
  ])
  func convolutions(count: Int, height: Int, width: Int, inputs: Int, outputs: Int) {
    let shape = Shape(count: count, height: height, width: width, channels: inputs)
    var plain = ParameterLayout()
    let convolution = Convolution("layer", from: inputs, to: outputs, in: &plain)
    check(plain, "convolution") { $0.convolution(input($0, shape, seed: 2), convolution) }
    var transposed = ParameterLayout()
    let up = Convolution(
      "layer", from: inputs, to: outputs, stride: 2, transposed: true, in: &transposed)
    check(transposed, "transposed") { $0.convolution(input($0, shape, seed: 2), up) }
    var folded = ParameterLayout()
    let spread = Convolution("layer", from: inputs, constants: 5, to: outputs, in: &folded)
    check(folded, "constant channels") { tape in
      tape.convolution(
        input(tape, shape, seed: 2),
        spreading: input(tape, Shape(count: count, channels: 5), seed: 3), spread)
    }
  }

  @Test(arguments: [(1, 32, 32, 8), (1, 16, 16, 24), (2, 9, 7, 56), (1, 32, 32, 64)])
  func groupNormSiLU(count: Int, height: Int, width: Int, channels: Int) {
    var layout = ParameterLayout()
    let norm = GroupNorm("norm", groups: 8, channels: channels, in: &layout)
    let shape = Shape(count: count, height: height, width: width, channels: channels)
    check(layout, "group norm") { tape in
      tape.groupNormSiLU(
        input(tape, shape, seed: 2), norm,
        adding: input(tape, Shape(count: count, channels: channels), seed: 3))
    }
  }

  /// More threads than heads.
  @Test(arguments: [(1, 16, 16, 3, 5), (2, 9, 11, 2, 16)])
  func attention(count: Int, height: Int, width: Int, heads: Int, size: Int) {
    let shape = Shape(count: count, height: height, width: width, channels: heads * size)
    check(ParameterLayout(), "attention") { tape in
      tape.attention(
        q: input(tape, shape, seed: 2), k: input(tape, shape, seed: 3),
        v: input(tape, shape, seed: 4), heads: heads)
    }
  }

  @Test func concatenation() {
    let (first, second) = (
      Shape(count: 1, height: 61, width: 67, channels: 24),
      Shape(count: 1, height: 61, width: 67, channels: 17)
    )
    check(ParameterLayout(), "concatenation") { tape in
      tape.concatenate(input(tape, first, seed: 2), input(tape, second, seed: 3))
    }
  }
}
