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
    for kernels in KernelSet.available {
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
}
