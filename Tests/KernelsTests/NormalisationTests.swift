import Kernels
import TestSupport
import Testing

@Suite struct NormalisationTests {
  /// Channels a multiple of the groups; 8 channels in 8 groups leave one channel a group.
  @Test(arguments: [
    (1, 3, 8, 8), (2, 16, 8, 8), (2, 9, 24, 8), (1, 25, 40, 8), (1, 4, 56, 8), (3, 2, 16, 8),
  ])
  func groupNormSiLU(count: Int, pixels: Int, channels: Int, groups: Int) {
    var layout = ParameterLayout()
    let layer = GroupNorm("norm", groups: groups, channels: channels, in: &layout)
    let gamma = normals(channels, seed: 1)
    let beta = normals(channels, seed: 2)
    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: gamma)
    values.replaceSubrange(layer.bias.range, with: beta)
    let shape = Shape(count: count, height: 1, width: pixels, channels: channels)
    // Off centre, so that a variance about zero would show.
    let x = normals(shape.elements, seed: 3).map { 2 * $0 + 3 }
    let bias = normals(count * channels, seed: 4)
    let direction = normals(shape.elements, seed: 5)

    func plain(
      _ x: [Double], _ gamma: [Double], _ beta: [Double], _ bias: [Double]
    ) -> [Double] {
      Plain.groupNormSiLU(
        x, count: count, pixels: pixels, channels: channels, groups: groups, gamma: gamma,
        beta: beta, bias: bias)
    }
    let (dx, dg, db, dt) = (
      x.map(Double.init), gamma.map(Double.init), beta.map(Double.init), bias.map(Double.init)
    )
    for kernels in KernelSet.underTest() {
      let outcome = OperationHarness(kernels: kernels).run(
        layout: layout, values: values,
        inputs: [(shape, x), (Shape(count: count, channels: channels), bias)],
        direction: { _ in direction }
      ) { tape, inputs in tape.groupNormSiLU(inputs[0], layer, adding: inputs[1]) }
      let gradient = outcome.parameterGradient
      // float32 with an exponential good to 2e-7; the differences' own error is below 1e-7.
      #expect(relativeError(outcome.output, plain(dx, dg, db, dt).map { Float($0) }) < 2e-6)
      let expectations: [([Float], [Float])] = [
        (
          outcome.inputGradients[0],
          numericalGradient(x, direction: direction) { plain($0, dg, db, dt) }
        ),
        (
          outcome.inputGradients[1],
          numericalGradient(bias, direction: direction) { plain(dx, dg, db, $0) }
        ),
        (
          Array(gradient[layer.weight.range]),
          numericalGradient(gamma, direction: direction) { plain(dx, $0, db, dt) }
        ),
        (
          Array(gradient[layer.bias.range]),
          numericalGradient(beta, direction: direction) { plain(dx, dg, $0, dt) }
        ),
      ]
      for (index, (found, expected)) in expectations.enumerated() {
        #expect(relativeError(found, expected) < 2e-5, "\(kernels), gradient \(index)")
      }
    }
  }

  /// Without the activation, and with another ε.
  @Test func groupNorm() {
    var layout = ParameterLayout()
    let layer = GroupNorm("norm", groups: 3, channels: 12, in: &layout)
    let values = normals(layout.count, seed: 1)
    let shape = Shape(count: 2, height: 3, width: 3, channels: 12)
    let x = normals(shape.elements, seed: 3).map { 2 * $0 + 3 }
    let direction = normals(shape.elements, seed: 5)
    let (gamma, beta) = (
      values[layer.weight.range].map(Double.init), values[layer.bias.range].map(Double.init)
    )
    func plain(_ x: [Double]) -> [Double] {
      Plain.groupNormSiLU(
        x, count: 2, pixels: 9, channels: 12, groups: 3, gamma: gamma, beta: beta,
        bias: [Double](repeating: 0, count: 24), activates: false)
    }
    let expected = plain(x.map(Double.init)).map { Float($0) }
    let gradient = numericalGradient(x, direction: direction, plain)
    for kernels in KernelSet.underTest() {
      let outcome = OperationHarness(kernels: kernels).run(
        layout: layout, values: values, inputs: [(shape, x)], direction: { _ in direction }
      ) { tape, inputs in tape.groupNorm(inputs[0], layer) }
      #expect(relativeError(outcome.output, expected) < 2e-6, "\(kernels)")
      #expect(relativeError(outcome.inputGradients[0], gradient) < 2e-5, "\(kernels)")
    }
  }

  /// Scale and shift an image after the norm: values and all gradients.
  @Test func modulated() {
    var layout = ParameterLayout()
    let layer = GroupNorm("norm", groups: 2, channels: 6, in: &layout)
    let values = normals(layout.count, seed: 1)
    let shape = Shape(count: 2, height: 2, width: 3, channels: 6)
    let x = normals(shape.elements, seed: 3)
    let modulation = normals(24, seed: 4)
    let direction = normals(shape.elements, seed: 5)
    func plain(
      _ x: [Double], _ gamma: [Double], _ beta: [Double], _ modulation: [Double]
    ) -> [Double] {
      let normal = Plain.groupNormSiLU(
        x, count: 2, pixels: 6, channels: 6, groups: 2, gamma: gamma, beta: beta,
        bias: [Double](repeating: 0, count: 12), activates: false)
      return normal.indices.map { i in
        let place = i / 36 * 12 + i % 6
        return Plain.silu(normal[i] * (1 + modulation[place]) + modulation[place + 6])
      }
    }
    let (gamma, beta) = (Array(values[layer.weight.range]), Array(values[layer.bias.range]))
    let arguments = [x, gamma, beta, modulation]
    let double = arguments.map { $0.map(Double.init) }
    let expected = plain(double[0], double[1], double[2], double[3]).map { Float($0) }
    let gradients = arguments.indices.map { index in
      numericalGradient(arguments[index], direction: direction) { changed in
        var all = double
        all[index] = changed
        return plain(all[0], all[1], all[2], all[3])
      }
    }
    for kernels in KernelSet.underTest() {
      let outcome = OperationHarness(kernels: kernels).run(
        layout: layout, values: values,
        inputs: [(shape, x), (Shape(count: 2, channels: 12), modulation)],
        direction: { _ in direction }
      ) { tape, inputs in tape.groupNormSiLU(inputs[0], layer, modulation: inputs[1]) }
      #expect(relativeError(outcome.output, expected) < 2e-6, "\(kernels)")
      let found = [
        outcome.inputGradients[0], Array(outcome.parameterGradient[layer.weight.range]),
        Array(outcome.parameterGradient[layer.bias.range]), outcome.inputGradients[1],
      ]
      for index in found.indices {
        #expect(
          relativeError(found[index], gradients[index]) < 2e-5, "\(kernels), gradient \(index)")
      }
    }
  }
}
