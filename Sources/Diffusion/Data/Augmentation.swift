import Kernels

/// What is done to an image each time it is trained on. Nothing of it is done to what is held out.
///
/// In this order: mirrored, moved, made brighter or darker. All of it follows from (seed, step, position in the batch).
public struct Augmentation: Sendable, Hashable {
  /// Mirror left to right, with probability ½.
  public var flip: Bool
  /// N: move by −N … N pixels to the right and down, each of these with the same probability.
  public var shift: Int
  /// b in [0, 1]: multiply brightness by a factor, uniform in [1 − b, 1 + b].
  public var brightness: Double

  /// Nothing unless it is given.
  public init(flip: Bool = false, shift: Int = 0, brightness: Double = 0) {
    self.flip = flip
    self.shift = shift
    self.brightness = brightness
  }

  /// What is done to one image.
  struct Draw: Sendable, Hashable {
    var isMirrored = false
    /// Pixels to the right.
    var right = 0
    /// Pixels down.
    var down = 0
    /// The factor is 1 + b·brighter: in (−1, 1).
    var brighter: Float = 0
  }

  /// - Parameter isMirrored: what ``EpochOrder/isMirrored(_:step:)`` says of the same place.
  func draw(_ position: Int, step: Int, random: CounterRandom, isMirrored: Bool) -> Draw {
    var draw = Draw(isMirrored: flip && isMirrored)
    if shift > 0 {
      func pixels(_ axis: Int) -> Int {
        random.integer(
          below: 2 * shift + 1, index: axis, image: position, step: step, purpose: .shift) - shift
      }
      (draw.right, draw.down) = (pixels(0), pixels(1))
    }
    if brightness > 0 {
      draw.brighter =
        2 * random.uniforms(count: 1, image: position, step: step, purpose: .brightness)[0] - 1
    }
    return draw
  }

  /// Numbers that tell what was done to an image.
  static let labelWidth = 4

  /// (mirrored, right/N, down/N, brighter), in [−1, 1]; 0 of what was not done (Karras 2022, appendix F.2).
  func label(_ draw: Draw) -> [Float] {
    let unit = Float(max(shift, 1))
    return [
      draw.isMirrored ? 1 : 0, Float(draw.right) / unit, Float(draw.down) / unit, draw.brighter,
    ]
  }

  /// Moves an image and makes it brighter or darker; it has been mirrored.
  ///
  /// What comes in from outside repeats the edge, so that a background goes on, whatever its colour, and a photograph gets
  /// no bars. Brightness is torchvision's `adjust_brightness`: in [0, 1] min(f·v, 1), which in [−1, 1] is
  /// min(f·(v + 1) − 1, 1): black stays black, and nothing leaves the range.
  /// - Parameter image: (height, width, channels) in [−1, 1].
  func apply(
    _ draw: Draw, to image: UnsafeMutableBufferPointer<Float>, height: Int, width: Int,
    channels: Int
  ) {
    if draw.right != 0 || draw.down != 0 {
      move(image, by: draw, height: height, width: width, channels: channels)
    }
    if draw.brighter != 0 {
      let factor = 1 + Float(brightness) * draw.brighter
      for i in 0..<height * width * channels {
        image[i] = min(factor * (image[i] + 1) - 1, 1)
      }
    }
  }

  /// In place: pixels are written in the order in which none is read afterwards.
  private func move(
    _ image: UnsafeMutableBufferPointer<Float>, by draw: Draw, height: Int, width: Int,
    channels: Int
  ) {
    for i in 0..<height {
      let row = draw.down > 0 ? height - 1 - i : i
      let from = max(0, min(height - 1, row - draw.down)) * width
      for j in 0..<width {
        let column = draw.right > 0 ? width - 1 - j : j
        let source = (from + max(0, min(width - 1, column - draw.right))) * channels
        let target = (row * width + column) * channels
        for c in 0..<channels { image[target + c] = image[source + c] }
      }
    }
  }

  /// - Throws: `DiffusionError(.badInput)` where such images cannot be moved so far, or are none.
  func check(_ data: DataSet) throws(DiffusionError) {
    guard shift > 0 || brightness > 0 else { return }
    guard data.isImage else {
      throw DiffusionError(
        .badInput,
        "data.\(shift > 0 ? "shift" : "brightness") is of images, and the data are vectors")
    }
    guard shift < min(data.height, data.width) else {
      throw DiffusionError(
        .badInput,
        "data.shift moves by up to \(shift) pixels, and the images are \(data.height)×\(data.width): take less"
      )
    }
  }
}
