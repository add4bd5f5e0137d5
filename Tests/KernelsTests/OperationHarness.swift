import Kernels
import TestSupport
import Testing

/// Runs one operation on a tape, and its backward from a given ∂loss/∂output.
///
/// The loss is Σ output·direction, so ∂loss/∂output = direction.
struct OperationHarness {
  var kernels: KernelSet
  var precision: Precision = .fp32

  struct Outcome {
    var output: [Float]
    /// ∂loss/∂ of each input, nil where the operation gives none.
    var inputGradients: [[Float]]
    /// ∂loss/∂ of all parameters, laid out as the buffer.
    var parameterGradient: [Float]
  }

  /// - Parameters:
  ///   - inputs: shapes and values; each gets a gradient.
  ///   - build: the operation.
  ///   - direction: as many values as the output has; made by the caller from the output's count.
  func run(
    layout: ParameterLayout, values: [Float], inputs: [(Shape, [Float])],
    direction: (Int) -> [Float], build: (Tape, [Tensor]) -> Tensor
  ) -> Outcome {
    let weights = Weights(
      layout: layout, values: AlignedBuffer(values), kernels: kernels, precision: precision)
    weights.packAll()
    let tape = Tape(
      workspace: Workspace(kernels: kernels, precision: precision), weights: weights)
    let gradients = AlignedBuffer(count: layout.count)
    tape.reset(gradients: gradients.pointer)
    let tensors = inputs.map { shape, values in
      let tensor = tape.variable(shape)
      _ = tensor.values.update(fromContentsOf: values)
      return tensor
    }
    let result = build(tape, tensors)
    let output = Array(result.values)
    tape.backward(from: result) { _ = $0.update(fromContentsOf: direction(output.count)) }
    return Outcome(
      output: output, inputGradients: tensors.map { tape.gradientValues(of: $0) ?? [] },
      parameterGradient: gradients.array())
  }
}

/// Normals that depend on the seed alone.
func normals(_ count: Int, seed: UInt64) -> [Float] {
  CounterRandom(seed: seed).normals(count: count, image: 0, step: 0, purpose: .data)
}

/// Σ a·b
func dot(_ a: [Double], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * Double($1.1) }
}

/// ∂(Σ f(x)·direction)/∂x by central differences in double: exact to about 1e-9 where f is linear, 1e-8 elsewhere.
func numericalGradient(
  _ x: [Float], direction: [Float], step: Double = 1e-4, _ f: ([Double]) -> [Double]
) -> [Float] {
  var x = x.map(Double.init)
  return x.indices.map { i in
    let value = x[i]
    x[i] = value + step
    let above = dot(f(x), direction)
    x[i] = value - step
    let below = dot(f(x), direction)
    x[i] = value
    return Float((above - below) / (2 * step))
  }
}
