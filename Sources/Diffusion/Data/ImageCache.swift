private import CPNG
private import Files
private import Foundation
private import Images
private import Kernels
private import Synchronization

/// Decoded images that were read before, so that the next process need not decode them again.
///
/// An entry is one file for one list of images and one way of bringing them to size. It is taken only if
/// 1. every image file has the path, size, inode and times (to the nanosecond) that it had when it was decoded,
/// 2. the settings and the decoder are the same,
/// 3. every piece of its content has the checksum it was written with.
/// Else the files are decoded anew and take its place. It is written whole or not at all; where it cannot be, nothing is
/// lost but time. It holds the pixels and, for 100,000 images, a kilobyte beside them.
///
/// A file that was changed less than two seconds ago may be changed again without its time telling: then nothing is kept.
package struct ImageCache: Sendable {
  package let folder: String
  /// What took less to decode is not kept.
  var least = Duration.milliseconds(500)
  /// The entries that were used longest ago go when there are more bytes.
  var mostBytes = 32 << 30

  /// Changes when what is decoded does.
  private static let version = 4
  private static let ending = ".images"

  /// `WORKBENCH_CACHE` if it is set (`off`: none), else `workbench` in `XDG_CACHE_HOME` or `~/.cache`.
  package static let standard = ImageCache(environment: ProcessInfo.processInfo.environment)

  init(folder: String) { self.folder = folder }

  init?(environment: [String: String]) {
    func path(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let own = path("WORKBENCH_CACHE") {
      if own == "off" { return nil }
      folder = own
    } else if let caches = path("XDG_CACHE_HOME") {
      folder = caches + "/workbench"
    } else if let home = path("HOME") {
      folder = home + "/.cache/workbench"
    } else {
      return nil
    }
  }

  /// Where these images are kept, or would be; nil: they are not to be kept.
  func entry(_ files: [String], _ settings: DataSettings, folder source: String) -> ImageCacheEntry?
  {
    var state = SHA256()
    let way =
      "images \(Self.version) \(settings.size ?? 0) \(settings.fit.rawValue) "
      + "\(settings.filter.rawValue) \(settings.background.text)\n"
    state.update(way)
    var newest = 0
    var directory: [Int8] = [Int8](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&directory, directory.count) != nil else { return nil }
    for file in files {
      var status = stat()
      guard stat(file, &status) == 0 else { return nil }
      let (changed, modified) = (status.changed, status.modified)
      newest = max(newest, changed, modified)
      state.update(
        "\(file)\0\(status.st_size) \(status.st_dev) \(status.st_ino) \(changed) \(modified)\n")
    }
    var slot = SHA256()
    slot.update(way)
    let here = directory.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    slot.update("\(String(decoding: here, as: UTF8.self))\0\(source)\0\(files.count)\0\(files[0])")
    return ImageCacheEntry(
      cache: self, path: "\(folder)/\(slot.hexadecimal().prefix(32))" + Self.ending,
      state: state.hexadecimal(), count: files.count, newest: newest)
  }

  /// Removes what was used longest ago until the rest, but for one entry, is small enough.
  func trim(keeping kept: String) { files.trim(keeping: kept, mostBytes: mostBytes) }

  /// How many data sets are kept, and in how many bytes.
  package func usage() -> (entries: Int, bytes: Int) { files.usage() }

  fileprivate var files: CacheFolder { CacheFolder(path: folder, ending: Self.ending) }
}

/// The place of one data set in an ``ImageCache``.
struct ImageCacheEntry {
  let cache: ImageCache
  let path: String
  /// Of the files and settings, 64 hexadecimal digits.
  let state: String
  let count: Int
  /// When a file was last changed, in nanoseconds since 1970.
  let newest: Int

  private static let magic = Array("workbench images\n".utf8)
  private static let piece = 1 << 22
  /// Count, height, width, channels; stored heights and widths from … to; grey and coloured files; bits of a sample
  /// (0: stored values are not known), least and greatest; the checksum of all that is in front of it.
  private static let fields = 14
  private var headerSize: Int { Self.magic.count + 64 + 8 * Self.fields }

  /// nil: it is not there, of other files, or damaged.
  func read(workers: Int) -> DecodedImages? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var status = stat()
    var header = [UInt8](repeating: 0, count: headerSize)
    guard fstat(fileno(file), &status) == 0,
      fread(&header, 1, headerSize, file) == headerSize, header.starts(with: Self.magic),
      header[Self.magic.count...].starts(with: state.utf8)
    else { return nil }
    let numbers = (0..<Self.fields).map { Self.number(header, headerSize - 8 * (Self.fields - $0)) }
    let sum = Self.checksum(header, 0..<headerSize - 8)
    guard numbers[13] == Int(sum), numbers[0] == count,
      numbers[1...7].allSatisfy({ (1...1 << 26).contains($0) }),
      numbers[4] <= numbers[5], numbers[6] <= numbers[7],
      numbers[8...9].allSatisfy({ (0...count).contains($0) }), numbers[8] + numbers[9] == count
    else { return nil }
    let stored = StoredForm(
      heights: numbers[4]...numbers[5], widths: numbers[6]...numbers[7],
      channels: [1: numbers[8], 3: numbers[9]].filter { $0.value > 0 },
      values: numbers[10] == 0
        ? nil
        : StoredValues(
          range: .init(lower: Double(numbers[11]), upper: Double(numbers[12])), bits: numbers[10]))
    var images = DecodedImages(
      count: count, height: numbers[1], width: numbers[2], channels: numbers[3], pixels: [],
      stored: stored)
    let size = count.multipliedReportingOverflow(by: images.height * images.width * images.channels)
    guard !size.overflow else { return nil }
    let pieces = (size.partialValue + Self.piece - 1) / Self.piece
    guard Int(status.st_size) == headerSize + 8 * pieces + size.partialValue else { return nil }
    var sums = [UInt8](repeating: 0, count: 8 * pieces)
    guard fread(&sums, 1, sums.count, file) == sums.count else { return nil }
    let isSound = Mutex(true)
    let (start, expected) = (headerSize + sums.count, sums)
    let descriptor = fileno(file)
    images.pixels = [UInt8](unsafeUninitializedCapacity: size.partialValue) { out, filled in
      nonisolated(unsafe) let out = out
      Self.forEachPiece(of: size.partialValue, workers: workers) { piece, range in
        var place = range.lowerBound
        while place < range.upperBound {
          let got = pread(
            descriptor, out.baseAddress.map { $0 + place }, range.upperBound - place,
            off_t(start + place))
          guard got > 0 else { break }
          place += got
        }
        if place < range.upperBound
          || Int(Self.checksum(out, range)) != Self.number(expected, 8 * piece)
        {
          isSound.withLock { $0 = false }
        }
      }
      filled = size.partialValue
    }
    guard isSound.withLock({ $0 }) else { return nil }
    // Used now: see `trim`.
    CacheFolder.touch(path)
    return images
  }

  /// Keeps images, if it took long to decode them and there is room; silent where it cannot.
  func write(_ images: DecodedImages, took duration: Duration) {
    guard duration >= cache.least, newest < nanoseconds() - 2_000_000_000 else { return }
    let size = images.pixels.count
    try? FileManager.default.createDirectory(
      atPath: cache.folder, withIntermediateDirectories: true)
    guard cache.files.hasRoom(for: size), size <= cache.mostBytes else { return }
    var header = Self.magic + Array(state.utf8)
    let stored = images.stored
    for number in [
      images.count, images.height, images.width, images.channels, stored.heights.lowerBound,
      stored.heights.upperBound, stored.widths.lowerBound, stored.widths.upperBound,
      stored.channels[1] ?? 0, stored.channels[3] ?? 0, stored.values?.bits ?? 0,
      Int(stored.values?.range.lower ?? 0), Int(stored.values?.range.upper ?? 0),
    ] {
      header += Self.bytes(number)
    }
    header += Self.bytes(Int(Self.checksum(header, 0..<header.count)))
    let pieces = (size + Self.piece - 1) / Self.piece
    let sums = Mutex([UInt32](repeating: 0, count: pieces))
    images.pixels.withUnsafeBufferPointer { pixels in
      nonisolated(unsafe) let pixels = pixels
      Self.forEachPiece(of: size, workers: WorkerPool.processors) { piece, range in
        let sum = Self.checksum(pixels, range)
        sums.withLock { $0[piece] = sum }
      }
    }
    for sum in sums.withLock({ $0 }) { header += Self.bytes(Int(sum)) }

    do {
      try WholeFile.write(to: path, durably: false) { file in
        try file.write(header)
        try images.pixels.withUnsafeBytes { try file.write($0) }
      }
    } catch {
      return
    }
    cache.trim(keeping: path)
  }

  private static func forEachPiece(
    of size: Int, workers: Int, _ body: @escaping @Sendable (_ piece: Int, Range<Int>) -> Void
  ) {
    let pieces = (size + piece - 1) / piece
    let pool = WorkerPool(count: max(1, min(workers, pieces)))
    defer { pool.end() }
    let next = Mutex(0)
    pool.run { _ in
      while true {
        let piece = next.withLock { value in
          defer { value += 1 }
          return value
        }
        guard piece < pieces else { return }
        body(piece, piece * Self.piece..<min(size, (piece + 1) * Self.piece))
      }
    }
  }

  private static func checksum(
    _ bytes: some Collection<UInt8>, _ range: Range<Int>
  ) -> UInt32 {
    bytes.withContiguousStorageIfAvailable { bytes in
      UInt32(crc32_z(0, bytes.baseAddress.map { $0 + range.lowerBound }, range.count))
    } ?? 0
  }

  private static func bytes(_ number: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
    (0..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }
}

/// Since 1970.
private func nanoseconds() -> Int { Int(Date().timeIntervalSince1970 * 1e9) }
