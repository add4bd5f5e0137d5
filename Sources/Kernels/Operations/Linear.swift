/// A linear layer, y = x·Wᵀ + b: `weight` (outputs, inputs), `bias` (outputs).
///
/// It goes through the convolution's kernels as one pixel of many channels. A matrix product would be as fast for the
/// small layers here, but its sums may come in another order for another number of rows; these do not, so a sample
/// is the same bits in whatever batch it is drawn.
public struct Linear: Sendable, Hashable {
  let convolution: Convolution

  /// (outputs, inputs) in PyTorch's files.
  public var weight: Parameter { convolution.weight }
  /// (outputs).
  public var bias: Parameter { convolution.bias }
  /// Values of a vector that goes in.
  public var inputs: Int { convolution.inputChannels }
  /// Values of a vector that comes out.
  public var outputs: Int { convolution.outputChannels }

  /// Declares `name.weight` and `name.bias`, both initialised U(±1/√inputs).
  public init(_ name: String, from inputs: Int, to outputs: Int, in layout: inout ParameterLayout) {
    convolution = Convolution(linear: name, from: inputs, to: outputs, in: &layout)
  }

  /// FLOPs of one row, forward.
  public var flops: Double { 2 * Double(inputs) * Double(outputs) }
}

extension Tape {
  /// (N, H, W, inputs) → (N, H, W, outputs), each pixel by itself.
  /// - Parameter residual: added to the output, of its shape.
  public func linear(_ x: Tensor, _ layer: Linear, adding residual: Tensor? = nil) -> Tensor {
    convolution(x, layer.convolution, adding: residual)
  }
}
