import Foundation
import Images
import TestSupport
import Testing

@testable import Diffusion

/// What was decoded is known again, and only that.
@Suite struct ImageCacheTests {
  private let folder: TemporaryFolder
  private let cache: ImageCache
  private let files: [String]

  init() throws {
    folder = try TemporaryFolder()
    var cache = ImageCache(folder: folder.path + "/cache")
    cache.least = .zero
    self.cache = cache
    var files: [String] = []
    for i in 0..<40 {
      let image = Image(
        width: 5, height: 4, channels: i == 30 ? 3 : 1,
        pixels: (0..<(i == 30 ? 60 : 20)).map { UInt8(truncatingIfNeeded: 7 * $0 + 11 * i) })
      files.append(try folder.write(image.png(), String(format: "%02d.png", i)))
    }
    self.files = files
    for file in files { try Self.age(file) }
  }

  /// An hour old: a file that has just been written is not trusted.
  private static func age(_ file: String, seconds: Double = 3600) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file)
  }

  private func settings(size: Int? = nil) -> DataSettings {
    DataSettings(source: .images(path: folder.path), size: size, fit: .resize)
  }

  /// As if the files had been there for a while: the time of a change of a file's state cannot be set.
  private func entry(_ settings: DataSettings) throws -> ImageCacheEntry {
    let entry = try #require(cache.entry(files, settings, folder: folder.path))
    return ImageCacheEntry(
      cache: entry.cache, path: entry.path, state: entry.state, count: entry.count, newest: 0)
  }

  private func decoded(
    _ settings: DataSettings, workers: Int = 2
  ) throws -> DecodedImages {
    try DecodedImages.decode(files, settings, folder: folder.path, workers: workers)
  }

  @Test func whatIsKeptIsWhatWasDecoded() throws {
    let images = try decoded(settings())
    #expect(images.channels == 3 && images.pixels.count == 40 * 60)
    let entry = try entry(settings())
    #expect(entry.read(workers: 2) == nil)
    entry.write(images, took: .seconds(1))
    let known = try #require(try self.entry(settings()).read(workers: 2))
    #expect(known == images)
    // At most 1.2 times the pixels of data worth keeping: here a kilobyte beside them at most.
    let size = try Data(contentsOf: URL(fileURLWithPath: entry.path)).count
    #expect(size < images.pixels.count + 1000)
    // Another size is another entry.
    #expect(try self.entry(settings(size: 2)).read(workers: 2) == nil)
  }

  @Test(arguments: [1, 2, 7, 128]) func anyNumberOfWorkersGivesTheSame(workers: Int) throws {
    #expect(
      try decoded(settings(size: 3), workers: workers) == decoded(settings(size: 3), workers: 1))
  }

  @Test func aChangedFileIsDecodedAnew() throws {
    try entry(settings()).write(decoded(settings()), took: .seconds(1))
    let other = Image(width: 5, height: 4, channels: 1, level: 200)
    try folder.write(other.png(), "07.png")
    // Even where its time is set back.
    try Self.age(files[7])
    #expect(try entry(settings()).read(workers: 2) == nil)
    let images = try decoded(settings())
    #expect(Array(images.pixels[7 * 60..<8 * 60]) == [UInt8](repeating: 200, count: 60))
    try entry(settings()).write(images, took: .seconds(1))
    #expect(try entry(settings()).read(workers: 2) == images)
    // It took the old one's place.
    let names = try FileManager.default.contentsOfDirectory(atPath: cache.folder)
    #expect(names.count == 1)
  }

  @Test func whatWasJustWrittenIsNotKept() throws {
    let images = try decoded(settings())
    let entry = try #require(cache.entry(files, settings(), folder: folder.path))
    entry.write(images, took: .seconds(1))
    #expect(entry.read(workers: 2) == nil)
  }

  @Test func whatWasQuickIsNotKept() throws {
    var cache = cache
    cache.least = .milliseconds(500)
    let found = try #require(cache.entry(files, settings(), folder: folder.path))
    let entry = ImageCacheEntry(
      cache: cache, path: found.path, state: found.state, count: found.count, newest: 0)
    entry.write(try decoded(settings()), took: .milliseconds(499))
    #expect(entry.read(workers: 2) == nil)
    entry.write(try decoded(settings()), took: .milliseconds(500))
    #expect(entry.read(workers: 2) != nil)
  }

  @Test func anyDamageIsNoticed() throws {
    let entry = try entry(settings(size: 2))
    try entry.write(decoded(settings(size: 2)), took: .seconds(1))
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: entry.path)))
    func read(_ bytes: [UInt8]) throws -> DecodedImages? {
      try Data(bytes).write(to: URL(fileURLWithPath: entry.path))
      return entry.read(workers: 2)
    }
    #expect(try read(whole) != nil)
    for count in 0..<whole.count { #expect(try read(Array(whole[..<count])) == nil, "\(count)") }
    for place in 0..<whole.count {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      #expect(try read(bytes) == nil, "byte \(place)")
    }
    #expect(try read(whole + [0]) == nil)
  }

  @Test func aFolderThatCannotBeWrittenIsNoError() throws {
    try folder.write([1], "file")
    var cache = ImageCache(folder: folder.path + "/file/cache")
    cache.least = .zero
    let data = try ImageFiles.read(files, settings(), folder: folder.path, cache: cache)
    #expect(data.count == 40)
  }

  @Test func theEnvironmentSaysWhere() {
    #expect(ImageCache(environment: ["WORKBENCH_CACHE": "off", "HOME": "/h"])?.folder == nil)
    #expect(ImageCache(environment: ["WORKBENCH_CACHE": "/c", "HOME": "/h"])?.folder == "/c")
    #expect(
      ImageCache(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"])?.folder == "/x/workbench")
    #expect(ImageCache(environment: ["HOME": "/h"])?.folder == "/h/.cache/workbench")
    #expect(ImageCache(environment: [:])?.folder == nil)
  }

  @Test func whatWasUsedLongestAgoGoesFirst() throws {
    var small = cache
    small.mostBytes = 25
    for (name, age) in [("a", 30.0), ("b", 20), ("c", 10)] {
      let path = try folder.write([UInt8](repeating: 0, count: 10), "cache/\(name).images")
      try Self.age(path, seconds: age)
    }
    small.trim(keeping: folder.path + "/cache/c.images")
    let names = try FileManager.default.contentsOfDirectory(atPath: cache.folder).sorted()
    #expect(names == ["b.images", "c.images"])
    #expect(small.usage() == (2, 20))
  }

  @Test func whatAKilledProcessWroteGoes() throws {
    let entry = try folder.write([1, 2, 3], "cache/a.images")
    for name in ["b.images.4242.tmp", "b.images.4242-1.tmp", "mine.tmp"] {
      try folder.write([1], "cache/\(name)")
    }
    cache.trim(keeping: entry)
    let names = try FileManager.default.contentsOfDirectory(atPath: cache.folder).sorted()
    #expect(names == ["a.images", "mine.tmp"])
  }

  // MARK: Files

  @Test func theFirstBadFileIsTheOneThatIsNamed() throws {
    try folder.write([1, 2, 3], "29.png")
    try folder.write([1, 2, 3], "04.png")
    try folder.write([1, 2, 3], "25.png")
    for workers in [1, 2, 8] {
      let error = #expect(throws: DiffusionError.self) { try decoded(settings(), workers: workers) }
      #expect(error?.description.hasPrefix(folder.path + "/04.png: not a PNG") == true)
    }
  }

  @Test func aCacheHoldsWhatTheFolderDoes() throws {
    let first = try ImageFiles.read(files, settings(), folder: folder.path, cache: cache)
    let second = try ImageFiles.read(files, settings(), folder: folder.path, cache: nil)
    #expect(first.dataSet().fingerprint == second.dataSet().fingerprint)
  }
}
