/// (count, height, width, channels): a batch of channels-last images, or with 1×1 pixels of vectors.
public struct Shape: Sendable, Hashable {
  public var count: Int
  public var height: Int
  public var width: Int
  public var channels: Int

  public init(count: Int, height: Int = 1, width: Int = 1, channels: Int) {
    self.count = count
    self.height = height
    self.width = width
    self.channels = channels
  }

  public var pixels: Int { height * width }
  /// Values of one image.
  public var stride: Int { pixels * channels }
  public var elements: Int { count * stride }
}

/// Activations in a tape's arena, float32, channels-last; valid until the tape is reset.
///
/// A handle, not a value: copies share the memory. It stays on the thread of its tape.
public struct Tensor {
  public let shape: Shape
  public let data: UnsafeMutablePointer<Float>
  /// The tensor's place among the tape's gradients; nil where no gradient is wanted.
  let node: Int?

  public var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: data, count: shape.elements)
  }
}

@available(*, unavailable)
extension Tensor: Sendable {}
