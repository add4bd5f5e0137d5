import Diffusion
import Images
import TestSupport
import Testing

@Suite struct ImageFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A plain picture whose level tells it from others.
  private func add(
    _ name: String, level: UInt8, side: (Int, Int) = (2, 2), channels: Int = 1
  ) throws {
    let image = Image(
      width: side.1, height: side.0, channels: channels,
      pixels: [UInt8](repeating: level, count: side.0 * side.1 * channels))
    try folder.write(image.png(), name)
  }

  private func load(
    size: Int? = nil, limit: Int? = nil, fit: DataSettings.Fit = .pad,
    split: DataSettings.Split = .train
  ) throws -> DataSet {
    try DataSet.load(
      DataSettings(
        source: .images(path: folder.path), split: split, limit: limit, size: size, fit: fit))
  }

  private func levels(_ data: DataSet) -> [Int] {
    (0..<data.count).map { data.bytes($0)[0] }
  }

  @Test func foldersAreClassesTakenInTurnAndTheLastOfEachIsHeldOut() throws {
    for i in 0..<3 { try add("dog/\(i).png", level: UInt8(100 + i)) }
    for i in 0..<5 { try add("cat/\(i).png", level: UInt8(i)) }
    try folder.write(Array("notes".utf8), "cat/readme.txt")
    let train = try load()
    #expect(train.classNames == ["cat", "dog"] && train.classes == 2)
    #expect(levels(train) == [0, 100, 1, 101, 2, 3])
    #expect(train.labels == [0, 1, 0, 1, 0, 0])
    let test = try load(split: .test)
    #expect(levels(test) == [4, 102] && test.labels == [0, 1])
    let limited = try load(limit: 3)
    #expect(levels(limited) == [0, 100, 1] && limited.classes == 2)
  }

  @Test func withoutFoldersThereAreNoClasses() throws {
    for (i, name) in ["b.png", "a.PNG", "c.png"].enumerated() { try add(name, level: UInt8(i)) }
    let data = try load()
    #expect(levels(data) == [1, 0])
    #expect(data.classes == 0 && data.labels.isEmpty && data.name == "images")
  }

  @Test func oneColouredImageColoursAll() throws {
    try add("a.png", level: 9)
    try add("b.png", level: 8, channels: 3)
    try add("c.png", level: 7)
    let data = try load()
    #expect(data.channels == 3 && data.bytes(0) == [Int](repeating: 9, count: 12))
  }

  @Test func sizesMustAgreeUnlessOneIsAskedFor() throws {
    try add("a.png", level: 50, side: (2, 4))
    try add("b.png", level: 60, side: (3, 3))
    try add("c.png", level: 70, side: (1, 1))
    #expect(
      throws: DiffusionError(
        .badInput,
        "\(folder.path)/b.png: is 3×3, expected 2×4 as \(folder.path)/a.png: set data.size to bring "
          + "all to one size")
    ) { try load() }
    let padded = try load(size: 4)
    #expect(padded.bytes(0) == [0, 0, 0, 0, 50, 50, 50, 50, 50, 50, 50, 50, 0, 0, 0, 0])
    #expect(padded.bytes(1) == [60, 60, 60, 0, 60, 60, 60, 0, 60, 60, 60, 0, 0, 0, 0, 0])
    #expect(try load(size: 4, fit: .resize).bytes(1) == [Int](repeating: 60, count: 16))
    let error = #expect(throws: DiffusionError.self) { try load(size: 2) }
    #expect(error?.description.contains("a.png: images of 2×4 cannot be padded") == true)
  }

  @Test func badFoldersAreRefused() throws {
    func error() -> DiffusionError? {
      #expect(throws: DiffusionError.self) { try load() }
    }
    #expect(error()?.description.contains("holds no image, it is empty") == true)
    try folder.write([1], "a.txt")
    #expect(error()?.description.contains("holds no image (but a.txt)") == true)
    try add("a.png", level: 0)
    #expect(error()?.description.contains("holds 1 image, expected at least 2") == true)
    try folder.write([1, 2, 3], "b.png")
    try add("c.png", level: 0)
    #expect(error()?.description.contains("b.png: not a PNG") == true)
    let missing = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(source: .images(path: folder.path + "/none")))
    }
    #expect(missing == DiffusionError(.notFound, "\(folder.path)/none: no such folder"))
  }

  @Test func aClassWithoutImagesIsRefused() throws {
    try add("cat/a.png", level: 1)
    try folder.write([1], "dog/a.txt")
    let error = #expect(throws: DiffusionError.self) { try load() }
    #expect(
      error?.description.hasSuffix(
        "dog: holds no image: expected those of the class dog; if it is none, leave it out with "
          + "data.ignore: [dog]") == true)
  }
}
