import Kernels
import TestSupport
import Testing

/// Every instruction set's convolutions against the plain loops: values, and gradients against central differences.
@Suite struct ConvolutionTests {
  struct Case: CustomTestStringConvertible {
    var count, height, width, inputs, outputs: Int
    var kernel = 3
    var stride = 1
    var transposed = false
    var padding: Int?
    var upsampling = false

    var testDescription: String {
      "\(count)×\(height)×\(width), \(inputs)→\(outputs), \(kernel)×\(kernel)/\(stride)\(transposed ? "ᵀ" : "")"
        + (padding.map { ", padding \($0)" } ?? "") + (upsampling ? ", upsampling" : "")
    }
  }

  /// Channels around the widths of vectors (4, 8, 16) and of narrow outputs (4), images around the register tiles.
  static let cases = [
    Case(count: 1, height: 4, width: 4, inputs: 1, outputs: 1),
    Case(count: 2, height: 5, width: 3, inputs: 3, outputs: 2),
    Case(count: 1, height: 6, width: 7, inputs: 5, outputs: 3),
    Case(count: 3, height: 4, width: 5, inputs: 4, outputs: 8),
    Case(count: 1, height: 8, width: 8, inputs: 17, outputs: 16),
    Case(count: 2, height: 7, width: 5, inputs: 8, outputs: 24),
    Case(count: 1, height: 3, width: 9, inputs: 3, outputs: 40),
    Case(count: 1, height: 4, width: 4, inputs: 2, outputs: 56),
    Case(count: 1, height: 6, width: 6, inputs: 33, outputs: 5),
    Case(count: 4, height: 7, width: 6, inputs: 9, outputs: 10),
    Case(count: 2, height: 6, width: 4, inputs: 3, outputs: 8, stride: 2),
    Case(count: 1, height: 14, width: 14, inputs: 8, outputs: 17, stride: 2),
    Case(count: 1, height: 2, width: 2, inputs: 7, outputs: 33, stride: 2),
    Case(count: 2, height: 3, width: 2, inputs: 8, outputs: 4, stride: 2, transposed: true),
    Case(count: 1, height: 7, width: 7, inputs: 5, outputs: 19, stride: 2, transposed: true),
    Case(count: 3, height: 1, width: 1, inputs: 16, outputs: 8, stride: 2, transposed: true),
    Case(count: 2, height: 3, width: 3, inputs: 6, outputs: 9, kernel: 1),
    Case(count: 5, height: 1, width: 1, inputs: 10, outputs: 31, kernel: 1),
    Case(count: 2, height: 6, width: 4, inputs: 3, outputs: 8, stride: 2, padding: 0),
    Case(count: 1, height: 2, width: 6, inputs: 17, outputs: 5, stride: 2, padding: 0),
    Case(count: 2, height: 3, width: 5, inputs: 6, outputs: 9, upsampling: true),
    Case(count: 3, height: 1, width: 1, inputs: 8, outputs: 3, upsampling: true),
    Case(count: 1, height: 4, width: 4, inputs: 33, outputs: 17, upsampling: true),
  ]

  func check(
    _ c: Case, precision: Precision, rounded: (Float) -> Float, tolerance: Double
  ) {
    var layout = ParameterLayout()
    let layer =
      c.upsampling
      ? Convolution(upsampling: "layer", from: c.inputs, to: c.outputs, in: &layout)
      : Convolution(
        "layer", from: c.inputs, to: c.outputs, kernel: c.kernel, stride: c.stride,
        padding: c.padding, transposed: c.transposed, in: &layout)
    let (b, a) = (layer.weight.shape[0], layer.weight.shape[1])
    // Rounded beforehand, so that rounding in the kernel changes nothing and the plain loop is its definition. An
    // upsampling kernel sums weights before it rounds: small whole numbers stay what they are.
    let weight = normals(layer.weight.count, seed: 1).map {
      c.upsampling ? $0.rounded() : rounded($0)
    }
    let bias = normals(c.outputs, seed: 2)
    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: layer.weight.laidOut(weight))
    values.replaceSubrange(layer.bias.range, with: bias)
    let shape = Shape(count: c.count, height: c.height, width: c.width, channels: c.inputs)
    let x = normals(shape.elements, seed: 3).map(rounded)
    let size = layer.outputSize(height: c.height, width: c.width)
    let direction = normals(c.count * size.height * size.width * c.outputs, seed: 4).map(rounded)

