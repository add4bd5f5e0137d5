/// Bytes that are read from front to back: a file, or a member of an archive.
protocol ByteSource: AnyObject {
  /// For errors.
  var path: String { get }

  /// Exactly `count` bytes.
  ///
  /// - Parameter what: what they are, for the error.
  /// - Throws: `badInput` if there are fewer, `inputOutput`.
  func read(_ count: Int, _ what: String) throws(DiffusionError) -> [UInt8]

  /// - Throws: `badInput` if there is more.
  func requireEnd(after what: String) throws(DiffusionError)
}

extension DataFile: ByteSource {}

/// Bytes at hand.
final class BytesSource: ByteSource {
  let path: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  func read(_ count: Int, _ what: String) throws(DiffusionError) -> [UInt8] {
    guard count <= bytes.count - position else {
      throw DiffusionError(
        .badInput,
        "\(path): truncated: \(what) takes \(count) bytes from byte \(position) on, "
          + "\(bytes.count - position) are there")
    }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  func requireEnd(after what: String) throws(DiffusionError) {
    guard position == bytes.count else {
      throw DiffusionError(
        .badInput, "\(path): too long: after \(what), \(position) bytes, more follows")
    }
  }
}
