private import CKernels

/// How operands of convolutions and linear layers are rounded to 8 bits (Micikevicius et al. 2022, section 3): with a
/// scale for each tensor, of its largest magnitude at the time.
///
/// q = round(s·x)/s, s the power of two that takes max|x| as near to the format's largest number as one can without
/// passing it. Powers of two round nothing, so products of q in float32 are those of the 8-bit numbers, times the scales. A
/// tensor is a layer's weight, or one image's values of an activation or its gradient: so what a network makes of an image
/// depends on that image alone.
enum EightBits {
  /// Which of a product's operands it is.
  enum Role {
    case weight, activation, gradient

    /// Gradients reach further, and take fewer bits (section 3).
    var format: ShortFormat { self == .gradient ? .e5m2 : .e4m3 }
  }
}

extension KernelSet {
  /// One tensor in 8 bits, kept in 32; `target` may be `source`.
  func round(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int,
    _ role: EightBits.Role
  ) {
    let format = role.format
    let scale = format.scale(of: table.pointee.largest(source, count))
    table.pointee.round_scaled(target, source, count, scale, 1 / scale, format.operand)
  }
}

extension Tape {
  /// A tensor as products take it: in 8 bits, image by image, where the precision is fp8; itself elsewhere.
  func operand(
    _ values: UnsafePointer<Float>, _ shape: Shape, _ role: EightBits.Role
  ) -> UnsafePointer<Float> {
    guard workspace.precision == .fp8 else { return values }
    let rounded = workspace.scratch(
      role == .gradient ? .eightBitGradient : .eightBits, shape.elements)
    measured(
      Work(
        "rounding to 8 bits", role == .gradient ? .backward : .forward, shape,
        touching: 3 * shape.elements)
    ) {
      for image in 0..<shape.count {
        workspace.kernels.round(
          values + image * shape.stride, into: rounded + image * shape.stride,
          count: shape.stride, role)
      }
    }
    return UnsafePointer(rounded)
  }
}