    func plain(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
      if c.upsampling {
        let repeated = Plain.repeated(
          x, count: c.count, height: c.height, width: c.width, channels: c.inputs)
        return Plain.convolution(
          repeated, count: c.count, height: 2 * c.height, width: 2 * c.width, a: a,
          weight: weight, bias: bias, b: b, kernel: 3, stride: 1)
      }
      return c.transposed
        ? Plain.transposedConvolution(
          x, count: c.count, height: c.height, width: c.width, b: b, weight: weight, bias: bias,
          a: a, stride: c.stride)
        : Plain.convolution(
          x, count: c.count, height: c.height, width: c.width, a: a, weight: weight, bias: bias,
          b: b, kernel: c.kernel, stride: c.stride, padding: c.padding)
    }
    let (dx, dw, db) = (x.map(Double.init), weight.map(Double.init), bias.map(Double.init))
    let output = plain(dx, dw, db).map { Float($0) }
    let gradients = [
      numericalGradient(x, direction: direction) { plain($0, dw, db) },
      numericalGradient(weight, direction: direction) { plain(dx, $0, db) },
      numericalGradient(bias, direction: direction) { plain(dx, dw, $0) },
    ]
    for kernels in KernelSet.underTestBothWays() {
      let outcome = OperationHarness(kernels: kernels, precision: precision).run(
        layout: layout, values: values, inputs: [(shape, x)], direction: { _ in direction }
      ) { tape, inputs in tape.convolution(inputs[0], layer) }
      let gradient = outcome.parameterGradient
      let errors = [
        relativeError(outcome.output, output),
        relativeError(outcome.inputGradients[0], gradients[0]),
        relativeError(
          layer.weight.exported(Array(gradient[layer.weight.range])), gradients[1]),
        relativeError(Array(gradient[layer.bias.range]), gradients[2]),
      ]
      for (error, what) in zip(errors, ["output", "input", "weight", "bias"]) {
        #expect(error < tolerance, "\(kernels.label) \(precision) \(what) of \(c.testDescription)")
      }
    }
  }

  /// A sum of up to 297 products in float32: 1e-6 is a few roundings; a dropped or doubled product is above 1e-3.
  @Test(arguments: cases) func float32(_ c: Case) {
    check(c, precision: .fp32, rounded: { $0 }, tolerance: 1e-6)
  }

  /// Operands that are bf16 already: the same sums, native or emulated.
  @Test(arguments: cases) func bfloat16(_ c: Case) {
    check(c, precision: .bf16, rounded: roundedToBF16, tolerance: 1e-6)
  }

  /// What a residual block adds in the same pass: its input, and the time's vector.
  @Test func additions() {
    let shape = Shape(count: 3, height: 4, width: 5, channels: 6)
    var layout = ParameterLayout()
    let layer = Convolution("layer", from: 6, to: 6, in: &layout)
    let values = normals(layout.count, seed: 5)
    let inputs = [
      (shape, normals(shape.elements, seed: 6)), (shape, normals(shape.elements, seed: 7)),
      (Shape(count: 3, channels: 6), normals(18, seed: 8)),
    ]
    for kernels in KernelSet.underTest() {
      for precision in Precision.allCases {
        func outcome(_ build: (Tape, [Tensor]) -> Tensor) -> OperationHarness.Outcome {
          OperationHarness(kernels: kernels, precision: precision).run(
            layout: layout, values: values, inputs: inputs,
            direction: { normals($0, seed: 9) }, build: build)
        }
        let fused = outcome { tape, x in
          tape.convolution(x[0], layer, adding: x[1], offset: x[2])
        }
        let plain = outcome { tape, x in tape.convolution(x[0], layer) }
        let direction = normals(shape.elements, seed: 9)
        var expected = plain.output
        for i in expected.indices {
          expected[i] += inputs[1].1[i] + inputs[2].1[i / 120 * 6 + i % 6]
        }
        var sums = [Float](repeating: 0, count: 18)
        for (i, value) in direction.enumerated() { sums[i / 120 * 6 + i % 6] += value }
        #expect(relativeError(fused.output, expected) < 1e-6, "\(kernels) \(precision)")
        #expect(relativeError(fused.inputGradients[0], plain.inputGradients[0]) < 1e-6)
        #expect(relativeError(fused.inputGradients[1], direction) == 0)
        #expect(relativeError(fused.inputGradients[2], sums) < 1e-6)
        #expect(relativeError(fused.parameterGradient, plain.parameterGradient) < 1e-6)
      }
    }
  }

  @Test(arguments: cases) func float16(_ c: Case) {
    check(c, precision: .fp16, rounded: { Float(roundedToFP16($0)) }, tolerance: 1e-6)
  }
}

/// To nearest, ties to even, by the definition: the neighbours are compared.
func roundedToBF16(_ x: Float) -> Float {
  let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
  let above = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
  let (toBelow, toAbove) = (abs(Double(x) - Double(below)), abs(Double(above) - Double(x)))
  if toBelow != toAbove { return toBelow < toAbove ? below : above }
  return below.bitPattern & 0x1_0000 == 0 ? below : above
}

/// To 11 significant bits in the normal range of float16.
func roundedToFP16(_ x: Float) -> Double {
  guard x != 0 else { return 0 }
  let quantum = pow2(max(x.exponent, -14) - 10)
  return (Double(x) / quantum).rounded(.toNearestOrEven) * quantum
}

private func pow2(_ n: Int) -> Double { Double(sign: .plus, exponent: n, significand: 1) }
