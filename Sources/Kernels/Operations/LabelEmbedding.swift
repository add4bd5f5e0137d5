/// A linear layer without bias from a few numbers to a vector: `weight` (channels, numbers), initialised as PyTorch's
/// Linear, U(±1/√numbers). Numbers that are all 0 add nothing.
public struct LabelEmbedding: Sendable, Hashable {
  /// (channels, numbers)
  public let weight: Parameter
  /// Numbers of one image.
  public let numbers: Int
  /// Values of the vector.
  public let channels: Int

  /// Declares `name`.weight.
  public init(
    _ name: String, numbers: Int, channels: Int, in layout: inout ParameterLayout
  ) {
    self.numbers = numbers
    self.channels = channels
    weight = layout.declare(
      "\(name).weight", [channels, numbers], .uniform(fanIn: numbers))
  }
}

extension Tape {
  /// x (N, 1, 1, channels) + W·l of each image's numbers l, in float32 whatever the precision, as an embedding's rows are.
  /// - Parameter labels: (N, numbers); nil, as when sampling, is zeros: x as it is.
  public func addLabels(_ x: Tensor, _ layer: LabelEmbedding, _ labels: [Float]?) -> Tensor {
    guard let labels else { return x }
    let (channels, numbers) = (layer.channels, layer.numbers)
    precondition(x.shape.stride == channels && labels.count == x.shape.count * numbers)
    let y = output(x.shape)
    let weight = value(of: layer.weight)
    meter?.begin()
    for row in 0..<x.shape.count {
      for c in 0..<channels {
        var sum = x.data[row * channels + c]
        for k in 0..<numbers { sum += labels[row * numbers + k] * weight[c * numbers + k] }
        y.data[row * channels + c] = sum
      }
    }
    meter?.end(Work("embedding", .forward, x.shape, touching: 3 * x.shape.elements))
    record(Work("embedding", .backward, x.shape, touching: 5 * x.shape.elements)) {
      [unowned self] in
      guard let dy = gradient(of: y) else { return }
      let dweight = gradient(of: layer.weight)
      for row in 0..<x.shape.count {
        for c in 0..<channels {
          let d = dy[row * channels + c]
          for k in 0..<numbers { dweight[c * numbers + k] += d * labels[row * numbers + k] }
        }
      }
      passOn(dy, to: x)
    }
    return y
  }
}
