private import CPNG

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// A ZIP archive (PKWARE's APPNOTE 6.3, with the 64-bit extension), its members stored or deflated.
///
/// What is read is bounded by the file's size and by what DEFLATE can expand, and each member's checksum is checked.
final class ZipArchive {
  struct Member {
    var name: String
    fileprivate var method: Int
    fileprivate var isEncrypted: Bool
    fileprivate var checksum: UInt32
    fileprivate var packedSize: Int
    var size: Int
    fileprivate var place: Int
  }

  let path: String
  private(set) var members: [Member] = []
  private let size: Int
  private let file: UnsafeMutablePointer<FILE>

  private static let mostExpansion = 1032
  private static let mostMembers = 100_000

  /// - Throws: `notFound`, `inputOutput`, `badInput` if it is no archive or its directory is damaged.
  init(_ path: String) throws(DiffusionError) {
    // For its errors; and a folder is no file.
    size = try DataFile(path).size
    guard let file = fopen(path, "rb") else {
      throw DiffusionError(
        .inputOutput, "\(path): cannot be opened: \(String(cString: strerror(errno)))")
    }
    self.path = path
    self.file = file
    try readDirectory()
  }

  deinit { fclose(file) }

  /// The content of a member.
  ///
  /// - Throws: `badInput` if it is damaged, or packed in a way that is not supported.
  func read(_ member: Member) throws(DiffusionError) -> [UInt8] {
    let name = "\(path): \(member.name)"
    guard !member.isEncrypted else {
      throw DiffusionError(.badInput, "\(name): is encrypted, expected a plain archive")
    }
    let header = try bytes(30, at: member.place)
    guard Self.number(header, 0, 4) == 0x0403_4b50 else {
      throw damaged("\(member.name) is not there")
    }
    let start = member.place + 30 + Self.number(header, 26, 2) + Self.number(header, 28, 2)
    guard
      member.size <= member.packedSize.multipliedReportingOverflow(by: Self.mostExpansion)
        .partialValue + 64
    else {
      throw damaged(
        "\(member.name) announces \(member.size) bytes, which \(member.packedSize) cannot hold")
    }
    try RawData.requireMemory(member.size + member.packedSize, count: 1, name: name)
    let packed = try bytes(member.packedSize, at: start)
    let content: [UInt8]
    switch member.method {
    case 0: content = packed
    case 8: content = try inflated(packed, size: member.size, name: name)
    default:
      throw DiffusionError(
        .badInput,
        "\(name): is packed by method \(member.method), expected stored or deflated members, as "
          + "numpy.savez writes them")
    }
    guard content.count == member.size, Self.checksum(content) == member.checksum else {
      throw damaged("\(member.name) does not have its checksum")
    }
    return content
  }

  private func readDirectory() throws(DiffusionError) {
    let end = try findEnd()
    var place = end.place
    var names: Set<String> = []
    for _ in 0..<end.count {
      let header = try bytes(46, at: place)
      guard Self.number(header, 0, 4) == 0x0201_4b50 else {
        throw damaged("its directory is cut short")
      }
      let (nameSize, extraSize) = (Self.number(header, 28, 2), Self.number(header, 30, 2))
      let tail = try bytes(nameSize + extraSize, at: place + 46)
      var member = Member(
        name: String(decoding: tail[..<nameSize], as: UTF8.self),
        method: Self.number(header, 10, 2),
        isEncrypted: header[8] & 1 == 1, checksum: UInt32(Self.number(header, 16, 4)),
        packedSize: Self.number(header, 20, 4), size: Self.number(header, 24, 4),
        place: Self.number(header, 42, 4))
      try widen(&member, extra: Array(tail[nameSize...]))
      guard member.packedSize <= size, member.place < size, member.size >= 0 else {
        throw damaged("\(member.name) lies outside of it")
      }
      guard names.insert(member.name).inserted else {
        throw damaged("it holds \(member.name) twice")
      }
      // Names have no checksum, but stand there twice.
      let own = try bytes(30 + nameSize, at: member.place)
      guard Self.number(own, 26, 2) == nameSize, own[30...] == tail[..<nameSize] else {
        throw damaged("\(member.name) has two names")
      }
      members.append(member)
      place += 46 + nameSize + extraSize + Self.number(header, 32, 2)
    }
    guard place == end.directoryEnd else { throw damaged("its directory and its end do not agree") }
  }

