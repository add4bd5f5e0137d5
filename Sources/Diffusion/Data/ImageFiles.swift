import Images
private import Kernels
private import Synchronization

/// The content of image files: each read, brought to one size, all in one number of channels. If any
/// image is coloured, all are.
///
/// Files are decoded by all processors at once; what came out is kept in an ``ImageCache`` where that took long.
enum ImageFiles {
  /// Whether a file of this name is taken for an image that can be read.
  static func isReadable(_ name: String) -> Bool {
    let name = name.lowercased()
    return Image.fileExtensions.contains { name.hasSuffix("." + $0) }
  }

  /// - Parameters:
  ///   - files: at least one, in the order that the images shall have.
  ///   - folder: where they come from, for an error about all of them.
  ///   - cache: nil: nothing is kept.
  ///   - workers: threads; the result does not depend on how many.
  /// - Throws: `notFound`, `inputOutput`, `badInput`; each names the file, the first that is bad.
  static func read(
    _ files: [String], _ settings: DataSettings, folder: String,
    cache: ImageCache? = .standard, workers: Int = WorkerPool.processors
  ) throws(DiffusionError) -> RawData {
    guard let range = settings.range else {
      let decoded = try DecodedImages.read(
        files, settings, folder: folder, cache: cache, workers: workers)
      return decoded.data
    }
    return try floats(files, settings, range: range, folder: folder)
  }

  /// Samples as they are stored, all 16 bits of them, scaled by the range that is asked for.
  private static func floats(
    _ files: [String], _ settings: DataSettings, range: DataSettings.ValueRange, folder: String
  ) throws(DiffusionError) -> RawData {
    var floats: [Float] = []
    var first: (height: Int, width: Int, channels: Int)?
    var form: StoredForm?
    var narrow: String?
    var wide: String?
    let numbers = ImageNumbers(settings)
    for file in files {
      let stored: StoredPicture
      do throws(ImageError) {
        stored = try StoredPicture(contentsOf: file, isWide: true)
      } catch {
        throw DiffusionError(error)
      }
      guard !stored.hasAlpha else {
        throw DiffusionError(
          .badInput, "\(file): has transparent parts, which do not go with data.range: leave it out"
        )
      }
      let samples: [Float]
      switch stored.samples {
      case .bytes(let bytes):
        samples = bytes.map { Float($0) }
        narrow = narrow ?? file
      case .words(let words):
        samples = words.map { Float($0) }
        wide = wide ?? file
      }
      if let narrow, let wide, range.upper > 255 {
        throw DiffusionError(
          .badInput,
          "\(narrow): has 8 bits, and \(wide) has 16: no data.range fits both; leave it out to take "
            + "the high byte of 16 bits, or convert one kind to the other")
      }
      let read = try numbers.values(samples, type: .uint16, name: file)
      guard case .floats(let values) = read.values else {
        preconditionFailure("a range gives floats")
      }
      let shape = (stored.height, stored.width, stored.channels)
      let own = StoredForm(
        heights: shape.0...shape.0, widths: shape.1...shape.1, channels: [shape.2: 1],
        values: read.stored)
      form = form?.merged(with: own) ?? own
      let target = (
        height: settings.size ?? shape.0, width: settings.size ?? shape.1, channels: shape.2
      )
      if let first, first != target {
        throw DiffusionError(
          .badInput,
          "\(file): is \(target.height)×\(target.width)×\(target.channels) (height, width, channels), "
            + "expected \(first.height)×\(first.width)×\(first.channels) as \(files[0])")
      }
      first = target
      try RawData.requireMemory(
        4 * target.height * target.width * target.channels, count: files.count, name: folder)
      if shape.0 == target.height, shape.1 == target.width {
        floats += values
      } else {
        let fit = try ImageFit(
          height: shape.0, width: shape.1, channels: shape.2, size: target.height,
          fit: settings.fit, filter: settings.filter, name: file)
        floats += fit.apply(values, count: 1)
      }
    }
    guard let first else { preconditionFailure("no files") }
    if let narrow, range.upper >= 16 * 256 {
      throw DiffusionError(
        .badInput,
        "\(narrow): has 8 bits, which end at 255, nearly black where \(plain(range.upper)) is white: correct "
          + "data.range, or leave it out")
    }
    return RawData(
      name: "images", height: first.height, width: first.width, channels: first.channels,
      values: .floats(floats), stored: form)
  }
}

/// Images of bytes, decoded and brought to one size.
struct DecodedImages: Equatable {
  var count: Int
  var height: Int
  var width: Int
  var channels: Int
  /// (count, height, width, channels)
  var pixels: [UInt8]
  /// Sizes and channels as the files have them.
  var stored: StoredForm

  var data: RawData {
    RawData(
      name: "images", height: height, width: width, channels: channels, values: .bytes(pixels),
      stored: stored)
  }

  /// Out of the cache, or else out of the files.
  static func read(
    _ files: [String], _ settings: DataSettings, folder: String, cache: ImageCache?, workers: Int
  ) throws(DiffusionError) -> DecodedImages {
    // Looked at before the files are read: what is changed afterwards has another state.
    let entry = cache?.entry(files, settings, folder: folder)
    if let entry, let known = entry.read(workers: workers) { return known }
    let start = ContinuousClock.now
    let decoded = try decode(files, settings, folder: folder, workers: workers)
    entry?.write(decoded, took: ContinuousClock.now - start)
    return decoded
  }

