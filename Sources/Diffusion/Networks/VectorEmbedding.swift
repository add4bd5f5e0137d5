import Kernels

/// A vector as a condition: two linear layers with a SiLU between, `condition_mlp.0` and `condition_mlp.2`, added to the
/// time embedding (as Dhariwal & Nichol 2021 add the class's vector, section 3).
struct VectorEmbedding: Sendable {
  let first: Linear
  let second: Linear

  /// - Parameters:
  ///   - inputs: D + 1, see ``VectorCondition``.
  ///   - dimension: of the time embedding.
  init(inputs: Int, dimension: Int, in layout: inout ParameterLayout) {
    first = Linear("condition_mlp.0", from: inputs, to: dimension, in: &layout)
    second = Linear("condition_mlp.2", from: dimension, to: dimension, in: &layout)
  }

  /// e + what is said of the N: both (N, 1, 1, dimension).
  func callAsFunction(adding e: Tensor, _ condition: Condition, on tape: Tape) -> Tensor {
    let input = tape.input(Shape(count: e.shape.count, channels: first.inputs))
    if case .vectors(let values, let dimension) = condition {
      precondition(dimension == first.inputs && values.count == input.shape.elements)
      _ = input.values.update(fromContentsOf: values)
    } else {
      input.values.update(repeating: 0)
    }
    return tape.linear(tape.silu(tape.linear(input, first)), second, adding: e)
  }

  func describe(in list: inout NetworkLayerList) {
    list.add(first)
    list.add(second)
  }
}