  /// Where the directory begins and ends, and how many members it has.
  private func findEnd() throws(DiffusionError) -> (place: Int, directoryEnd: Int, count: Int) {
    let tail = try bytes(min(size, 22 + 65_535), at: size - min(size, 22 + 65_535))
    let mark: [UInt8] = [0x50, 0x4b, 5, 6]
    guard tail.count >= 22,
      let found = (0...tail.count - 22).last(where: { tail[$0...].starts(with: mark) })
    else {
      throw damaged("its end is missing, so it is no ZIP archive or was cut short")
    }
    var count = Self.number(tail, found + 10, 2)
    var place = Self.number(tail, found + 16, 4)
    var directoryEnd = size - tail.count + found
    let locator = directoryEnd - 20
    if count == 0xffff || place == 0xffff_ffff, locator >= 0 {
      let header = try bytes(20, at: locator)
      if Self.number(header, 0, 4) == 0x0706_4b50 {
        directoryEnd = Self.number(header, 8, 8)
        let record = try bytes(56, at: directoryEnd)
        guard Self.number(record, 0, 4) == 0x0606_4b50 else { throw damaged("its end is damaged") }
        (count, place) = (Self.number(record, 32, 8), Self.number(record, 48, 8))
      }
    }
    guard (0...Self.mostMembers).contains(count) else { throw damaged("it has \(count) members") }
    return (place, directoryEnd, count)
  }

  /// Sizes of 64 bits, where the directory's own fields are full.
  private func widen(_ member: inout Member, extra: [UInt8]) throws(DiffusionError) {
    var place = 0
    while place + 4 <= extra.count {
      let (kind, length) = (Self.number(extra, place, 2), Self.number(extra, place + 2, 2))
      place += 4
      guard length <= extra.count - place else { throw damaged("its directory is damaged") }
      if kind == 1 {
        var field = place
        func next(_ value: inout Int) throws(DiffusionError) {
          guard value == 0xffff_ffff else { return }
          guard field + 8 <= place + length else { throw damaged("its directory is damaged") }
          value = Self.number(extra, field, 8)
          field += 8
        }
        try next(&member.size)
        try next(&member.packedSize)
        try next(&member.place)
      }
      place += length
    }
  }

  private func inflated(_ packed: [UInt8], size: Int, name: String) throws(DiffusionError)
    -> [UInt8]
  {
    var stream = z_stream()
    // Raw DEFLATE, 15 bits of window.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      throw DiffusionError(.inputOutput, "\(name): zlib cannot start")
    }
    defer { inflateEnd(&stream) }
    var content = [UInt8](repeating: 0, count: size)
    var status = Z_OK
    var done = 0
    var taken = 0
    packed.withUnsafeBufferPointer { packed in
      content.withUnsafeMutableBufferPointer { content in
        // zlib counts in 32 bits, and wants an address even where there is no room.
        var spare: UInt8 = 0
        withUnsafeMutablePointer(to: &spare) { spare in
          while status == Z_OK {
            let (input, room) = (min(packed.count - taken, 1 << 30), min(size - done, 1 << 30))
            stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress.map { $0 + taken })
            stream.avail_in = UInt32(input)
            stream.next_out = room > 0 ? content.baseAddress.map { $0 + done } : spare
            stream.avail_out = UInt32(room)
            status = inflate(&stream, Z_NO_FLUSH)
            taken += input - Int(stream.avail_in)
            done += room - Int(stream.avail_out)
            // No room and no end, or no input and no end: as long as announced it is not.
            if status == Z_OK, done == size && room == 0 || taken == packed.count && input == 0 {
              break
            }
          }
        }
      }
    }
    guard status == Z_STREAM_END, done == size else {
      throw DiffusionError(
        .badInput, "\(name): damaged: it does not expand to the \(size) bytes that it announces")
    }
    return content
  }

  private func bytes(_ count: Int, at place: Int) throws(DiffusionError) -> [UInt8] {
    guard place >= 0, count >= 0, place <= size, count <= size - place else {
      throw damaged("it ends after \(size) bytes, within what it announces")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    guard fseeko(file, off_t(place), SEEK_SET) == 0, fread(&bytes, 1, count, file) == count else {
      throw DiffusionError(.inputOutput, "\(path): reading failed")
    }
    return bytes
  }

  private func damaged(_ what: String) -> DiffusionError {
    DiffusionError(.badInput, "\(path): damaged: \(what)")
  }

  /// Little-endian; what does not fit is −1, which no bound lets through.
  private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
    let number = (0..<count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[place + $1]) }
    return Int(exactly: number) ?? -1
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(
      bytes.withUnsafeBytes {
        crc32_z(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
      })
  }
}
