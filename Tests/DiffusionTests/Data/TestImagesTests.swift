import Foundation
import Images
import TestSupport
import Testing

@testable import Diffusion

/// What is held out is not what is trained on, and what is trained on has every class.
@Suite struct TestImagesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func add(_ names: String..., level: UInt8 = 9) throws {
    for name in names {
      try folder.write(Image(width: 2, height: 2, channels: 1, level: level).png(), name)
    }
  }

  private func images(
    _ path: String = "", test: String? = nil, split: DataSettings.Split = .train,
    ignore: [String] = [], recursive: Bool = false
  ) -> DataSettings {
    DataSettings(
      source: .images(path: folder.path + path), split: split, test: test.map { folder.path + $0 },
      ignore: ignore, recursive: recursive)
  }

  private func error(_ settings: DataSettings) -> String? {
    let error = #expect(throws: DiffusionError.self) { try LoadedData(settings) }
    return error?.description.replacingOccurrences(of: folder.path, with: "DATA")
  }

  private func idx(_ name: String, levels: [UInt8], labels: [UInt8]) throws -> DataSettings.Source {
    let images = try folder.write(
      SmallFiles.bigEndian([0x0803, levels.count, 2, 2])
        + levels.flatMap { [UInt8](repeating: $0, count: 4) }, name)
    return .idx(
      images: images,
      labels: try folder.write(
        SmallFiles.bigEndian([0x0801, labels.count]) + labels, name + "-labels"))
  }

  // MARK: The same images

  @Test func theFileThatIsTrainedOnIsNotHeldOut() throws {
    let source = try idx("a", levels: [1, 2, 3, 4], labels: [0, 1, 0, 1])
    _ = try idx("copy", levels: [1, 2, 3, 4], labels: [1, 0, 1, 0])
    _ = try idx("other", levels: [1, 2, 3, 5], labels: [0, 1, 0, 1])
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/a")
    func settings(_ name: String) -> DataSettings {
      DataSettings(
        source: source, test: "\(folder.path)/\(name)",
        testLabels: "\(folder.path)/\(name == "link" ? "a" : name)-labels")
    }
    for name in ["a", "link"] {
      #expect(
        error(settings(name))
          == "data.test: DATA/\(name) is the file that is trained on: name another, or leave data.test "
          + "out to hold out a tenth")
    }
    #expect(
      error(settings("copy"))
        == "DATA/copy: holds the very images of DATA/a, which are trained on: name other images for "
        + "testing, or hold out a tenth by naming none")
    #expect(try LoadedData(settings("other")).heldOut.count == 4)
  }

  @Test func anArchiveWithImagesForTestingMeansThose() throws {
    let file =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
      + "/Goldens/arrays/keras.npz"
    #expect(
      error(DataSettings(source: .npz(path: file), test: file))
        == "data.test: \(file) is the file that is trained on: leave data.test out, and its own images "
        + "for testing are held out")
    let images = RawData(
      name: "npz", height: 1, width: 2, channels: 1, values: .bytes([1, 2, 3, 4]))
    let twice = #expect(throws: DiffusionError.self) {
      try SplitSource(SourceData(images: images, test: images), DataSettings(), file: "m.npz")
    }
    #expect(
      twice?.description
        == "m.npz: its images for testing are the very images to train on: name others (data.test)")
  }

  @Test func theFolderThatIsTrainedOnIsNotHeldOut() throws {
    for name in ["one", "two"] {
      try add("\(name)/cat/1.png", "\(name)/dog/1.png", level: 1)
      try add("\(name)/cat/2.png", "\(name)/dog/2.png", level: 2)
    }
    #expect(
      error(images("/one", test: "/one/"))
        == "data.test: DATA/one/ is the folder that is trained on: name another, or leave data.test out "
        + "to hold out a tenth")
    #expect(
      error(images("/one", test: "/two"))
        == "DATA/two: holds the very images of DATA/one, which are trained on: name other images for "
        + "testing, or hold out a tenth by naming none")
    try add("two/dog/2.png", level: 3)
    #expect(try LoadedData(images("/one", test: "/two")).summary.used == 8)
    // One image is enough, under another name too.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/two/cat/3.png", withDestinationPath: folder.path + "/one/cat/1.png")
    #expect(
      error(images("/one", test: "/two"))
        == "DATA/two/cat/3.png: is for testing, and trained on too, as DATA/one/cat/1.png: leave it out "
        + "of DATA/one with data.ignore, or name other images for testing")
  }

  @Test func aFolderWithinTheOtherMayBeLeftOut() throws {
    try add("1.png", "2.png", "held/3.png")
    #expect(
      error(images(test: "/held", recursive: true))
        == "DATA/held/3.png: is for testing, and trained on too: leave it out of DATA with data.ignore, "
        + "or name other images for testing")
    #expect(try LoadedData(images(test: "/held", ignore: ["held"])).summary.heldOut == 1)
  }

  // MARK: Every class

  @Test func trainingOnTheImagesForTestingNeedsEveryClass() throws {
    let source = try idx("a", levels: [1, 2, 3], labels: [0, 1, 2])
    _ = try idx("b", levels: [7, 8], labels: [0, 1])
    var settings = DataSettings(
      source: source, split: .test, test: folder.path + "/b", testLabels: folder.path + "/b-labels")
    #expect(
      error(settings)
        == "DATA/b: holds no image for testing of class 2, and data.split: test would train on no "
        + "other: leave data.split out, or take that class out of the other images")
    settings.split = .train
    #expect(try LoadedData(settings).summary.classes.map(\.heldOut) == [1, 1, 0])
    // A limit that leaves a class out is a person's own.
    _ = try idx("c", levels: [7, 8, 9], labels: [0, 1, 2])
    settings = DataSettings(
      source: source, split: .test, limit: 2, test: folder.path + "/c",
      testLabels: folder.path + "/c-labels")
    #expect(try LoadedData(settings).summary.classes.map(\.training) == [1, 1, 0])

    try add("train/ant/1.png", "train/bee/1.png", "train/cow/1.png", "test/bee/1.png", level: 3)
    try add("test/bee/2.png")
    let tree = images(split: .test)
    #expect(
      error(tree)
        == "DATA/test: holds no image for testing of classes ant, cow, and data.split: test would train "
        + "on no other: leave data.split out, or take those classes out of the other images")
  }

  // MARK: Parts that would pass for classes

  @Test(arguments: [
    (["train/cat", "train/dog"], "the folder train, a part", "a class", "data.path: DATA/train"),
    (
      ["dev/cat", "train/cat"], "the folders dev and train, parts", "classes",
      "data.path: DATA/train and data.test: DATA/dev"
    ),
    (
      ["dev", "train"], "the folders dev and train, parts", "classes",
      "data.path: DATA/train and data.test: DATA/dev"
    ),
    (
      ["test/cat", "val/cat"], "the folders test and val, parts", "classes",
      "data.path to the one to train on and data.test to the one to hold out"
    ),
    (
      ["test/cat", "train/cat", "train2/cat"], "the folders test, train and train2, parts",
      "classes", "data.path: DATA/train and data.test: DATA/test"
    ),
    (
      ["Test_Images/cat", "Train_Images/cat"], "the folders Test_Images and Train_Images, parts",
      "classes", "data.path: DATA/Train_Images and data.test: DATA/Test_Images"
    ),
  ])
  func partsAreNoClasses(folders: [String], what: String, kind: String, keys: String) throws {
    for name in folders { try add("\(name)/1.png", "\(name)/2.png") }
    for recursive in [false, true] {
      #expect(
        error(images(recursive: recursive))
          == "DATA: holds \(what) of a data set rather than \(kind): set \(keys)")
    }
  }

  @Test func aPartThatIsLeftMayNotBeAClass() throws {
    try add("train/cat/1.png", "train/cat/2.png", "validation/cat/1.png")
    #expect(
      error(images(ignore: ["validation"], recursive: true))
        == "DATA: holds the folder train, a part of a data set rather than a class: set data.path: "
        + "DATA/train")
    // And beside other images for testing, or as these.
    try add("more/cat/1.png", level: 77)
    #expect(
      error(images(test: "/more", ignore: ["more"]))?.hasSuffix(": set data.path: DATA/train")
        == true)
    #expect(
      error(images("/train", test: "/train/../", ignore: ["more"]))?
        .hasSuffix(": set data.test: DATA/train/../validation") == true)
  }

  /// As a class among others, a folder called so is one.
  @Test func aClassMayBeCalledTrain() throws {
    try add("bus/1.png", "bus/2.png", "train/1.png", "train/2.png", "test drive/1.png")
    try add("test drive/2.png")
    #expect(try LoadedData(images()).summary.classes.count == 3)
    try FileManager.default.removeItem(atPath: folder.path + "/train")
    try add("train/steam/1.png", "train/steam/2.png")
    #expect(
      error(images())
        == "DATA: holds the folder train, a part of a data set rather than a class: set data.path: "
        + "DATA/train; if it is a class, set data.recursive: true")
    #expect(try LoadedData(images(recursive: true)).summary.classes.count == 3)
  }

  // MARK: Nothing there

  @Test func whatIsLeftOutIsNotCalledEmpty() throws {
    try add("cat/1.png", "cat/2.png", ".hidden.png")
    #expect(
      error(images(ignore: ["*"]))
        == "DATA: holds no image (3 files left out: data.ignore): expected images, or one folder of "
        + "images per class")
  }

  @Test func aPathThatLeadsNowhereSaysWhereItWasLookedFor() throws {
    let here = FileManager.default.currentDirectoryPath
    for (source, what) in [
      (DataSettings.Source.images(path: "no/such"), "no such folder"),
      (.npy(path: "no/such"), "No such file or directory"),
    ] {
      #expect(
        error(DataSettings(source: source))
          == "data.path: no/such: \(what) (looked for as \(here)/no/such: paths are relative to the folder that "
          + "the program is run in)")
    }
  }
}
