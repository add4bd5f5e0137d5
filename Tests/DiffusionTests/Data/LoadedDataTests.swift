import Images
import TestSupport
import Testing

@testable import Diffusion

@Suite struct LoadedDataTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Twelve images of 2×2; image i is of level i.
  private func idx(_ labels: [UInt8]) throws -> DataSettings.Source {
    let count = labels.count
    let images = try folder.write(
      SmallFiles.bigEndian([0x0803, count, 2, 2])
        + (0..<count).flatMap { [UInt8](repeating: UInt8($0), count: 4) }, "images")
    return .idx(
      images: images,
      labels: try folder.write(SmallFiles.bigEndian([0x0801, count]) + labels, "labels"))
  }

  private func levels(_ data: DataSet) -> [Int] { (0..<data.count).map { data.bytes($0)[0] } }

  @Test func theSummaryOfAFile() throws {
    // Classes in turn: the last of twenty is a class's only held-out one.
    let labels = (0..<40).map { UInt8($0 % 2) }
    let loaded = try LoadedData(
      DataSettings(source: try idx(labels), limit: 30, size: 4, classNames: ["cat", "dog"]))
    let summary = loaded.summary
    #expect((summary.found, summary.used, summary.beyondLimit) == (40, 34, 6))
    #expect((summary.training, summary.heldOut, summary.rule) == (30, 4, .lastTenth))
    #expect((summary.height, summary.width, summary.channels) == (4, 4, 1))
    #expect(summary.storedHeights == 2...2 && summary.storedWidths == 2...2)
    #expect(
      summary.classes == [
        .init(name: "cat", training: 15, heldOut: 2), .init(name: "dog", training: 15, heldOut: 2),
      ])
    // Padded by black; the brightest to train on is image 29, of the file 39.
    #expect(summary.storedRange == .init(lower: 0, upper: 39))
    #expect(summary.range == .init(lower: -1, upper: Double(Float(29) / 127.5 - 1)))
    #expect(summary.ignored.isEmpty && summary.storedChannels.isEmpty)
    #expect(loaded.training.classNames == ["cat", "dog"])
    #expect(levels(loaded.heldOut).isEmpty == false && loaded.heldOut.count == 4)
  }

  @Test func aSortedFileTrainsOnEveryClass() throws {
    let labels = (0..<40).map { UInt8($0 / 10) }
    let loaded = try LoadedData(DataSettings(source: try idx(labels)))
    #expect(loaded.summary.rule == .tenthOfEachClass)
    #expect(loaded.summary.classes.map(\.training) == [9, 9, 9, 9])
    #expect(loaded.summary.classes.map(\.heldOut) == [1, 1, 1, 1])
    #expect(loaded.training.labels == (0..<36).map { Int32($0 % 4) })
    for (data, place) in [(loaded.training, 7), (loaded.heldOut, 2)] {
      #expect(levels(data)[place] / 10 == Int(data.labels[place]))
    }
    #expect(Set(levels(loaded.training) + levels(loaded.heldOut)) == Set(0..<40))
    // A limit leaves every class.
    let limited = try LoadedData(DataSettings(source: try idx(labels), limit: 4))
    #expect(limited.training.labels == [0, 1, 2, 3] && limited.summary.beyondLimit == 32)
  }

  @Test func labelsThatSkipNumbersAreRefusedUnlessTheyShallBeNumberedAnew() throws {
    let labels: [UInt8] = (0..<30).map { [1, 3, 4][$0 % 3] }
    let source = try idx(labels)
    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(source: source))
    }
    #expect(
      error?.description.hasSuffix(
        "labels: its labels go up to 4, and no image is of classes 0, 2: correct the labels, or set "
          + "data.relabel: true to number those that occur from 0 to 2") == true)
    let data = try DataSet.load(DataSettings(source: source, relabel: true))
    #expect(data.classes == 3 && data.labels == (0..<27).map { Int32($0 % 3) })
    // Without gaps it changes nothing.
    let whole = try idx((0..<30).map { UInt8($0 % 3) })
    #expect(
      try DataSet.load(DataSettings(source: whole, relabel: true)).fingerprint
        == DataSet.load(DataSettings(source: whole)).fingerprint)
  }

  @Test func imagesForTestingMayBeGiven() throws {
    let source = try idx([0, 1, 0, 1])
    let images = try folder.write(
      SmallFiles.bigEndian([0x0803, 2, 2, 2]) + [UInt8](repeating: 200, count: 8), "test-images")
    let labels = try folder.write(SmallFiles.bigEndian([0x0801, 2]) + [1, 1], "test-labels")
    let loaded = try LoadedData(
      DataSettings(source: source, test: images, testLabels: labels))
    #expect(levels(loaded.training) == [0, 1, 2, 3] && levels(loaded.heldOut) == [200, 200])
    #expect(loaded.heldOut.labels == [1, 1] && loaded.heldOut.classes == 2)
    #expect((loaded.summary.found, loaded.summary.used, loaded.summary.rule) == (6, 6, .given))
    #expect(loaded.summary.classes.map(\.heldOut) == [0, 2])

    let strange = try folder.write(SmallFiles.bigEndian([0x0801, 2]) + [1, 2], "strange")
    let error = #expect(throws: DiffusionError.self) {
      try LoadedData(DataSettings(source: source, test: images, testLabels: strange))
    }
    #expect(
      error?.description
        == "\(images): 1 image for testing has the label 2, which no training image has: remove them, "
        + "or add images to train on")
    // Also where the labels to train on skip it.
    let gap = try folder.write(SmallFiles.bigEndian([0x0801, 4]) + [0, 3, 0, 3], "gap")
    guard case .idx(let training, _) = source else { return }
    let skipped = #expect(throws: DiffusionError.self) {
      try LoadedData(
        DataSettings(
          source: .idx(images: training, labels: gap), test: images, testLabels: strange))
    }
    #expect(
      skipped?.description.contains("2 images for testing have the labels 1, 2, which") == true)
    let bare = #expect(throws: DiffusionError.self) {
      try LoadedData(DataSettings(source: source, test: images))
    }
    #expect(
      bare?.description.hasSuffix("has no labels, and the images to train on have some") == true)
    let large = try folder.write(
      SmallFiles.bigEndian([0x0803, 1, 3, 2]) + [UInt8](repeating: 200, count: 6), "large")
    let one = try folder.write(SmallFiles.bigEndian([0x0801, 1]) + [1], "one-label")
    let sizes = #expect(throws: DiffusionError.self) {
      try LoadedData(DataSettings(source: source, test: large, testLabels: one))
    }
    #expect(
      sizes?.description
        == "\(training): images to train on are 2×2×1 (height, width, channels), images held out are "
        + "3×2×1: set data.size to bring all to one size")
  }

  @Test func namesMustFitTheClasses() throws {
    let source = try idx([0, 1, 0, 1])
    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(source: source, classNames: ["a", "b", "c"]))
    }
    #expect(error?.description == "data.class_names: gives 3 names, expected 2, one per class")
    // A name changes no result.
    #expect(
      try DataSet.load(DataSettings(source: source, classNames: ["a", "b"])).fingerprint
        == DataSet.load(DataSettings(source: source)).fingerprint)
  }

  @Test func madeUpDataAreDrawnApart() throws {
    let summary = try LoadedData(DataSettings(source: .shapes, limit: 16, size: 8)).summary
    #expect((summary.found, summary.used, summary.training) == (2016, 2016, 16))
    #expect((summary.heldOut, summary.rule, summary.beyondLimit) == (2000, .drawn, 0))
    #expect(summary.classes.map(\.training) == [2, 2, 2, 2, 2, 2, 2, 2])
    #expect(summary.range == nil && summary.path == nil && summary.classes[1].name == "ring")
  }

  /// 0.299·R + 0.587·G + 0.114·B; Pillow 11's `Image.convert("L")` gives 76, 150, 29 for pure colours.
  @Test func channelsMayBeAskedFor() throws {
    let colours: [[UInt8]] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    for (i, colour) in colours.enumerated() {
      let image = Image(width: 2, height: 1, channels: 3, pixels: colour + colour)
      try folder.write(image.png(), "colours/\(i).png")
    }
    let source = DataSettings.Source.images(path: folder.path + "/colours")
    let grey = try LoadedData(DataSettings(source: source, channels: 1))
    #expect(levels(grey.training) == [76, 150] && levels(grey.heldOut) == [29])
    #expect(grey.summary.channels == 1 && grey.summary.storedChannels == [3: 3])
    #expect(grey.summary.storedRange == .init(lower: 0, upper: 255))
    let back = try LoadedData(
      DataSettings(source: try idx([0, 1, 0, 1]), test: nil, channels: 3))
    // Images of levels 0 to 3, their classes in turn: one of each is held out.
    let level = back.training.bytes(1)[0]
    #expect([1, 3].contains(level) && back.training.bytes(1) == [Int](repeating: level, count: 12))
  }
}
