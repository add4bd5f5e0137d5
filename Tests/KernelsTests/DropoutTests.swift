import Kernels
import TestSupport
import Testing

@Suite struct DropoutTests {
  private let shape = Shape(count: 2, height: 20, width: 25, channels: 4)

  private func dropped(
    _ probability: Double, source: DropoutSource?, layer: Int = 0
  ) -> (output: [Float], gradient: [Float]) {
    let weights = Weights(
      layout: ParameterLayout(), values: AlignedBuffer(count: 0), kernels: .best,
      precision: .fp32)
    let tape = Tape(workspace: Workspace(precision: .fp32), weights: weights)
    let gradients = AlignedBuffer(count: 1)
    tape.reset(gradients: gradients.pointer, dropout: source)
    let x = tape.variable(shape)
    x.values.update(repeating: 3)
    let y = tape.dropout(x, probability: probability, layer: layer)
    let output = Array(y.values)
    tape.backward(from: y) { $0.update(repeating: 1) }
    return (output, tape.gradientValues(of: x) ?? [])
  }

  /// 4,000 values of which a quarter goes: within four standard deviations of 1,000.
  @Test func zeroesAShareAndScalesTheRest() {
    let (output, gradient) = dropped(
      0.25, source: DropoutSource(seed: 1, step: 5, firstImage: 0))
    let zeros = output.count { $0 == 0 }
    #expect(abs(Double(zeros) - 1000) < 4 * (4000 * 0.25 * 0.75).squareRoot())
    #expect(output.allSatisfy { $0 == 0 || $0 == 4 })
    let fits = zip(output, gradient).allSatisfy { abs($0 / 3 - $1) < 1e-6 }
    #expect(fits)
  }

  /// What is dropped follows from seed, step, image and layer, not from how images are put together.
  @Test func followsFromPlaceAlone() {
    let source = DropoutSource(seed: 1, step: 5, firstImage: 0)
    let (both, _) = dropped(0.5, source: source)
    let (second, _) = dropped(0.5, source: DropoutSource(seed: 1, step: 5, firstImage: 1))
    let half = shape.stride
    #expect(both[half...].elementsEqual(second[..<half]))
    for other in [
      dropped(0.5, source: DropoutSource(seed: 2, step: 5, firstImage: 0)),
      dropped(0.5, source: DropoutSource(seed: 1, step: 6, firstImage: 0)),
      dropped(0.5, source: source, layer: 1),
    ] {
      let same = zip(both, other.output).count { $0 == $1 }
      #expect(abs(Double(same) - 2000) < 4 * 4000.0.squareRoot() / 2)
    }
  }

  @Test func samplingDropsNothing() {
    let (output, _) = dropped(0.9, source: nil)
    #expect(output.allSatisfy { $0 == 3 })
  }
}
