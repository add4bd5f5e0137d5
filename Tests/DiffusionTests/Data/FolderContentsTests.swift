import Foundation
import Images
import TestSupport
import Testing

@testable import Diffusion

/// Nothing in a folder is left out without a word.
@Suite struct FolderContentsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func add(_ names: String..., level: UInt8 = 9, channels: Int = 1) throws {
    for name in names {
      let image = Image(
        width: 2, height: 2, channels: channels,
        pixels: [UInt8](repeating: level, count: 4 * channels))
      try folder.write(image.png(), name)
    }
  }

  private func settings(
    ignore: [String] = [], recursive: Bool = false, limit: Int? = nil, test: String? = nil,
    _ path: String = ""
  ) -> DataSettings {
    DataSettings(
      source: .images(path: folder.path + path), limit: limit, test: test, ignore: ignore,
      recursive: recursive)
  }

  private func error(_ settings: DataSettings) -> String? {
    let error = #expect(throws: DiffusionError.self) { try LoadedData(settings) }
    return error?.description.replacingOccurrences(of: folder.path, with: "DATA")
  }

  // MARK: What is no image

  @Test func filesThatAreNoImagesAreCounted() throws {
    try add("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")
    for name in [
      "README.md", "cat/Thumbs.db", "cat/a.txt", "cat/noise", ".DS_Store", "cat/._a.png",
      ".cache/x/1.png", "__MACOSX/cat/._a.png",
    ] { try folder.write([1, 2, 3], name) }
    let summary = try LoadedData(settings()).summary
    #expect((summary.found, summary.used, summary.beyondLimit) == (12, 4, 0))
    #expect(
      summary.ignored == [
        .init(
          reason: "hidden", count: 3, examples: [".DS_Store", ".cache/x/1.png", "cat/._a.png"]),
        .init(
          reason: "left by an archive or a file manager", count: 1,
          examples: ["__MACOSX/cat/._a.png"]),
        .init(
          reason: "not an image", count: 4, examples: ["README.md", "cat/Thumbs.db", "cat/a.txt"]),
      ])
    #expect(summary.classes.map(\.name) == ["cat", "dog"])
  }

  @Test(arguments: [
    ("cat/x.gif", "GIF"), ("cat/x.BMP", "BMP"), ("cat/x.tiff", "TIFF"), ("cat/x.heic", "HEIC"),
    ("cat/x.ppm", "PPM"), ("cat/x.jxl", "JPEG XL"), ("cat/x.dcm", "DICOM"),
  ]) func imagesOfOtherFormatsAreRefused(file: String, format: String) throws {
    try add("cat/a.png", "cat/b.png")
    try folder.write([1], file)
    let suffix = file.suffix(from: file.firstIndex(of: ".")!)
    #expect(
      error(settings())
        == "DATA/\(file): \(format) files are not read: convert it to PNG, or leave such files out "
        + "with data.ignore: ['*\(suffix)']")
    let rest = try LoadedData(settings(ignore: ["*\(suffix)"])).summary
    #expect(rest.used == 2)
    #expect(rest.ignored == [.init(reason: "data.ignore", count: 1, examples: [file])])
  }

  @Test func imagesWhoseNamesHideThemAreRefused() throws {
    try add("cat/a.png", "cat/b.png", "cat/c")
    #expect(
      error(settings())?.hasPrefix(
        "DATA/cat/c: is a PNG file by its content or extension: give it a name that ends in .png")
        == true)
  }

  // MARK: Folders

  @Test func imagesInDeeperFoldersAreRefusedOrCounted() throws {
    try add(
      "a/1.png", "a/2.png", "a/more/1.png", "a/more/2.png", "a/more/3.png", "b/1.png", "b/2.png")
    #expect(
      error(settings())
        == "DATA/a/more: holds 3 images in a folder within the class a: set data.recursive: true to "
        + "count them to the class, or leave the folder out with data.ignore")
    let all = try LoadedData(settings(recursive: true)).summary
    #expect(
      (all.used, all.found) == (7, 7) && all.classes.map { $0.training + $0.heldOut } == [5, 2])
    let some = try LoadedData(settings(ignore: ["more"])).summary
    #expect((some.used, some.found) == (4, 7) && some.ignored.map(\.count) == [3])
    #expect(try LoadedData(settings(ignore: ["a/more/"])).summary == some)
  }

  @Test func aFolderWithoutImagesHidesNothing() throws {
    try add("a/1.png", "a/2.png")
    try folder.write([1], "a/notes/1.txt")
    let summary = try LoadedData(settings()).summary
    #expect((summary.found, summary.used) == (3, 2))
  }

  @Test func looseImagesBesideFoldersAreRefused() throws {
    try add("1.png", "2.png", "more/3.png")
    #expect(
      error(settings())
        == "DATA: holds images (1.png) and folders with images (more): expected either images, or "
        + "one folder per class; set data.recursive: true to take all of them, without classes, or leave "
        + "some out with data.ignore")
    let all = try LoadedData(settings(recursive: true)).summary
    #expect(all.used == 3 && all.classes.isEmpty && all.rule == .lastTenth)
    // Beside images, what is no image is no class either.
    try folder.write([1], "notes/1.txt")
    #expect(try LoadedData(settings(ignore: ["more"])).summary.found == 4)
  }

  @Test func aClassOfOneImageIsRefused() throws {
    try add("apple/1.png", "apple/2.png", "pear/1.png")
    #expect(
      error(settings())
        == "DATA: class pear has 1 image, which would be held out for testing and leave none to train "
        + "on: add images to it, remove the class, or give images for testing (data.test)")
  }

  @Test func linksAreFollowedAndMustLeadSomewhere() throws {
    try add("real/1.png", "real/2.png")
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder.path + "/data/x", withIntermediateDirectories: true)
    try manager.createSymbolicLink(
      atPath: folder.path + "/data/a", withDestinationPath: folder.path + "/real")
    try manager.createSymbolicLink(
      atPath: folder.path + "/data/x/1.png", withDestinationPath: folder.path + "/real/1.png")
    try manager.createSymbolicLink(
      atPath: folder.path + "/data/x/2.png", withDestinationPath: folder.path + "/real/2.png")
    #expect(try LoadedData(settings("/data")).summary.classes.map(\.name) == ["a", "x"])
    try manager.createSymbolicLink(
      atPath: folder.path + "/data/x/3.png", withDestinationPath: folder.path + "/none")
    #expect(
      error(settings("/data"))
        == "DATA/data/x/3.png: a link that leads nowhere (No such file or directory): fix or remove "
        + "it")
    try manager.removeItem(atPath: folder.path + "/data/x/3.png")
    try manager.createSymbolicLink(
      atPath: folder.path + "/data/x/again", withDestinationPath: folder.path + "/data/x")
    #expect(error(settings("/data"))?.contains("folders deep: does a link lead back") == true)
  }

  #if os(Linux)
    /// As archives from before Unicode make it. (Other systems refuse such names.)
    @Test func namesThatAreNotUTF8AreRefused() throws {
      try add("dog/1.png", "dog/2.png")
      let name = Array("\(folder.path)/k".utf8) + [0xE9, 0]
      #expect(mkdir(name.map { CChar(bitPattern: $0) }, 0o755) == 0)
      #expect(
        error(settings())
          == "DATA: holds the name \"k\\xe9\", which is not UTF-8: rename it (convmv turns the names "
          + "of old archives into UTF-8)")
    }

    /// é as one letter, and as e with an accent: equal to Swift, two names to the file system.
    @Test func namesThatLookAlikeAreRefused() throws {
      try add("caf\u{e9}/1.png", "caf\u{e9}/2.png", "cafe\u{301}/1.png", "cafe\u{301}/2.png")
      #expect(
        error(settings())?.contains("that differ only in how their letters are composed") == true)
    }
  #endif

  @Test func aPatternThatFitsNothingIsRefused() throws {
    try add("a/1.png", "a/2.png")
    #expect(
      error(settings(ignore: ["*.gif"]))
        == "data.ignore: nothing in DATA fits '*.gif': remove or correct it")
  }

  // MARK: train and test

  @Test(arguments: [("train", "test"), ("train", "val"), ("Training", "Validation")])
  func foldersForTestingAreRecognised(training: String, test: String) throws {
    try add("\(training)/cat/1.png", "\(training)/dog/1.png", "\(training)/dog/2.png")
    try add("\(test)/dog/1.png", level: 200)
    try folder.write([1], "labels.csv")
    let loaded = try LoadedData(settings())
    let summary = loaded.summary
    #expect(summary.heldOutFolder == test)
    #expect(loaded.training.labels == [0, 1, 1] && loaded.heldOut.labels == [1])
    #expect(loaded.heldOut.bytes(0)[0] == 200 && loaded.training.bytes(2)[0] == 9)
    #expect((summary.rule, summary.found, summary.used) == (.folders, 5, 4))
    #expect(summary.classes.map(\.heldOut) == [0, 1])
  }

  @Test func ofTestAndValidationTestIsHeldOut() throws {
    try add("train/1.png", "val/1.png", "val/2.png")
    try add("test/1.png", level: 200)
    let summary = try LoadedData(settings()).summary
    #expect((summary.training, summary.heldOut, summary.found) == (1, 1, 4))
    #expect(
      summary.ignored == [
        .init(
          reason:
            "for validation: test is what is held out (set data.path and data.test to choose)",
          count: 2, examples: ["val/1.png", "val/2.png"])
      ])
    let chosen = try LoadedData(settings(test: folder.path + "/val", "/train")).summary
    #expect((chosen.training, chosen.heldOut, chosen.rule) == (1, 2, .given))
  }

  @Test func foldersThatDoNotGoTogetherAreRefused() throws {
    try add("train/cat/1.png", "train/dog/1.png", "test/cow/1.png")
    #expect(
      error(settings())
        == "DATA/test/cow: there is no class cow in DATA/train, so it would never be trained on; to "
        + "hold out a tenth of the rest instead, set data.path: DATA/train")
    try FileManager.default.removeItem(atPath: folder.path + "/test/cow")
    try add("test/1.png")
    #expect(error(settings())?.contains("DATA/test: has no classes") == true)
    try add("car/1.png", "car/2.png", "test/2.png")
    #expect(
      error(settings())
        == "DATA: holds the folders test and train, parts of a data set rather than classes: set "
        + "data.path: DATA/train and data.test: DATA/test; if they are classes, set data.recursive: true"
    )
  }

  @Test func greyAndColouredImagesAreCounted() throws {
    try add("1.png", "2.png")
    try add("3.png", level: 7, channels: 3)
    for place in 4..<12 { try add("4\(place).png", channels: 3) }
    let summary = try LoadedData(settings()).summary
    #expect(summary.channels == 3 && summary.storedChannels == [1: 2, 3: 9])
    try add("5.png")
    #expect(
      error(settings())
        == "DATA: images to train on are 2×2×3 (height, width, channels), images held out are 2×2×1: set "
        + "data.channels to 1 or 3")
  }

  // MARK: The sum

  /// found = used + ignored + beyond the limit, for folders of any files.
  @Test(arguments: 0..<24) func everyFileIsAccountedFor(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let png = try Image(width: 1, height: 1, channels: 1, pixels: [3]).png()
    let classes = Int.random(in: 0...3, using: &random)
    let folders = classes == 0 ? [""] : (0..<classes).map { "class\($0)/" }
    let junk = ["a.txt", ".hidden", "Thumbs.db", "notes/b.json", ".git/c", "x.webm", "__MACOSX/d"]
    for (number, name) in folders.enumerated() {
      for i in 0..<Int.random(in: 2...12, using: &random) {
        try folder.write(png, "\(name)\(i).png")
      }
      for file in junk where Bool.random(using: &random) {
        try folder.write([UInt8(number)], name + file)
      }
    }
    let limit = Bool.random(using: &random) ? Int.random(in: 1...9, using: &random) : nil
    let summary = try LoadedData(settings(limit: limit)).summary
    var files = 0
    let all = FileManager.default.enumerator(
      at: URL(fileURLWithPath: folder.path), includingPropertiesForKeys: [.isRegularFileKey])
    for case let file as URL in try #require(all) {
      if try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true { files += 1 }
    }
    let ignored = summary.ignored.reduce(0) { $0 + $1.count }
    #expect(summary.found == files)
    #expect(summary.found == summary.used + ignored + summary.beyondLimit)
    #expect(summary.used == summary.training + summary.heldOut)
    if let limit { #expect(summary.training <= limit) }
  }
}
