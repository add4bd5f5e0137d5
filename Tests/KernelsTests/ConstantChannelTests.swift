import Kernels
import TestSupport
import Testing

/// Channels that are the same at every pixel, folded into the convolution, against the plain loops over all channels:
/// values, and gradients against central differences.
@Suite struct ConstantChannelTests {
  struct Case: CustomTestStringConvertible {
    var count, height, width, inputs, constants, outputs: Int
    var kernel = 3
    var stride = 1

    var testDescription: String {
      "\(count)×\(height)×\(width), \(inputs)+\(constants)→\(outputs), \(kernel)×\(kernel)/\(stride)"
    }
  }

  /// Sides of 1 and 2, where edges meet and there is no interior; channels around the widths of vectors and of
  /// narrow outputs.
  static let cases = [
    Case(count: 1, height: 1, width: 1, inputs: 1, constants: 1, outputs: 1),
    Case(count: 2, height: 1, width: 6, inputs: 2, constants: 3, outputs: 8),
    Case(count: 1, height: 5, width: 1, inputs: 3, constants: 8, outputs: 5),
    Case(count: 3, height: 2, width: 2, inputs: 1, constants: 5, outputs: 17),
    Case(count: 1, height: 2, width: 4, inputs: 3, constants: 17, outputs: 3),
    Case(count: 2, height: 3, width: 3, inputs: 3, constants: 16, outputs: 40),
    Case(count: 2, height: 7, width: 5, inputs: 1, constants: 8, outputs: 24),
    Case(count: 1, height: 6, width: 9, inputs: 5, constants: 2, outputs: 56),
    Case(count: 2, height: 2, width: 2, inputs: 3, constants: 4, outputs: 8, stride: 2),
    Case(count: 1, height: 4, width: 6, inputs: 2, constants: 9, outputs: 33, stride: 2),
    Case(count: 2, height: 3, width: 2, inputs: 2, constants: 5, outputs: 7, kernel: 1),
  ]

  /// 1e-6 is a few roundings of a float32 sum; a tap too many or too few at one edge is above 1e-3.
  private func check(
    _ c: Case, kernels: KernelSet, precision: Precision, rounded: (Float) -> Float
  ) {
    var layout = ParameterLayout()
    let layer = Convolution(
      "layer", from: c.inputs, constants: c.constants, to: c.outputs, kernel: c.kernel,
      stride: c.stride, in: &layout)
    let all = c.inputs + c.constants
    #expect(layer.weight.shape == [c.outputs, all, c.kernel, c.kernel])
    // Rounded beforehand, so that rounding in the kernels changes nothing and the plain loop is their definition.
    let weight = normals(layer.weight.count, seed: 1).map(rounded)
    let bias = normals(c.outputs, seed: 2)
    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: layer.weight.laidOut(weight))
    values.replaceSubrange(layer.bias.range, with: bias)
    let shape = Shape(count: c.count, height: c.height, width: c.width, channels: c.inputs)
    let x = normals(shape.elements, seed: 3).map(rounded)
    let vector = normals(c.count * c.constants, seed: 4).map(rounded)
    let size = layer.outputSize(height: c.height, width: c.width)
    let direction = normals(c.count * size.height * size.width * c.outputs, seed: 5).map(rounded)

    func plain(
      _ x: [Double], _ vector: [Double], _ weight: [Double], _ bias: [Double]
    ) -> [Double] {
      let wide = (0..<c.count * shape.pixels).flatMap { p in
        let image = p / shape.pixels
        return x[p * c.inputs..<(p + 1) * c.inputs]
          + vector[image * c.constants..<(image + 1) * c.constants]
      }
      return Plain.convolution(
        wide, count: c.count, height: c.height, width: c.width, a: all, weight: weight, bias: bias,
        b: c.outputs, kernel: c.kernel, stride: c.stride)
    }
    let (dx, dv) = (x.map(Double.init), vector.map(Double.init))
    let (dw, db) = (weight.map(Double.init), bias.map(Double.init))
    let outcome = OperationHarness(kernels: kernels, precision: precision).run(
      layout: layout, values: values,
      inputs: [(shape, x), (Shape(count: c.count, channels: c.constants), vector)],
      direction: { _ in direction }
    ) { tape, inputs in tape.convolution(inputs[0], spreading: inputs[1], layer) }

