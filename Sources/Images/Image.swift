/// An 8-bit image: rows from the top, channels interleaved (1 grey, 3 red-green-blue).
public struct Image: Sendable, Hashable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// (height, width, channels)
  public var pixels: [UInt8]

  /// - Precondition: `pixels` holds height·width·channels values; channels is 1 or 3.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3)
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }
}
