private import CKernels

/// A linear layer, y = x·Wᵀ + b, with its parameters' places: `weight` (outputs, inputs), `bias` (outputs).
public struct Linear: Sendable, Hashable {
  public let weight: Parameter
  public let bias: Parameter
  public let inputs: Int
  public let outputs: Int

  /// Declares `name.weight` and `name.bias`, both initialised U(±1/√inputs).
  public init(_ name: String, from inputs: Int, to outputs: Int, in layout: inout ParameterLayout) {
    self.inputs = inputs
    self.outputs = outputs
    weight = layout.declare("\(name).weight", [outputs, inputs], .uniform(fanIn: inputs))
    bias = layout.declare("\(name).bias", [outputs], .uniform(fanIn: inputs))
  }

  /// FLOPs of one row, forward.
  public var flops: Double { 2 * Double(inputs) * Double(outputs) }
}

extension Tape {
  /// (N, 1, 1, inputs) → (N, 1, 1, outputs)
  public func linear(_ x: Tensor, _ layer: Linear) -> Tensor {
    precondition(x.shape.stride == layer.inputs, "\(layer.weight.name): inputs")
    let rows = x.shape.count
    let y = output(Shape(count: rows, channels: layer.outputs))
    let bias = value(of: layer.bias)
    for row in 0..<rows { (y.data + row * layer.outputs).update(from: bias, count: layer.outputs) }
    BLAS.product(
      rounded(x.data, rows * layer.inputs, .left),
      rounded(value(of: layer.weight), layer.weight.count, .right), bTransposed: true,
      into: y.data, m: rows, n: layer.outputs, k: layer.inputs, beta: 1)
    record { [unowned self] in
      guard let dy = gradient(of: y) else { return }
      workspace.kernels.table.pointee.column_sums(
        gradient(of: layer.bias), dy, Int32(rows), Int32(layer.outputs), 1)
      let rounded = rounded(dy, rows * layer.outputs, .left)
      BLAS.product(
        rounded, aTransposed: true, self.rounded(x.data, rows * layer.inputs, .right),
        into: gradient(of: layer.weight), m: layer.outputs, n: layer.inputs, k: rows, beta: 1)
      if let (dx, adds) = accumulator(for: x) {
        BLAS.product(
          rounded, self.rounded(value(of: layer.weight), layer.weight.count, .right),
          into: dx, m: rows, n: layer.inputs, k: layer.outputs, beta: adds ? 1 : 0)
      }
    }
    return y
  }

  /// The operand as the precision rounds it; products of rounded values are exact in float32.
  private func rounded(
    _ values: UnsafePointer<Float>, _ count: Int, _ use: Workspace.Scratch
  ) -> UnsafePointer<Float> {
    guard workspace.precision != .fp32 else { return values }
    let memory = workspace.scratch(use, count)
    workspace.kernels.table.pointee.round(memory, values, count, workspace.operand)
    return UnsafePointer(memory)
  }
}