  static func decode(
    _ files: [String], _ settings: DataSettings, folder: String, workers: Int
  ) throws(DiffusionError) -> DecodedImages {
    let first = try image(files[0], settings.background).image
    let isColoured = first.channels == 3 || settings.background.isColoured && settings.fit == .pad
    var target = DecodedImages(
      count: files.count, height: settings.size ?? first.height,
      width: settings.size ?? first.width,
      channels: isColoured ? 3 : 1, pixels: [], stored: StoredForm(first, nil, count: 0))
    while true {
      let size = target.height * target.width * target.channels
      try RawData.requireMemory(size, count: files.count, name: folder)
      let decoding = Decoding(files: files, settings: settings, target: target)
      target.pixels = [UInt8](unsafeUninitializedCapacity: size * files.count) { out, filled in
        decoding.run(into: out, workers: min(workers, (files.count + 15) / 16))
        filled = size * files.count
      }
      if let error = decoding.error { throw error }
      // A coloured one among grey ones: all over again, which is seldom.
      guard decoding.metColour else {
        target.stored = decoding.stored ?? target.stored
        return target
      }
      target.channels = 3
    }
  }

  fileprivate static func image(
    _ file: String, _ background: Background
  ) throws(DiffusionError) -> (image: Image, stored: StoredValues?) {
    do throws(ImageError) {
      // Wide, to know what is stored; of the image the high byte is taken.
      let picture = try StoredPicture(contentsOf: file, isWide: true)
      return (Image(picture, background: background), StoredValues(picture))
    } catch {
      throw DiffusionError(error)
    }
  }
}

/// All files of a data set being decoded by several threads, a few files at a time each.
///
/// Unchecked: each file's pixels go to a place of their own, and the rest is guarded.
private final class Decoding: @unchecked Sendable {
  private let files: [String]
  private let settings: DataSettings
  private let target: DecodedImages
  private let next = Atomic<Int>(0)
  private let found = Mutex<(error: DiffusionError?, place: Int, metColour: Bool)>(
    (nil, .max, false))
  private let form = Mutex<StoredForm?>(nil)
  private static let atOnce = 16

  init(files: [String], settings: DataSettings, target: DecodedImages) {
    self.files = files
    self.settings = settings
    self.target = target
  }

  /// That of the first file that has one.
  var error: DiffusionError? { found.withLock { $0.error } }
  var metColour: Bool { found.withLock { $0.metColour } }
  /// Of all files.
  var stored: StoredForm? { form.withLock { $0 } }

  func run(into out: UnsafeMutableBufferPointer<UInt8>, workers: Int) {
    nonisolated(unsafe) let out = out
    let pool = WorkerPool(count: max(1, workers))
    defer { pool.end() }
    pool.run { _ in
      var fit: ImageFit?
      var fitted = (0, 0, 0)
      var stored: StoredForm?
      defer {
        if let stored { self.form.withLock { $0 = $0?.merged(with: stored) ?? stored } }
      }
      while true {
        let start = self.next.wrappingAdd(Self.atOnce, ordering: .relaxed).oldValue
        guard start < self.files.count else { return }
        for place in start..<min(start + Self.atOnce, self.files.count) {
          // What comes before a bad file is still read: it may be bad too, and then it is the first.
          guard self.found.withLock({ place < $0.place && !$0.metColour }) else { return }
          do throws(DiffusionError) {
            let (image, values) = try DecodedImages.image(
              self.files[place], self.settings.background)
            guard image.channels <= self.target.channels else {
              self.found.withLock { $0.metColour = true }
              return
            }
            let form = StoredForm(image, values, count: 1)
            stored = stored?.merged(with: form) ?? form
            try self.write(image, place, &fit, &fitted, into: out)
          } catch {
            self.found.withLock { if place < $0.place { ($0.error, $0.place) = (error, place) } }
            return
          }
        }
      }
    }
  }

  private func write(
    _ image: Image, _ place: Int, _ fit: inout ImageFit?, _ fitted: inout (Int, Int, Int),
    into out: UnsafeMutableBufferPointer<UInt8>
  ) throws(DiffusionError) {
    var pixels = image.pixels
    var channels = image.channels
    if image.height != target.height || image.width != target.width {
      guard let size = settings.size else {
        throw DiffusionError(
          .badInput,
          "\(files[place]): is \(image.height)×\(image.width), expected "
            + "\(target.height)×\(target.width) as \(files[0]): set data.size to bring all to one size"
        )
      }
      if settings.fit == .pad, channels < target.channels {
        // The margin may be coloured.
        pixels = Self.coloured(pixels)
        channels = target.channels
      }
      if fit == nil || fitted != (image.height, image.width, channels) {
        fit = try ImageFit(
          height: image.height, width: image.width, channels: channels, size: size,
          fit: settings.fit, filter: settings.filter,
          background: Array(settings.background.levels.prefix(channels)), name: files[place])
        fitted = (image.height, image.width, channels)
      }
      if let fit { pixels = fit.apply(pixels, count: 1) }
    }
    if channels < target.channels { pixels = Self.coloured(pixels) }
    let size = target.height * target.width * target.channels
    _ = UnsafeMutableBufferPointer(rebasing: out[place * size..<(place + 1) * size])
      .update(fromContentsOf: pixels)
  }

  /// Grey as red-green-blue.
  private static func coloured(_ grey: [UInt8]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * grey.count)
    for level in grey {
      pixels.append(level)
      pixels.append(level)
      pixels.append(level)
    }
    return pixels
  }
}

extension DiffusionError {
  init(_ error: ImageError) {
    let kind: Kind =
      switch error.kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.description)
  }
}

extension StoredForm {
  fileprivate init(_ image: Image, _ values: StoredValues?, count: Int) {
    self.init(
      heights: image.height...image.height, widths: image.width...image.width,
      channels: [image.channels: count], values: values)
  }
}
