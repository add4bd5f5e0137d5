import Foundation
import Kernels

/// A timestep as a vector, then two linear layers with a ReLU between: `time_mlp.0` and `time_mlp.2`.
struct TimeEmbedding: Sendable {
  let kind: ModelSettings.TimeEmbedding
  /// T
  let diffusionSteps: Int
  let dimension: Int
  let first: Linear
  let second: Linear
  private let frequencies: [Float]

  init(
    _ kind: ModelSettings.TimeEmbedding, dimension: Int, diffusionSteps: Int,
    in layout: inout ParameterLayout
  ) {
    self.kind = kind
    self.dimension = dimension
    self.diffusionSteps = diffusionSteps
    let inputs = kind == .linear ? 1 : dimension
    first = Linear("time_mlp.0", from: inputs, to: dimension, in: &layout)
    second = Linear("time_mlp.2", from: dimension, to: dimension, in: &layout)
    // float32 at each step, as the reference rounds: at t·f = 1000 angles are 6e-5 apart.
    let half = dimension / 2
    frequencies = (0..<half).map { i in
      Float(exp(Double(Float(-log(10000.0)) * Float(i) / Float(half))))
    }
  }

  /// N timesteps → (N, 1, 1, dimension)
  func callAsFunction(_ timesteps: [Int], on tape: Tape) -> Tensor {
    let input = tape.input(Shape(count: timesteps.count, channels: first.inputs))
    for (row, t) in timesteps.enumerated() {
      let out = input.data + row * first.inputs
      switch kind {
      case .linear:
        out[0] = Float(t) / Float(diffusionSteps)
      case .sinusoidal:
        for (i, frequency) in frequencies.enumerated() {
          let angle = Double(Float(t) * frequency)
          out[i] = Float(cos(angle))
          out[frequencies.count + i] = Float(sin(angle))
        }
      }
    }
    return tape.linear(tape.relu(tape.linear(input, first)), second)
  }
}
