private import CPNG

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// A file read from front to back, plain or gzip (told apart by its first bytes).
///
/// Nothing is allocated on the file's word alone: a request for more than the file can hold is an
/// error. DEFLATE never expands more than 1032 times, so that a small file cannot ask for much.
final class DataFile {
  let path: String
  let isCompressed: Bool
  /// Bytes on disk.
  let size: Int
  /// Bytes that were read so far, expanded.
  private(set) var position = 0

  private let file: UnsafeMutablePointer<FILE>
  private let stream: UnsafeMutablePointer<z_stream>
  private let chunk: UnsafeMutableBufferPointer<UInt8>
  /// A gzip file may hold several members, one after the other.
  private var isAtEndOfMember = false

  private static let mostExpansion = 1032
  private static let chunkSize = 1 << 18

  /// - Throws: `notFound`, `inputOutput`, or `badInput` if it is no regular file.
  init(_ path: String) throws(DiffusionError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw DiffusionError(
        isMissing ? .notFound : .inputOutput,
        "\(path): \(Self.reason())\(isMissing ? FolderListing.lookedFor(path) : "")")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DiffusionError(.badInput, "\(path): not a file")
    }
    guard let file = fopen(path, "rb") else {
      throw DiffusionError(.inputOutput, "\(path): cannot be opened: \(Self.reason())")
    }
    var magic: [UInt8] = [0, 0]
    let isCompressed = fread(&magic, 1, 2, file) == 2 && magic == [0x1f, 0x8b]
    rewind(file)

    self.path = path
    self.file = file
    self.isCompressed = isCompressed
    size = Int(status.st_size)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    chunk = .allocate(capacity: Self.chunkSize)
    // 15 bits of window, and 16 for a gzip header.
    let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      throw DiffusionError(.inputOutput, "\(path): zlib cannot start (code \(code))")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    chunk.deallocate()
    fclose(file)
  }

  /// Exactly `count` bytes.
  ///
  /// - Parameter what: what they are, for the error.
  /// - Throws: `badInput` if the file ends before, or cannot be expanded; `inputOutput`.
  func read(_ count: Int, _ what: String) throws(DiffusionError) -> [UInt8] {
    try requireRoom(for: count, what)
    try RawData.requireMemory(count, count: 1, name: path)
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = try readSome(&bytes, from: done)
      guard got > 0 else {
        throw DiffusionError(
          .badInput,
          "\(path): truncated: \(what) takes \(count) bytes from byte \(position - done) on, "
            + "\(done) are there")
      }
      done += got
    }
    return bytes
  }

  /// All that is left.
  ///
  /// - Throws: `badInput` if it cannot be expanded or does not fit into memory; `inputOutput`.
  func readToEnd() throws(DiffusionError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let got = try readSome(&piece, from: 0)
      guard got > 0 else { return bytes }
      try RawData.requireMemory(bytes.count + got, count: 1, name: path)
      bytes += piece[..<got]
    }
  }

  /// - Throws: `badInput` if there is more, or the checksum at the end of a gzip file is missing.
  func requireEnd(after what: String) throws(DiffusionError) {
    var byte: [UInt8] = [0]
    guard try readSome(&byte, from: 0) == 0 else {
      throw DiffusionError(
        .badInput, "\(path): too long: after \(what), \(position - 1) bytes, more follows")
    }
  }

  private func requireRoom(for count: Int, _ what: String) throws(DiffusionError) {
    let most =
      isCompressed
      ? size.multipliedReportingOverflow(by: Self.mostExpansion).partialValue : size - position
    guard count <= most else {
      throw DiffusionError(
        .badInput,
        "\(path): truncated: \(what) takes \(count) bytes, the file's \(size) cannot hold them")
    }
  }

  /// Fills `bytes` from `first` as far as it goes; 0: the end.
  private func readSome(_ bytes: inout [UInt8], from first: Int) throws(DiffusionError) -> Int {
    let result = bytes.withUnsafeMutableBufferPointer { buffer -> Result<Int, DiffusionError> in
      let rest = UnsafeMutableBufferPointer(rebasing: buffer[first...])
      return Result { () throws(DiffusionError) -> Int in
        isCompressed ? try inflate(into: rest) : try readPlain(into: rest)
      }
    }
    let got = try result.get()
    position += got
    return got
  }

  private func readPlain(into out: UnsafeMutableBufferPointer<UInt8>) throws(DiffusionError) -> Int
  {
    let got = fread(out.baseAddress, 1, out.count, file)
    guard got == out.count || ferror(file) == 0 else {
      throw DiffusionError(.inputOutput, "\(path): reading failed: \(Self.reason())")
    }
    return got
  }

  private func inflate(into out: UnsafeMutableBufferPointer<UInt8>) throws(DiffusionError) -> Int {
    // zlib counts in 32 bits.
    let room = min(out.count, 1 << 30)
    stream.pointee.next_out = out.baseAddress
    stream.pointee.avail_out = UInt32(room)
    while stream.pointee.avail_out > 0 {
      if stream.pointee.avail_in == 0 {
        let got = try readPlain(into: chunk)
        stream.pointee.next_in = chunk.baseAddress
        stream.pointee.avail_in = UInt32(got)
        if got == 0 {
          guard isAtEndOfMember else {
            throw DiffusionError(
              .badInput,
              "\(path): truncated: the gzip file ends after \(size) bytes, within its data")
          }
          break
        }
      }
      if isAtEndOfMember {
        // Zeros between members or behind the last are padding, to whole blocks of a tape or a disk.
        while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
          stream.pointee.next_in += 1
          stream.pointee.avail_in -= 1
        }
        if stream.pointee.avail_in == 0 { continue }
        inflateReset(stream)
        isAtEndOfMember = false
      }
      switch CPNG.inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isAtEndOfMember = true
      default:
        let why = stream.pointee.msg.map { String(cString: $0) } ?? "no gzip data"
        throw DiffusionError(.badInput, "\(path): damaged: it cannot be expanded (\(why))")
      }
    }
    return room - Int(stream.pointee.avail_out)
  }

  private static func reason() -> String {
    String(cString: strerror(errno))
  }
}
