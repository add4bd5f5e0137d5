import Foundation
import Images
import TestSupport
import Testing

@testable import Diffusion

/// Folders of files of several formats, and the keys that say how they are understood.
@Suite struct ImageFilesTests {
  private let folder: TemporaryFolder
  private static let pictures =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/ImagesTests/Goldens"

  init() throws {
    folder = try TemporaryFolder()
  }

  private func copy(_ names: [String]) throws {
    for name in names {
      try FileManager.default.copyItem(
        atPath: "\(Self.pictures)/\(name)", toPath: "\(folder.path)/\(name)")
    }
  }

  private func load(_ change: (inout DataSettings) -> Void = { _ in }) throws -> DataSet {
    var settings = DataSettings(source: .images(path: folder.path))
    change(&settings)
    return try DataSet.load(settings)
  }

  /// Order by name; the last, of two, is held out.
  @Test func formatsMayBeMixed() throws {
    try copy(["420.jpg", "lossless.webp", "rgb8.png"])
    try copy(["turned.jpg"])
    let data = try load()
    #expect((data.count, data.height, data.width, data.channels) == (3, 13, 21, 3))
    for (i, name) in ["420.jpg", "lossless.webp", "rgb8.png"].enumerated() {
      #expect(
        try data.bytes(i) == Image(contentsOf: "\(Self.pictures)/\(name)").pixels.map(Int.init))
    }
  }

  private func write(_ levels: [UInt8], _ name: String) throws {
    try folder.write(
      Image(width: 32, height: 32, channels: 1, pixels: levels).png(), name)
  }

  /// Before anything is done to it, as far as it is known.
  @Test func whatIsStoredIsSaid() throws {
    let levels = (0..<1024).map { UInt8($0 % 251) }
    for name in ["a.png", "b.png"] { try write(levels, name) }
    func range(_ change: (inout DataSettings) -> Void) throws -> DataSummary.Interval? {
      var settings = DataSettings(source: .images(path: folder.path), fit: .resize)
      change(&settings)
      return try LoadedData(settings).summary.storedRange
    }
    for change in [
      { _ in }, { $0.size = 8 }, { $0.channels = 3 }, { $0.range = .init(-100, 1000) },
    ]
      as [(inout DataSettings) -> Void]
    {
      #expect(try range(change) == .init(lower: 0, upper: 250))
    }
    // Not where some are of 16 bits.
    try copy(["grey16.png"])
    try write(levels, "z.png")
    #expect(try range { $0.size = 8 } == nil)
  }

  @Test func darkFilesAreRemarkedOn() throws {
    for name in ["a.png", "b.png"] { try write((0..<1024).map { UInt8($0 % 13) }, name) }
    var settings = DataSettings(source: .images(path: folder.path))
    #expect(try LoadedData(settings).summary.brighterEnd == 15)
    settings.range = .init(0, 65535)
    let error = #expect(throws: DiffusionError.self) { try LoadedData(settings) }
    #expect(
      error?.description.contains("a.png: has 8 bits, which end at 255, nearly black") == true)
    settings.range = nil
    try write((0..<1024).map { UInt8($0 % 17) }, "c.png")
    #expect(try LoadedData(settings).summary.brighterEnd == nil)
  }

  /// Of 12 bits in words.
  @Test func darkFilesOfSixteenBitsAreAskedAbout() throws {
    for name in ["a.png", "b.png"] {
      try folder.write(
        tinyPNG(width: 32, height: 32, bits: 16) { UInt16(4 * ($0 + 32 * $1)) }, name)
    }
    var settings = DataSettings(source: .images(path: folder.path))
    let error = #expect(throws: DiffusionError.self) { try LoadedData(settings) }
    #expect(
      error?.description
        == "\(folder.path): its values range from 0 to 4092, nearly black where 65535 is white: which value "
        + "is white? Set it, for instance data.range: [0, 4095]; data.range: [0, 65535] leaves them as "
        + "dark as they are")
    settings.range = .init(0, 4095)
    #expect(try LoadedData(settings).summary.storedRange == .init(lower: 0, upper: 4092))
    for name in ["c.png", "d.png"] { try write([UInt8](repeating: 200, count: 1024), name) }
    let mixed = #expect(throws: DiffusionError.self) { try LoadedData(settings) }
    #expect(
      mixed?.description.hasPrefix(
        "\(folder.path)/c.png: has 8 bits, and \(folder.path)/a.png has 16: no data.range fits both"
      )
        == true)
  }

  @Test func allBitsComeWithARange() throws {
    try copy(["grey16.png", "gamma-grey16.png"])
    let path = Self.pictures + "/gamma-grey16.png"
    guard case .words(let words) = try StoredPicture(contentsOf: path, isWide: true).samples else {
      Issue.record("bytes")
      return
    }
    let data = try load { $0.range = .init(0, 65535) }
    #expect(data.channels == 1)
    #expect(data.values(0..<1) == words.map { Float(2 * Double($0) / 65535 - 1) })
    // By default the high byte.
    #expect(try load().bytes(0) == words.map { Int($0 >> 8) })
    let error = #expect(throws: DiffusionError.self) { try load { $0.range = .init(0, 4095) } }
    #expect(
      error?.description.hasPrefix("\(folder.path)/gamma-grey16.png: its values range from ")
        == true)
    #expect(error?.description.hasSuffix("outside data.range [0, 4095]") == true)
  }

  @Test func theBackgroundIsBehindAndAround() throws {
    for name in ["a.png", "b.png"] {
      try folder.write(Image(width: 1, height: 1, channels: 1, pixels: [7]).png(), name)
    }
    #expect(try load { $0.size = 2 }.bytes(0) == [7, 0, 0, 0])
    let white = try load {
      $0.size = 2
      $0.background = .grey(255)
    }
    #expect(white.bytes(0) == [7, 255, 255, 255])
    let orange = try load {
      $0.size = 2
      $0.background = .colour(red: 255, green: 128, blue: 10)
    }
    #expect(orange.channels == 3)
    #expect(orange.bytes(0) == [7, 7, 7, 255, 128, 10, 255, 128, 10, 255, 128, 10])
  }

  @Test func transparencyIsLaidOverIt() throws {
    try copy(["clear-rgb8.png", "clear-lossless.webp"])
    func pixels(_ name: String, _ background: Background) throws -> [Int] {
      try Image(contentsOf: "\(Self.pictures)/\(name)", background: background).pixels.map(Int.init)
    }
    for background in [Background.black, .ignored, .colour(red: 1, green: 2, blue: 3)] {
      let data = try load { $0.background = background }
      #expect(try data.bytes(0) == pixels("clear-lossless.webp", background))
    }
  }

  @Test func coloursAreWritten() {
    for (text, background) in [
      ("black", .black), ("white", .grey(255)), ("ignored", .ignored),
      ("#ff800a", .colour(red: 255, green: 128, blue: 10)),
    ] as [(String, Background)] {
      #expect(Background(text) == background && background.text == text)
    }
    #expect(Background("#000000") == .black)
    for text in ["", "red", "#12345", "#1234567", "#12345g", "123456", "#+12345"] {
      #expect(Background(text) == nil)
    }
  }
}
