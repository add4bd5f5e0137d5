import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// What NumPy 2.4.6 wrote: `Goldens/arrays/make_arrays.py` says which numbers are in the files.
@Suite struct ArrayGoldenTests {
  static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/Goldens/arrays"
  static let labels: [Int32] = [2, 0, 1, 1, 0, 2]

  /// (height 3, width 2, channels) of image n.
  private func pattern(_ n: Int, channels: Int = 1) -> [Int] {
    (0..<3).flatMap { y in
      (0..<2).flatMap { x in (0..<channels).map { (40 * n + 12 * y + 4 * x + $0) % 256 } }
    }
  }

  private func load(
    _ source: DataSettings.Source, split: DataSettings.Split = .train,
    _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> DataSet {
    var settings = DataSettings(source: source, split: split)
    change(&settings)
    return try DataSet.load(settings)
  }

  /// All of an archive, before any image is held out.
  private func source(
    _ name: String, images: String? = nil, labels: String? = nil,
    _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> SourceData {
    let path = "\(Self.folder)/\(name).npz"
    var settings = DataSettings(source: .npz(path: path))
    change(&settings)
    return try NPZ.read(path, images: images, labels: labels, numbers: ImageNumbers(settings))
  }

  private func read(
    _ name: String, images: String? = nil, labels: String? = nil,
    _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> DataSet {
    try source(name, images: images, labels: labels, change).images.dataSet()
  }

  private func npy(_ name: String) -> DataSettings.Source {
    .npy(path: "\(Self.folder)/\(name).npy")
  }

  private func npz(_ name: String) -> DataSettings.Source {
    .npz(path: "\(Self.folder)/\(name).npz")
  }

  /// Every array of an archive is used or said to be left out.
  @Test func arraysThatAreNotUsedAreSaid() throws {
    func ignored(_ name: String, images: String? = nil, _ layout: DataSettings.Layout = .auto)
      throws
      -> [String]
    {
      try source(name, images: images) { $0.layout = layout }.ignored.map {
        "\($0.count) \($0.unit) \($0.reason): \($0.examples.joined(separator: " "))"
      }
    }
    #expect(try ignored("ours", .nhwc) == [])
    #expect(try ignored("keras") == [])
    #expect(try ignored("medmnist", .nhwc) == ["1 images for validation: val_images"])
    #expect(
      try ignored("one") == ["1 arrays neither the images nor their labels: scale"])
    #expect(
      try ignored("two", images: "left") == [
        "6 images not selected: right", "1 arrays neither the images nor their labels: kind",
      ])
    #expect(
      try ignored("ours", images: "images", .nhwc) == [
        "2 images not selected: test_images",
        "2 arrays neither the images nor their labels: labels test_labels",
      ])
  }

