import Foundation
import Kernels

/// A timestep as sinusoids (Vaswani 2017, maximum period 10000), then two linear layers with a SiLU between:
/// `time_embedding.linear_1` and `time_embedding.linear_2`.
struct TimestepEmbedding: Sendable {
  let first: Linear
  let second: Linear
  private let frequencies: [Float]
  private let flipsSinToCos: Bool

  /// - Parameters:
  ///   - channels: sinusoids, half of them sines; an odd one stays 0.
  ///   - frequencyShift: taken off the number of frequencies where they are spaced.
  init(
    channels: Int, dimension: Int, flipsSinToCos: Bool, frequencyShift: Double,
    in layout: inout ParameterLayout
  ) {
    first = Linear("time_embedding.linear_1", from: channels, to: dimension, in: &layout)
    second = Linear("time_embedding.linear_2", from: dimension, to: dimension, in: &layout)
    self.flipsSinToCos = flipsSinToCos
    let half = channels / 2
    // float32 at each step, as PyTorch rounds.
    frequencies = (0..<half).map { i in
      let exponent = Float(-log(10000.0)) * Float(i) / Float(Double(half) - frequencyShift)
      return Float(exp(Double(exponent)))
    }
  }

  /// N times → (N, 1, 1, dimension)
  func callAsFunction(_ times: [Float], on tape: Tape) -> Tensor {
    let input = tape.input(Shape(count: times.count, channels: first.inputs))
    input.values.update(repeating: 0)
    let half = frequencies.count
    for (row, t) in times.enumerated() {
      let out = input.data + row * first.inputs
      for (i, frequency) in frequencies.enumerated() {
        let angle = Double(t * frequency)
        out[flipsSinToCos ? i : half + i] = Float(cos(angle))
        out[flipsSinToCos ? half + i : i] = Float(sin(angle))
      }
    }
    return tape.linear(tape.silu(tape.linear(input, first)), second)
  }
}
