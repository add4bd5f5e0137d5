private import Files

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

extension Image {
  /// Reads a PNG, JPEG or WebP file; see ``init(encoded:name:background:)``.
  ///
  /// - Throws: `notFound`, `inputOutput`, or `badInput` if it is no good picture.
  public init(contentsOf path: String, background: Background = .black) throws(ImageError) {
    try self.init(encoded: Self.bytes(of: path), name: path, background: background)
  }

  /// Endings that promise something else than ``write(to:)`` writes.
  private static let foreignEndings: Set = [
    "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "svg", "bmp", "tif", "tiff", "avif", "heic",
    "heif", "jxl", "jp2", "ppm", "pgm", "pnm", "ico", "pdf", "safetensors", "npy", "npz",
  ]

  /// Whether a PNG of this name would be taken for a file of another format.
  package static func isForeign(_ path: String) -> Bool {
    foreignEndings.contains { path.lowercased().hasSuffix("." + $0) }
  }

  /// Writes a PNG file, whole or not at all: to a temporary file beside it, which then takes its name.
  ///
  /// - Throws: `cannotCreate`, `inputOutput`, or `badInput` as ``png()`` does.
  public func write(to path: String) throws(ImageError) {
    let bytes = try png()
    var failure: FileFailure?
    bytes.withUnsafeBytes { bytes in
      do throws(FileFailure) {
        try WholeFile.write([bytes], to: path, durably: false)
      } catch {
        failure = error
      }
    }
    guard let failure else { return }
    throw failure.kind == .cannotCreate
      ? ImageError(.cannotCreate, "\(path): cannot be created: \(failure.reason)")
      : ImageError(.inputOutput, "\(path): writing failed: \(failure.reason)")
  }

  /// A file of more bytes than any picture that ``init(contentsOf:background:)`` takes is refused.
  package static func bytes(of path: String) throws(ImageError) -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ImageError(errno == ENOENT ? .notFound : .inputOutput, "\(path): \(reason())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ImageError(.badInput, "\(path): not a file")
    }
    let size = Int(status.st_size)
    guard size <= 8 * PNGChunks.mostPixels else {
      throw ImageError(.badInput, "\(path): \(size) bytes are too many for a picture")
    }
    guard let file = fopen(path, "rb") else {
      throw ImageError(.inputOutput, "\(path): cannot be opened: \(reason())")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: size)
    guard fread(&bytes, 1, size, file) == size else {
      throw ImageError(.inputOutput, "\(path): reading failed")
    }
    return bytes
  }

  private static func reason() -> String {
    String(cString: strerror(errno))
  }
}