  /// Bytes in any type of integer are bytes; the six images are all but the last to train on.
  @Test(arguments: [
    "u1", "u2", "u4", "u8", "i2", "i4", "i8", "big-u2", "big-u4", "big-u8", "big-i2", "big-i4",
    "big-i8",
  ])
  func integersAreBytes(name: String) throws {
    let data = try load(npy(name))
    #expect((data.count, data.height, data.width, data.channels) == (5, 3, 2, 1))
    for n in 0..<5 { #expect(data.bytes(n) == pattern(n)) }
    // The same data set, whatever they are stored as.
    #expect(try data.fingerprint == load(npy("u1")).fingerprint)
  }

  @Test func bytesWithASignAskForTheirRange() throws {
    let error = #expect(throws: DiffusionError.self) { try load(npy("i1")) }
    #expect(
      error?.description
        == "\(Self.folder)/i1.npy: its values range from -128 to 100 (int8): which value is black and "
        + "which is white? Set the range, for instance data.range: [-128, 100]; expected without it are bytes "
        + "from 0 to 255 or floats from −1 to 1")
    let data = try load(npy("i1")) { $0.range = .init(-128, 127) }
    for n in 0..<5 { #expect(data.bytes(n) == pattern(n)) }
  }

  @Test func truthIsBlackAndWhite() throws {
    let data = try load(npy("bool"))
    for n in 0..<5 { #expect(data.bytes(n) == pattern(n).map { $0 % 8 > 3 ? 255 : 0 }) }
  }

  @Test(arguments: ["f2", "f4", "f8", "big-f2", "big-f4", "big-f8"])
  func floatsAreWhatTheyAre(name: String) throws {
    let data = try load(npy(name))
    for n in 0..<5 {
      let exact = pattern(n).map { Float(Double($0) / 127.5 - 1) }
      // Half precision has 11 bits: 2⁻¹² at most below 1.
      let room: Float = name.hasSuffix("f2") ? 0x1p-12 : 0
      for (value, expected) in zip(data.values(n..<n + 1), exact) {
        #expect(abs(value - expected) <= room)
      }
    }
  }

  @Test func everyOrderOfAxesIsTheSameImages() throws {
    let last = try load(npy("nhwc")) { $0.layout = .nhwc }
    #expect((last.count, last.height, last.width, last.channels) == (5, 3, 2, 3))
    for n in 0..<5 { #expect(last.bytes(n) == pattern(n, channels: 3)) }
    #expect(try load(npy("nchw")) { $0.layout = .nchw }.fingerprint == last.fingerprint)
    #expect(try load(npy("fortran")) { $0.layout = .nhwc }.fingerprint == last.fingerprint)
  }

  @Test func labelsLieInAFileOfTheirOwn() throws {
    let path = "\(Self.folder)/u1.npy"
    let source = DataSettings.Source.npy(path: path, labels: "\(Self.folder)/labels.npy")
    let data = try NPY.read(
      path, labels: "\(Self.folder)/labels.npy", numbers: ImageNumbers(DataSettings(source: source))
    )
    #expect(data.classes == 3 && data.labels == Self.labels)
    // A tenth of each class of two images, so that each has one to train on.
    #expect(
      try load(source).labels == [0, 1, 2] && load(source, split: .test).labels == [0, 1, 2])
    #expect(throws: DiffusionError.self) {
      try load(.npy(path: path, labels: "\(Self.folder)/nhwc.npy"))
    }
  }

  // MARK: Archives

  @Test(arguments: ["ours", "medmnist"]) func archivesWithImagesToTestOn(name: String) throws {
    let train = try load(npz(name)) { $0.layout = .nhwc }
    #expect(train.count == 6 && train.classes == 3 && train.labels == Self.labels)
    for n in 0..<6 { #expect(train.bytes(n) == pattern(n, channels: 3)) }
    var settings = DataSettings(source: npz(name))
    settings.layout = .nhwc
    let test = try DataSet.loadHeldOut(settings)
    #expect(test.count == 2 && test.labels == [2, 0] && test.classes == 3)
    #expect(test.bytes(0) == pattern(5, channels: 3) && test.bytes(1) == pattern(4, channels: 3))
  }

  @Test func archivesOfKeras() throws {
    let train = try load(npz("keras"))
    #expect(train.count == 6 && train.labels == Self.labels && train.bytes(3) == pattern(3))
    let test = try DataSet.loadHeldOut(DataSettings(source: npz("keras")))
    #expect(test.count == 1 && test.labels == [2] && test.bytes(0) == pattern(0))
  }

  @Test func archivesWithoutNames() throws {
    let data = try read("positions") { $0.layout = .nhwc }
    #expect(data.count == 6 && data.labels == Self.labels && data.classes == 3)
    #expect(try load(npz("one")).bytes(4) == pattern(4))
  }

  /// A whole number for each image, under a name that is not known; not where all differ.
  @Test func whatMayBeLabelsIsAskedAbout() throws {
    let path = "\(Self.folder)/target.npz"
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(path): holds target, a whole number for each image of images: are these the labels? Set "
          + "data.label_array: target, or data.label_array: none")
    ) { try source("target") }
    #expect(try read("target", labels: "target").labels == Self.labels)
    let none = try source("target", labels: "none")
    #expect(none.images.labels.isEmpty && none.ignored.map(\.examples) == [["ids", "target"]])
    #expect(try source("target", images: "images").images.labels.isEmpty)
    // Nor are labels taken that are known.
    #expect(try read("keras", labels: "none").labels.isEmpty)
    let error = #expect(throws: DiffusionError.self) {
      try read("keras", labels: "x_train")
    }
    #expect(
      error?.description.hasSuffix("; data.label_array: none takes the images alone") == true)
  }

  @Test func archivesThatLeaveAChoiceAsk() throws {
    let path = "\(Self.folder)/two.npz"
    let error = #expect(throws: DiffusionError.self) { try load(npz("two")) }
    #expect(
      error?.description
        == "\(path): holds the arrays kind, left, right; which are the images? Set data.image_array, "
        + "and data.label_array if there are labels")
    let data = try read("two", images: "right", labels: "kind")
    #expect(data.bytes(1) == pattern(1) && data.labels == Self.labels)
    #expect(
      throws: DiffusionError(.badInput, "\(path): holds no array \"up\", but kind, left, right")
    ) {
      try load(.npz(path: path, images: "up"))
    }
  }

  @Test(arguments: ["ours", "medmnist", "keras"]) func archivesCutShortOrDamagedAreRefused(
    name: String
  ) throws {
    let folder = try TemporaryFolder()
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).npz")))
    func read(_ bytes: [UInt8]) throws -> String? {
      let path = try folder.write(bytes, "a.npz")
      do {
        var settings = DataSettings(source: .npz(path: path))
        if name != "keras" { settings.layout = .nhwc }
        let data = try NPZ.read(path, numbers: ImageNumbers(settings))
        return try data.images.dataSet().fingerprint + #require(data.test).dataSet().fingerprint
      } catch let error as DiffusionError {
        #expect(error.kind == .badInput && error.description.hasPrefix(path + ": "))
        return nil
      }
    }
    for count in stride(from: 0, to: whole.count, by: 7) {
      #expect(try read(Array(whole[..<count])) == nil, "\(count) of \(whole.count)")
    }
    let sound = try #require(try read(whole))
    var random = SplitMix(seed: 8)
    var refused = 0
    for _ in 0..<400 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      // The checksum of each member covers its numbers: what is read is what was written.
      if let found = try read(bytes) { #expect(found == sound) } else { refused += 1 }
    }
    #expect(refused > 50)
  }
}