    let gradient = outcome.parameterGradient
    let errors = [
      ("output", relativeError(outcome.output, plain(dx, dv, dw, db).map { Float($0) })),
      (
        "input",
        relativeError(
          outcome.inputGradients[0],
          numericalGradient(x, direction: direction) { plain($0, dv, dw, db) })
      ),
      (
        "vector",
        relativeError(
          outcome.inputGradients[1],
          numericalGradient(vector, direction: direction) { plain(dx, $0, dw, db) })
      ),
      (
        "weight",
        relativeError(
          layer.weight.exported(Array(gradient[layer.weight.range])),
          numericalGradient(weight, direction: direction) { plain(dx, dv, $0, db) })
      ),
      (
        "bias",
        relativeError(
          Array(gradient[layer.bias.range]),
          numericalGradient(bias, direction: direction) { plain(dx, dv, dw, $0) })
      ),
    ]
    for (what, error) in errors {
      #expect(error < 1e-6, "\(kernels) \(precision) \(what) of \(c.testDescription)")
    }
  }

  @Test(arguments: cases) func float32(_ c: Case) {
    for kernels in KernelSet.underTest() {
      check(c, kernels: kernels, precision: .fp32, rounded: { $0 })
    }
  }

  @Test(arguments: cases) func bfloat16(_ c: Case) {
    for kernels in KernelSet.underTest() {
      check(c, kernels: kernels, precision: .bf16, rounded: roundedToBF16)
    }
  }

  @Test(arguments: cases) func float16(_ c: Case) {
    for kernels in KernelSet.underTest() {
      check(c, kernels: kernels, precision: .fp16, rounded: { Float(roundedToFP16($0)) })
    }
  }

  /// The vector and its weights are rounded as other operands are: 1 + 2^-9 is 1 in bf16.
  @Test func operandsAreRounded() {
    var layout = ParameterLayout()
    let layer = Convolution("layer", from: 1, constants: 1, to: 8, kernel: 1, in: &layout)
    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: [Float](repeating: 1 + 1 / 512, count: 16))
    let shape = Shape(count: 1, height: 1, width: 2, channels: 1)
    for kernels in KernelSet.underTest() {
      let outcome = OperationHarness(kernels: kernels, precision: .bf16).run(
        layout: layout, values: values,
        inputs: [(shape, [0, 0]), (Shape(count: 1, channels: 1), [3 + 1 / 128])],
        direction: { [Float](repeating: 1, count: $0) }
      ) { tape, inputs in tape.convolution(inputs[0], spreading: inputs[1], layer) }
      #expect(outcome.output.allSatisfy { $0 == 3 }, "\(kernels)")
      // 16 outputs see the vector, 2 pixels the weight.
      #expect(outcome.inputGradients[1] == [16], "\(kernels)")
      #expect(outcome.parameterGradient[8..<16].allSatisfy { $0 == 6 }, "\(kernels)")
    }
  }

  /// More images than are padded together: each gets its own vector's biases, the same bits as alone.
  @Test func imagesOfSeveralGroups() {
    var layout = ParameterLayout()
    let layer = Convolution("layer", from: 4, constants: 3, to: 9, in: &layout)
    let values = layout.initialValues(seed: 1)
    let shape = Shape(count: 5, height: 40, width: 40, channels: 4)
    let x = normals(shape.elements, seed: 2)
    let vector = normals(5 * 3, seed: 3)
    let direction = normals(5 * 1600 * 9, seed: 4)
    func run(_ images: Range<Int>) -> OperationHarness.Outcome {
      func part(_ values: [Float]) -> [Float] {
        let stride = values.count / 5
        return Array(values[images.lowerBound * stride..<images.upperBound * stride])
      }
      var shape = shape
      shape.count = images.count
      return OperationHarness(kernels: .best).run(
        layout: layout, values: values,
        inputs: [(shape, part(x)), (Shape(count: images.count, channels: 3), part(vector))],
        direction: { _ in part(direction) }
      ) { tape, inputs in tape.convolution(inputs[0], spreading: inputs[1], layer) }
    }
    let together = run(0..<5)
    let alone = (0..<5).map { run($0..<$0 + 1) }
    let same =
      alone.flatMap(\.output) == together.output
      && alone.flatMap { $0.inputGradients[1] } == together.inputGradients[1]
    #expect(same)
    let sum = layout.parameters[0].range.map { i in
      alone.reduce(0) { $0 + $1.parameterGradient[i] }
    }
    #expect(relativeError(Array(together.parameterGradient[layer.weight.range]), sum) < 1e-6)
  }
}
