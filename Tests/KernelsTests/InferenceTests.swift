import TestSupport
import Testing

@testable import Kernels

/// Layers that are only evaluated against loops over their definitions.
@Suite struct InferenceTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var height: Int
    var width: Int
    var inputs: Int
    var outputs: Int
    var kernel: InferenceConvolution.Sides
    var stride = 1
    var padding = InferenceConvolution.Sides(0, 0)

    var testDescription: String {
      "\(height)×\(width)×\(inputs) → \(outputs), \(kernel.height)×\(kernel.width) by \(stride)"
    }
  }

  private static let cases = [
    Case(height: 7, width: 5, inputs: 3, outputs: 4, kernel: .init(1, 1)),
    Case(height: 9, width: 8, inputs: 3, outputs: 5, kernel: .init(3, 3), stride: 2),
    Case(height: 6, width: 7, inputs: 2, outputs: 3, kernel: .init(3, 3), padding: .init(1, 1)),
    Case(height: 8, width: 6, inputs: 4, outputs: 3, kernel: .init(1, 7), padding: .init(0, 3)),
    Case(height: 5, width: 9, inputs: 4, outputs: 2, kernel: .init(7, 1), padding: .init(3, 0)),
    // Smaller than the kernel, but for the padding.
    Case(height: 2, width: 3, inputs: 1, outputs: 2, kernel: .init(5, 5), padding: .init(2, 2)),
    // More than is gathered at a time.
    Case(height: 40, width: 60, inputs: 24, outputs: 2, kernel: .init(5, 5), padding: .init(2, 2)),
  ]

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    CounterRandom(seed: seed).normals(count: count, image: 0, step: 0, purpose: .data)
  }

  @Test(arguments: cases) func convolutions(_ this: Case) {
    let taps = this.kernel.height * this.kernel.width
    let weights = numbers(this.outputs * this.inputs * taps, seed: 1)
    let bias = numbers(this.outputs, seed: 2)
    let x = numbers(this.height * this.width * this.inputs, seed: 3)
    let layer = InferenceConvolution(
      weights: weights, bias: bias, kernel: this.kernel, stride: this.stride,
      padding: this.padding, inputs: this.inputs)
    let found = layer(
      FeatureMap(height: this.height, width: this.width, channels: this.inputs, values: x))
    let height = (this.height + 2 * this.padding.height - this.kernel.height) / this.stride + 1
    let width = (this.width + 2 * this.padding.width - this.kernel.width) / this.stride + 1
    #expect((found.height, found.width, found.channels) == (height, width, this.outputs))
    var expected: [Float] = []
    for y in 0..<height {
      for column in 0..<width {
        for o in 0..<this.outputs {
          var sum = Double(bias[o])
          for ky in 0..<this.kernel.height {
            for kx in 0..<this.kernel.width {
              let row = y * this.stride - this.padding.height + ky
              let place = column * this.stride - this.padding.width + kx
              guard (0..<this.height).contains(row), (0..<this.width).contains(place) else {
                continue
              }
              for i in 0..<this.inputs {
                let weight =
                  weights[
                    ((o * this.inputs + i) * this.kernel.height + ky) * this.kernel.width + kx]
                sum += Double(weight) * Double(x[(row * this.width + place) * this.inputs + i])
              }
            }
          }
          expected.append(Float(max(sum, 0)))
        }
      }
    }
    // Single precision sums up to 600 products.
    #expect(relativeError(found.values, expected) < 2e-6)
  }

  @Test func whatIsNoNumberStaysNone() {
    let layer = InferenceConvolution(
      weights: [1, -1], bias: [0, 0], kernel: .init(1, 1), inputs: 1)
    let map = FeatureMap(height: 1, width: 2, channels: 1, values: [.nan, 2])
    let found = layer(map).values
    #expect(found[0].isNaN && found[1].isNaN && found[2] == 2 && found[3] == 0)
    let row = FeatureMap(height: 3, width: 3, channels: 1, values: [1, 2, 3, 4, .nan, 6, 7, 8, 9])
    #expect(row.maximumPooled(stride: 1, padding: 0).values[0].isNaN)
    #expect(row.averagePooled().values[0].isNaN)
  }

  @Test func pools() {
    let (height, width, channels) = (7, 6, 2)
    let x = numbers(height * width * channels, seed: 4)
    let map = FeatureMap(height: height, width: width, channels: channels, values: x)
    func under(_ y: Int, _ column: Int, _ c: Int, stride: Int, padding: Int) -> [Float] {
      (0..<9).compactMap { tap in
        let row = y * stride - padding + tap / 3
        let place = column * stride - padding + tap % 3
        guard (0..<height).contains(row), (0..<width).contains(place) else { return nil }
        return x[(row * width + place) * channels + c]
      }
    }
    for (stride, padding) in [(2, 0), (1, 1), (1, 0)] {
      let found = map.maximumPooled(stride: stride, padding: padding)
      let sides = [height, width].map { ($0 + 2 * padding - 3) / stride + 1 }
      #expect([found.height, found.width, found.channels] == sides + [channels])
      for y in 0..<sides[0] {
        for column in 0..<sides[1] {
          for c in 0..<channels {
            let expected = under(y, column, c, stride: stride, padding: padding).max()
            #expect(found.values[(y * sides[1] + column) * channels + c] == expected)
          }
        }
      }
    }
    let means = map.averagePooled()
    #expect((means.height, means.width) == (height, width))
    for y in 0..<height {
      for column in 0..<width {
        for c in 0..<channels {
          let values = under(y, column, c, stride: 1, padding: 1)
          let expected = values.reduce(0, +) / Float(values.count)
          #expect(abs(means.values[(y * width + column) * channels + c] - expected) < 1e-6)
        }
      }
    }
    let joined = FeatureMap(joining: [map, means])
    #expect(joined.channels == 4)
    #expect(Array(joined.values[4..<8]) == Array(x[2..<4]) + Array(means.values[2..<4]))
    let mean = (0..<height * width).reduce(0.0) { $0 + Double(x[2 * $1 + 1]) } / 42
    #expect(abs(map.meanOverPixels[1] - mean) < 1e-12)
  }
}
