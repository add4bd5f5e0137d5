import Kernels
import TestSupport
import Testing

/// Operations between vectors and images: values by hand, gradients by central differences.
@Suite struct SmallOperationTests {
  let shape = Shape(count: 2, height: 2, width: 3, channels: 5)
  let empty = ParameterLayout()

  private func check(
    inputs: [(Shape, [Float])], layout: ParameterLayout? = nil, values: [Float] = [],
    tolerance: Double = 1e-6, build: (Tape, [Tensor]) -> Tensor, plain: ([[Double]]) -> [Double]
  ) {
    let expected = plain(inputs.map { $0.1.map(Double.init) })
    let direction = normals(expected.count, seed: 99)
    for kernels in KernelSet.underTest() {
      let outcome = OperationHarness(kernels: kernels).run(
        layout: layout ?? empty, values: values, inputs: inputs, direction: { _ in direction },
        build: build)
      #expect(relativeError(outcome.output, expected.map { Float($0) }) < tolerance)
      for index in inputs.indices {
        let numerical = numericalGradient(inputs[index].1, direction: direction) { changed in
          var all = inputs.map { $0.1.map(Double.init) }
          all[index] = changed
          return plain(all)
        }
        #expect(relativeError(outcome.inputGradients[index], numerical) < 2 * tolerance + 1e-6)
      }
    }
  }

  /// Row i of (rows, width).
  private func row(_ values: [Double], _ i: Int, _ width: Int) -> [Double] {
    Array(values[(i * width)..<((i + 1) * width)])
  }

  @Test func silu() {
    check(inputs: [(shape, normals(60, seed: 1).map { 4 * $0 })]) { tape, x in
      tape.silu(x[0])
    } plain: { x in
      x[0].map(Plain.silu)
    }
  }

  @Test func siluFarOut() {
    let x: [Float] = [-1e4, -200, -88, -87, 87, 88, 200, 1e4, 0, -0]
    check(inputs: [(Shape(count: 1, channels: 10), x)]) { tape, x in
      tape.silu(x[0])
    } plain: { x in
      x[0].map { $0 < -700 ? 0 : Plain.silu($0) }
    }
  }

  /// As far as float32 goes: x above, 0 below, slopes 1 and 0; NaN where the definition is none.
  @Test func siluAtTheEnds() {
    let x: [Float] = [1e10, 3e15, 1e30, 3e38, -1e10, -3e15, -1e30, -3e38, .infinity, .nan]
    let shape = Shape(count: 1, channels: 10)
    for kernels in KernelSet.underTest() {
      let found = OperationHarness(kernels: kernels).run(
        layout: empty, values: [], inputs: [(shape, x)],
        direction: { [Float](repeating: 1, count: $0) }
      ) { tape, x in tape.silu(x[0]) }
      #expect(Array(found.output[..<4]) == Array(x[..<4]), "\(kernels)")
      #expect(found.output[4..<8].allSatisfy { abs($0) < 1e-30 }, "\(kernels)")
      #expect(found.output[8] == .infinity && found.output[9].isNaN, "\(kernels)")
      let slopes = found.inputGradients[0]
      #expect(Array(slopes[..<4]) == [1, 1, 1, 1], "\(kernels)")
      #expect(slopes[4..<8].allSatisfy { abs($0) < 1e-30 }, "\(kernels)")
      #expect(slopes[9].isNaN, "\(kernels)")
    }
  }

  @Test func relu() {
    check(inputs: [(shape, normals(60, seed: 2))]) { tape, x in
      tape.relu(x[0])
    } plain: { x in
      x[0].map { max($0, 0) }
    }
  }

  @Test func add() {
    check(inputs: [(shape, normals(60, seed: 3)), (shape, normals(60, seed: 4))]) { tape, x in
      tape.add(x[0], x[1])
    } plain: { x in
      zip(x[0], x[1]).map { $0 + $1 }
    }
  }

