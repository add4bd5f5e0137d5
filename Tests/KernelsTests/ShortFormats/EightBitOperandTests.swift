import Kernels
import TestSupport
import Testing

/// Layers with 8-bit operands are the fp32 ones of operands that were rounded before: the same bits.
@Suite struct EightBitOperandTests {
  private static let count = 3

  /// Image by image.
  private func rounded(_ values: [Float], _ format: ShortFormat) -> [Float] {
    let stride = values.count / Self.count
    return (0..<Self.count).flatMap {
      KernelSet.best.rounded(
        Array(values[$0 * stride..<($0 + 1) * stride]), to: format, isScaled: true)
    }
  }

  private func check(
    _ layout: ParameterLayout, _ shapes: [Shape], gradients: Int,
    _ build: @escaping (Tape, [Tensor]) -> Tensor
  ) {
    let values = normals(layout.count, seed: 1)
    // Each image has a scale of its own.
    let inputs = shapes.enumerated().map { index, shape in
      (
        shape,
        normals(shape.elements, seed: UInt64(index + 2)).enumerated().map {
          $1 * [1, 40, 1e-3][$0 / shape.stride]
        }
      )
    }
    func direction(_ count: Int) -> [Float] {
      normals(count, seed: 9).enumerated().map { $1 * [1e-6, 1, 1e-9][$0 * Self.count / count] }
    }
    var weights = values
    for parameter in layout.parameters where parameter.name.hasSuffix("weight") {
      weights.replaceSubrange(
        parameter.range,
        with: KernelSet.best.rounded(
          Array(values[parameter.range]), to: .e4m3, isScaled: true))
    }
    for kernels in KernelSet.underTest() {
      let found = OperationHarness(kernels: kernels, precision: .fp8).run(
        layout: layout, values: values, inputs: inputs, direction: direction, build: build)
      let expected = OperationHarness(kernels: kernels).run(
        layout: layout, values: weights, inputs: inputs.map { ($0, rounded($1, .e4m3)) },
        direction: { rounded(direction($0), .e5m2) }, build: build)
      #expect(found.output == expected.output, "\(kernels)")
      for index in 0..<gradients {
        #expect(found.inputGradients[index] == expected.inputGradients[index], "\(kernels)")
      }
      for parameter in layout.parameters where parameter.name.hasSuffix("weight") {
        #expect(
          found.parameterGradient[parameter.range] == expected.parameterGradient[parameter.range],
          "\(kernels)")
      }
      // Summed before anything is rounded.
      let plain = OperationHarness(kernels: kernels).run(
        layout: layout, values: values, inputs: inputs, direction: direction, build: build)
      for parameter in layout.parameters where parameter.name.hasSuffix("bias") {
        #expect(
          found.parameterGradient[parameter.range] == plain.parameterGradient[parameter.range])
      }
    }
  }

  @Test(arguments: [(3, 8, 1, 1), (16, 24, 1, 3), (9, 3, 1, 3), (8, 17, 2, 3)])
  func convolutions(inputs: Int, outputs: Int, stride: Int, kernel: Int) {
    let shape = Shape(count: Self.count, height: 8, width: 6, channels: inputs)
    var layout = ParameterLayout()
    let layer = Convolution(
      "layer", from: inputs, to: outputs, kernel: kernel, stride: stride, in: &layout)
    check(layout, [shape], gradients: 1) { $0.convolution($1[0], layer) }
  }

  @Test func transposedConvolution() {
    var layout = ParameterLayout()
    let layer = Convolution(
      "layer", from: 5, to: 9, stride: 2, transposed: true, in: &layout)
    check(
      layout, [Shape(count: Self.count, height: 4, width: 3, channels: 5)], gradients: 1
    ) { $0.convolution($1[0], layer) }
  }

  @Test func linearLayer() {
    var layout = ParameterLayout()
    let layer = Linear("layer", from: 20, to: 33, in: &layout)
    check(layout, [Shape(count: Self.count, channels: 20)], gradients: 1) {
      $0.linear($1[0], layer)
    }
  }

  /// Forward alone: backwards constant channels take sums of gradients that are not rounded.
  @Test func constantChannels() {
    var layout = ParameterLayout()
    let layer = Convolution("layer", from: 3, constants: 4, to: 8, in: &layout)
    let values = normals(layout.count, seed: 1)
    var weights = values
    weights.replaceSubrange(
      layer.weight.range,
      with: KernelSet.best.rounded(Array(values[layer.weight.range]), to: .e4m3, isScaled: true))
    let inputs = [
      Shape(count: Self.count, height: 4, width: 5, channels: 3),
      Shape(count: Self.count, channels: 4),
    ].map { ($0, normals($0.elements, seed: 7)) }
    for kernels in KernelSet.underTest() {
      func output(_ precision: Precision, _ values: [Float], _ inputs: [(Shape, [Float])])
        -> [Float]
      {
        OperationHarness(kernels: kernels, precision: precision).run(
          layout: layout, values: values, inputs: inputs, direction: { normals($0, seed: 9) }
        ) { $0.convolution($1[0], spreading: $1[1], layer) }.output
      }
      #expect(
        output(.fp8, values, inputs)
          == output(.fp32, weights, inputs.map { ($0, rounded($1, .e4m3)) }), "\(kernels)")
    }
  }

  /// The kernel that is made of the weight is what is rounded: about as far from fp32 as e4m3 is coarse.
  @Test func upsamplingConvolution() {
    var layout = ParameterLayout()
    let layer = Convolution(upsampling: "layer", from: 6, to: 8, in: &layout)
    let shape = Shape(count: Self.count, height: 3, width: 4, channels: 6)
    let inputs = [(shape, normals(shape.elements, seed: 3))]
    for kernels in KernelSet.underTest() {
      func run(_ precision: Precision) -> OperationHarness.Outcome {
        OperationHarness(kernels: kernels, precision: precision).run(
          layout: layout, values: normals(layout.count, seed: 1), inputs: inputs,
          direction: { normals($0, seed: 9) }
        ) { $0.convolution($1[0], layer) }
      }
      let (found, exact) = (run(.fp8), run(.fp32))
      let errors = [
        relativeError(found.output, exact.output),
        relativeError(found.inputGradients[0], exact.inputGradients[0]),
        relativeError(
          Array(found.parameterGradient[layer.weight.range]),
          Array(exact.parameterGradient[layer.weight.range])),
      ]
      for error in errors { #expect((0.01...0.1).contains(error), "\(kernels): \(error)") }
    }
  }
}
