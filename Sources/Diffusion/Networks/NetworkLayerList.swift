import Kernels

/// Collects a network's layers in the order of its forward pass, following the image's size.
struct NetworkLayerList {
  private(set) var layers: [NetworkLayer] = []
  private var height: Int
  private var width: Int

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  mutating func add(_ convolution: Convolution) {
    let flops = convolution.flops(height: height, width: width)
    (height, width) = convolution.outputSize(height: height, width: width)
    add(
      convolution.weight, convolution.description, [convolution.outputChannels, height, width],
      [convolution.weight, convolution.bias], flops)
  }

  mutating func add(_ norm: GroupNorm, activates: Bool = true) {
    add(
      norm.weight, activates ? "group norm, SiLU" : "group norm", [norm.channels, height, width],
      [norm.weight, norm.bias], 0)
  }

  mutating func add(_ linear: Linear) {
    add(linear.weight, "linear", [linear.outputs], [linear.weight, linear.bias], linear.flops)
  }

  /// A linear layer that each pixel goes through.
  mutating func add(perPixel linear: Linear) {
    add(
      linear.weight, "linear", [linear.outputs, height, width], [linear.weight, linear.bias],
      Double(height * width) * linear.flops)
  }

  mutating func add(_ embedding: LabelEmbedding) {
    add(embedding.weight, "embedding", [embedding.channels], [embedding.weight], 0)
  }

  mutating func add(_ embedding: Embedding) {
    add(embedding.weight, "embedding", [embedding.channels], [embedding.weight], 0)
  }

  /// The two products of attention between all pixels.
  mutating func addAttention(_ name: String, channels: Int, heads: Int) {
    let pixels = Double(height * width)
    layers.append(
      NetworkLayer(
        name: name, kind: "attention, \(heads) \(heads == 1 ? "head" : "heads")",
        output: [channels, height, width], parameters: 0,
        flops: 4 * pixels * pixels * Double(channels)))
  }

  private mutating func add(
    _ first: Parameter, _ kind: String, _ output: [Int], _ parameters: [Parameter], _ flops: Double
  ) {
    layers.append(
      NetworkLayer(
        name: String(first.name.dropLast(".weight".count)), kind: kind, output: output,
        parameters: parameters.reduce(0) { $0 + $1.count }, flops: flops))
  }

  /// Floats that one image's activations take when training: what each layer puts out over the image, and its
  /// gradient.
  static func activations(_ layers: [NetworkLayer]) -> Int {
    2
      * layers.reduce(0) { sum, layer in
        sum + (layer.output.count == 3 ? layer.output.reduce(1, *) : 0)
      }
  }
}