  /// One tensor used twice: its gradient is the sum of both uses.
  @Test func aTensorUsedTwice() {
    check(inputs: [(shape, normals(60, seed: 5))]) { tape, x in
      tape.add(tape.silu(x[0]), tape.add(x[0], x[0]))
    } plain: { x in
      x[0].map { Plain.silu($0) + 2 * $0 }
    }
  }

  @Test func concatenate() {
    let other = Shape(count: 2, height: 2, width: 3, channels: 2)
    check(inputs: [(shape, normals(60, seed: 6)), (other, normals(24, seed: 7))]) { tape, x in
      tape.concatenate(x[0], x[1])
    } plain: { x in
      (0..<12).flatMap { pixel in row(x[0], pixel, 5) + row(x[1], pixel, 2) }
    }
  }

  @Test func embedding() {
    var layout = ParameterLayout()
    let table = Embedding("table", count: 4, channels: 5, in: &layout)
    let values = normals(layout.count, seed: 10)
    let rows = [3, 1]
    check(
      inputs: [(Shape(count: 2, channels: 5), normals(10, seed: 11))], layout: layout,
      values: values
    ) { tape, x in
      tape.addEmbedding(x[0], table, indices: rows)
    } plain: { x in
      x[0].enumerated().map { $1 + Double(values[rows[$0 / 5] * 5 + $0 % 5]) }
    }
    let outcome = OperationHarness(kernels: .best).run(
      layout: layout, values: values,
      inputs: [(Shape(count: 2, channels: 5), normals(10, seed: 11))],
      direction: { count in (0..<count).map { Float($0 + 1) } }
    ) { tape, x in tape.addEmbedding(x[0], table, indices: [2, 2]) }
    // Both rows went through row 2: 1 + 6, 2 + 7, …
    #expect(Array(outcome.parameterGradient[10..<15]) == [7, 9, 11, 13, 15])
    #expect(outcome.parameterGradient[0..<10].allSatisfy { $0 == 0 })
  }

  @Test func labels() {
    var layout = ParameterLayout()
    let layer = LabelEmbedding("label", numbers: 3, channels: 5, in: &layout)
    let values = normals(layout.count, seed: 15)
    let labels: [Float] = [1, -0.5, 0, 0.25, 2, -1]
    check(
      inputs: [(Shape(count: 2, channels: 5), normals(10, seed: 16))], layout: layout,
      values: values
    ) { tape, x in
      tape.addLabels(x[0], layer, labels)
    } plain: { x in
      x[0].enumerated().map { i, x in
        (0..<3).reduce(x) { $0 + Double(labels[i / 5 * 3 + $1] * values[i % 5 * 3 + $1]) }
      }
    }
    let outcome = OperationHarness(kernels: .best).run(
      layout: layout, values: values,
      inputs: [(Shape(count: 2, channels: 5), normals(10, seed: 16))],
      direction: { count in (0..<count).map { Float($0 + 1) } }
    ) { tape, x in tape.addLabels(x[0], layer, labels) }
    // Of channel 0 the directions are 1 and 6: 1·1 + 6·¼, −½·1 + 6·2, 0·1 − 6.
    #expect(Array(outcome.parameterGradient[0..<3]) == [2.5, 11.5, -6])
    // Of channel 4 5 and 10.
    #expect(Array(outcome.parameterGradient[12..<15]) == [7.5, 17.5, -10])
  }

  @Test func linear() {
    var layout = ParameterLayout()
    let layer = Linear("linear", from: 7, to: 9, in: &layout)
    let weight = normals(63, seed: 12)
    let bias = normals(9, seed: 13)
    var values = [Float](repeating: 0, count: layout.count)
    values.replaceSubrange(layer.weight.range, with: layer.weight.laidOut(weight))
    values.replaceSubrange(layer.bias.range, with: bias)
    check(
      inputs: [(Shape(count: 3, channels: 7), normals(21, seed: 14))], layout: layout,
      values: values
    ) { tape, x in
      tape.linear(x[0], layer)
    } plain: { x in
      (0..<27).map { i in
        (0..<7).reduce(Double(bias[i % 9])) { sum, k in
          sum + x[0][i / 9 * 7 + k] * Double(weight[i % 9 * 7 + k])
        }
      }
    }
  }
}
