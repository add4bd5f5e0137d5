import Foundation
import Kernels

/// A timestep as a vector, then two linear layers with a ReLU between: `time_mlp.0` and `time_mlp.2`.
struct TimeEmbedding: Sendable {
  let kind: ModelSettings.TimeEmbedding
  /// What times go up to, T of timesteps: `linear` divides by it.
  let span: Float
  let dimension: Int
  let first: Linear
  let second: Linear
  private let frequencies: [Float]

  init(
    _ kind: ModelSettings.TimeEmbedding, dimension: Int, span: Double,
    in layout: inout ParameterLayout
  ) {
    self.kind = kind
    self.dimension = dimension
    self.span = Float(span)
    let inputs = kind == .linear ? 1 : dimension
    first = Linear("time_mlp.0", from: inputs, to: dimension, in: &layout)
    second = Linear("time_mlp.2", from: dimension, to: dimension, in: &layout)
    // float32 at each step, as the reference rounds: at t·f = 1000 angles are 6e-5 apart.
    let half = dimension / 2
    frequencies = (0..<half).map { i in
      Float(exp(Double(Float(-log(10000.0)) * Float(i) / Float(half))))
    }
  }

  /// N times → (N, 1, 1, dimension)
  func callAsFunction(_ times: [Float], on tape: Tape) -> Tensor {
    let input = tape.input(Shape(count: times.count, channels: first.inputs))
    for (row, t) in times.enumerated() {
      let out = input.data + row * first.inputs
      // A sampler tells all samples the same.
      if row > 0, t == times[row - 1] {
        out.update(from: out - first.inputs, count: first.inputs)
        continue
      }
      switch kind {
      case .linear:
        out[0] = t / span
      case .sinusoidal:
        for (i, frequency) in frequencies.enumerated() {
          let angle = Double(t * frequency)
          out[i] = Float(cos(angle))
          out[frequencies.count + i] = Float(sin(angle))
        }
      }
    }
    return tape.linear(tape.relu(tape.linear(input, first)), second)
  }
}
