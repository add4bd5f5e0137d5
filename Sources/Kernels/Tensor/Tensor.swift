/// (count, height, width, channels): a batch of channels-last images, or with 1×1 pixels of vectors.
public struct Shape: Sendable, Hashable {
  /// N, images.
  public var count: Int
  /// H, rows of pixels; 1 for vectors.
  public var height: Int
  /// W, pixels of a row; 1 for vectors.
  public var width: Int
  /// C, values of a pixel.
  public var channels: Int

  /// (N, H, W, C).
  public init(count: Int, height: Int = 1, width: Int = 1, channels: Int) {
    self.count = count
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// H·W.
  public var pixels: Int { height * width }
  /// Values of one image.
  public var stride: Int { pixels * channels }
  /// Values of all images.
  public var elements: Int { count * stride }
}

/// Activations in a tape's arena, float32, channels-last; valid until the tape is reset.
///
/// A handle, not a value: copies share the memory. It stays on the thread of its tape.
public struct Tensor {
  /// (N, H, W, C).
  public let shape: Shape
  /// The first value. The arena owns the memory: it is valid until the tape's next `reset`.
  public let data: UnsafeMutablePointer<Float>
  /// The tensor's place among the tape's gradients; nil where no gradient is wanted.
  let node: Int?

  /// All values, channels-last.
  public var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: data, count: shape.elements)
  }
}

@available(*, unavailable)
extension Tensor: Sendable {}
