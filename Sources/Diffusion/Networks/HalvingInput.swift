import Kernels

/// The images of a network that halves their sides until at most 4 pixels are left, and the room they take in it: sides
/// are padded with zeros, behind, to a multiple of what halving needs.
struct HalvingInput: Sendable {
  private static let largestSide = 4

  /// How often the sides are halved.
  let halvings: Int
  /// (1, H, W, C) of the images themselves.
  let image: Shape
  /// (1, H′, W′, C) of what the network sees.
  let padded: Shape

  /// - Parameter image: (1, H, W, C).
  init(_ image: Shape) {
    var halvings = 0
    while max(image.height, image.width) > Self.largestSide << halvings { halvings += 1 }
    var padded = image
    let multiple = 1 << halvings
    padded.height = (image.height + multiple - 1) / multiple * multiple
    padded.width = (image.width + multiple - 1) / multiple * multiple
    (self.halvings, self.image, self.padded) = (halvings, image, padded)
  }

  /// Puts an image (H, W, C), scaled, where the network sees it.
  ///
  /// - Parameter place: room for `padded.stride` values.
  func put(
    _ values: UnsafeBufferPointer<Float>, scaled scale: Float = 1,
    into place: UnsafeMutableBufferPointer<Float>
  ) {
    if padded != image { place.update(repeating: 0) }
    let (row, wider) = (image.width * image.channels, padded.width * padded.channels)
    for y in 0..<image.height {
      for x in 0..<row { place[y * wider + x] = scale * values[y * row + x] }
    }
  }

  /// What of a padded image (H′, W′, C) is the image itself: (H, W, C), scaled.
  func taken(from place: UnsafeBufferPointer<Float>, scaled scale: Double) -> [Float] {
    let (row, wider) = (image.width * image.channels, padded.width * padded.channels)
    return (0..<image.height).flatMap { y in
      (0..<row).map { Float(scale * Double(place[y * wider + $0])) }
    }
  }
}
