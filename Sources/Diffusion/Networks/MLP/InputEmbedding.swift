import Foundation
import Kernels

/// A vector x with cosines and sines of its coordinates beside it: (x, cos f_i·x_d …, sin f_i·x_d …) for each d in turn,
/// f_i = scale^(i/(n−1)) from 1 to the scale.
///
/// A network of smooth functions is slow to learn what changes fast; sines change fast to begin with.
struct InputEmbedding: Sendable {
  /// (n); empty: the vector alone.
  private let frequencies: [Float]

  init(_ settings: MLPSettings) {
    let count = settings.inputEmbedding == .none ? 0 : settings.inputEmbeddingDim / 2
    frequencies = (0..<count).map { i in
      Float(pow(settings.inputEmbeddingScale, count == 1 ? 1 : Double(i) / Double(count - 1)))
    }
  }

  /// Values of an embedded vector of so many dimensions.
  func values(dimensions: Int) -> Int { dimensions * (1 + 2 * frequencies.count) }

  /// (N, 1, 1, D) → (N, 1, 1, values)
  func callAsFunction(_ x: Tensor, on tape: Tape) -> Tensor {
    guard !frequencies.isEmpty else { return x }
    let (dimensions, half) = (x.shape.channels, frequencies.count)
    let values = values(dimensions: dimensions)
    let embedded = tape.input(Shape(count: x.shape.count, channels: values))
    for row in 0..<x.shape.count {
      let vector = x.data + row * dimensions
      let out = embedded.data + row * values
      for d in 0..<dimensions {
        out[d] = vector[d]
        let sines = out + dimensions + 2 * half * d
        for (i, frequency) in frequencies.enumerated() {
          let angle = vector[d] * frequency
          sines[i] = cos(angle)
          sines[half + i] = sin(angle)
        }
      }
    }
    return embedded
  }
}
