extension Work {
  /// One of a convolution's three products; `input` is what the layer takes.
  init(_ pass: Pass, _ layer: Convolution, _ input: Shape) {
    let size = layer.outputSize(height: input.height, width: input.width)
    let values =
      input.elements + input.count * size.height * size.width * layer.outputChannels
      + layer.weight.count
    let isLinear = layer.kernel == 1 && input.pixels == 1
    self.init(
      isLinear ? "linear" : layer.description, pass,
      shape: "\(layer.inputChannels)→\(layer.outputChannels)"
        + (isLinear ? "" : ", \(input.height)×\(input.width)"),
      images: input.count,
      flops: Double(input.count) * layer.flops(height: input.height, width: input.width),
      bytes: Double(4 * values))
  }

  /// Padding, rounding and pairing of images into a product's operands, `units` of an image.
  init(padding images: Int, _ shape: Shape, _ other: Shape? = nil, units: Int) {
    let values = images * (shape.stride + (other?.stride ?? 0) + units)
    self.init(
      "operands", .both,
      shape: shape.imageDescription + (other.map { " and \($0.imageDescription)" } ?? ""),
      images: images, bytes: Double(4 * values))
  }
}

extension Convolution: CustomStringConvertible {
  /// `convolution 3×3, stride 2`
  public var description: String {
    isUpsampling
      ? "upsampling 3×3"
      : (isTransposed ? "transposed " : "convolution ") + "\(kernel)×\(kernel)"
        + (stride == 1 ? "" : ", stride \(stride)")
  }
}

extension ConvolutionGeometry {
  /// An image of B.
  func shapeB(_ layer: Convolution) -> Shape {
    Shape(count: 1, height: heightB, width: widthB, channels: layer.b)
  }
}
