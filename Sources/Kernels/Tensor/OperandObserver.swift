/// Looks at what the products of a network's convolutions and linear layers are made of, and changes nothing.
package protocol OperandObserver: AnyObject {
  /// - Parameters:
  ///   - layer: place among `ParameterLayout.productLayers`.
  ///   - values: of `images` images, one after the other, before they are rounded.
  func observe(
    _ kind: ObservedOperand, layer: Int, _ values: UnsafeBufferPointer<Float>, images: Int)
}

/// What a tape shows an observer.
package enum ObservedOperand: Sendable {
  /// What goes into the layer.
  case activation
  /// ∂loss/∂ what comes out of it, times the loss scale.
  case gradient
}

/// A convolution or linear layer, by its parameters.
package struct ProductLayer: Sendable, Hashable {
  /// Of its parameters, without the last part: `encoder.0.0`.
  package let name: String
  /// Where its weight lies.
  package let weight: Range<Int>
}

extension ParameterLayout {
  /// The convolutions and linear layers, in the order in which they were declared.
  package var productLayers: [ProductLayer] {
    convolutions.map {
      ProductLayer(name: String($0.weight.name.dropLast(".weight".count)), weight: $0.weight.range)
    }
  }
}

extension Tape {
  func observe(
    _ kind: ObservedOperand, _ layer: Convolution, _ values: UnsafePointer<Float>, _ shape: Shape
  ) {
    observer?.observe(
      kind, layer: layer.index, UnsafeBufferPointer(start: values, count: shape.elements),
      images: shape.count)
  }
}
