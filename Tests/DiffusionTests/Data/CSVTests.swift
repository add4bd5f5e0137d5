import TestSupport
import Testing

@testable import Diffusion

@Suite struct CSVTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(
    _ text: String, label: String? = nil, _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> DataSet {
    let path = try folder.write(Array(text.utf8), "a.csv")
    var settings = DataSettings(source: .csv(path: path))
    change(&settings)
    return try CSV.read(path, label: label, numbers: ImageNumbers(settings)).images.dataSet()
  }

  @Test func theClassIsInFrontOfThePixels() throws {
    let data = try load("5,0,10,200,255\n3,1,2,3,4\n0,0,0,0,0\n")
    #expect((data.name, data.count, data.height, data.width) == ("csv", 3, 2, 2))
    #expect(data.labels == [5, 3, 0] && data.classes == 6)
    #expect(data.bytes(0) == [0, 10, 200, 255] && data.bytes(1) == [1, 2, 3, 4])
  }

  /// Kaggle's heading; an empty line, a byte order mark, blanks and quotation marks.
  @Test func aHeadingNamesTheClass() throws {
    let data = try load(
      "\u{feff}label,pixel0,pixel1,pixel2,pixel3\r\n\r\n\"1\", 0,10,200,255\r\n0,9,8,7,6\r\n0,0,0,0,0"
    )
    #expect(data.labels == [1, 0, 0] && data.bytes(1) == [9, 8, 7, 6])
    let last = try load("a,b,c,d,Class\n0,10,200,255,2\n9,8,7,6,0\n0,0,0,0,0\n")
    #expect(last.labels == [2, 0, 0] && last.bytes(0) == [0, 10, 200, 255])
  }

  /// A column that is no pixel by its name, or a first column that is one.
  @Test(arguments: [
    (
      "p0,p1,p2,p3,species",
      "(p0, p1, …, species) is the class? Set data.label_array: species, or remove that column"
    ),
    (
      "id,p0,p1,p2,p3",
      "(id, p0, …, p3) is the class? Set data.label_array: id, or remove that column"
    ),
    (
      "p0,p1,p2,p3,p4",
      "(p0, p1, …, p4) is the class? Set data.label_array and its name, first or last"
    ),
    (
      "p0,p1,p2,species",
      "(p0, p1, p2, species) is the class? Set data.label_array: species, or data.label_array: none"
    ),
  ])
  func aHeadingThatNamesNoClassAsks(heading: String, question: String) {
    let count = heading.split(separator: ",").count
    let line = (0..<count).map { _ in "1" }.joined(separator: ",")
    let error = #expect(throws: DiffusionError.self) { try load("\(heading)\n\(line)\n") }
    #expect(
      error?.description == "\(folder.path)/a.csv: which of its columns \(question)")
  }

  @Test func theColumnOfTheClassMayBeSaid() throws {
    let text = "p0,p1,p2,p3,species\n0,10,200,255,2\n9,8,7,6,0\n0,0,0,0,1\n"
    for label in ["species", "last"] {
      let data = try load(text, label: label)
      #expect(data.labels == [2, 0, 1] && data.bytes(0) == [0, 10, 200, 255])
    }
    let first = try load(text, label: "first")
    #expect(first.labels == [0, 9, 0] && first.bytes(0) == [10, 200, 255, 2])
    // The only name without a number, where classes are expected.
    #expect(try load("kind,p0,p1,p2,p3\n1,10,200,255,2\n").labels == [1])
    let none = try load("p0,p1,p2,species\n0,10,200,255\n", label: "none")
    #expect(none.labels.isEmpty && none.bytes(0) == [0, 10, 200, 255])
    let error = #expect(throws: DiffusionError.self) { try load(text, label: "kind") }
    #expect(
      error?.description
        == "\(folder.path)/a.csv: its heading (p0, p1, …, species) names no column kind: set "
        + "data.label_array and one of its names, first, last or none")
    let bare = #expect(throws: DiffusionError.self) { try load("1,0,10,200,255\n", label: "kind") }
    #expect(bare?.description.contains("has no heading that would name a column kind") == true)
  }

  @Test func withoutAHeadingTheClassMayBeLast() throws {
    // The corner is black everywhere; then it is not; then both look like classes.
    for corner in [[0, 0, 0, 0], [3, 90, 3, 77], [0, 1, 1, 0]] {
      let text = zip(corner, [1, 0, 0, 1]).map { "\($0),10,200,255,\($1)" }.joined(separator: "\n")
      let error = #expect(throws: DiffusionError.self) { try load(text) }
      #expect(
        error?.description.hasSuffix(
          "or in the last (2 values, 0 to 1)? Set data.label_array: first, or data.label_array: last"
        )
          == true)
      #expect(try load(text, label: "last").labels == [1, 0, 0, 1])
      #expect(try load(text, label: "first").labels == corner.map { Int32($0) })
    }
    // The last corner is black, or as bright as any pixel.
    for corner in [[0, 0, 0, 0], [9, 255, 8, 255]] {
      let text = zip([1, 0, 3, 1], corner).map { "\($0),10,200,255,\($1)" }.joined(separator: "\n")
      #expect(try load(text).labels == [1, 0, 3, 1])
    }
  }

  /// A short file to test on need not bear out what the file to train on did.
  @Test func theFileToTestOnIsLikeThatToTrainOn() throws {
    let train = try folder.write(Array("1,0,10,200,255\n0,9,8,7,6\n".utf8), "train.csv")
    let test = try folder.write(Array("1,5,5,5,200\n1,6,6,6,6\n".utf8), "test.csv")
    let data = try LoadedData(DataSettings(source: .csv(path: train), test: test))
    #expect(data.heldOut.labels == [1, 1] && data.heldOut.bytes(1) == [6, 6, 6, 6])
    #expect(throws: DiffusionError.self) {
      try LoadedData(DataSettings(source: .csv(path: test), test: train))
    }
  }

  @Test func withoutAClassThereIsNone() throws {
    let data = try load("0,10,200,255\n9,8,7,6\n")
    #expect(data.classes == 0 && data.labels.isEmpty && data.bytes(0) == [0, 10, 200, 255])
  }

  @Test func gzipIsTheSame() throws {
    let text = "1,0,10,200,255\n0,9,8,7,6\n"
    let path = try folder.write(StoredDeflate.gzip(Array(text.utf8)), "a.csv.gz")
    let data = try CSV.read(path).images.dataSet()
    #expect(try data.fingerprint == load(text).fingerprint)
  }

  @Test func colourAsksForItsLayout() throws {
    let text = "1,0,10,20,30,40,50,60,70,80,90,100,250\n0,1,2,3,4,5,6,7,8,9,10,11,12\n"
    let error = #expect(throws: DiffusionError.self) { try load(text) }
    #expect(
      error?.description.contains("are 2×2 in colour: plane by plane, or pixel by pixel?") == true)
    let last = try load(text) { $0.layout = .nhwc }
    #expect(last.channels == 3 && last.labels == [1, 0])
    #expect(last.bytes(0) == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 250])
    let first = try load(text) { $0.layout = .nchw }
    #expect(first.bytes(0) == [0, 40, 80, 10, 50, 90, 20, 60, 100, 30, 70, 250])
  }

  @Test func fractionsAskForTheirRange() throws {
    let text = "0,0.0,0.5,0.25,1.0\n1,0,0,0,0\n"
    let error = #expect(throws: DiffusionError.self) { try load(text) }
    #expect(error?.description.contains("set data.range: [0, 1]") == true)
    #expect(try load(text) { $0.range = .init(0, 1) }.values(0..<1) == [-1, 0, -0.5, 1])
  }

  @Test(arguments: [
    ("", "holds no line of numbers"),
    ("label,a,b,c,d\n", "holds no line of numbers"),
    ("label;p0;p1;p2;p3\n1;2;3;4;5\n", "line 1 is separated by semicolons, expected commas"),
    ("1\t2\t3\t4\t5\n", "line 1 is separated by tabs, expected commas"),
    (
      "emotion,pixels\n3,70 80 82 72\n",
      "line 2, column 2 holds 4 numbers separated by spaces, as FER"
    ),
    (
      "1,0,10,200,255\n2,1,abcdefghijklmnopqrstuvwxyz,3,4\n",
      "line 2, column 3: \"abcdefghijklmnopqrst…\" is not a number"
    ),
    ("1,2,3,4,5,6,7\n", "7 columns: expected the pixels of a square image"),
    ("1,0,10,200,255\n2,1,2,3\n", "line 2 has 4 columns, expected 5 as the first"),
    ("1,0,10,200,255\n\n2,1,x,3,4\n", "line 3, column 3: \"x\" is not a number"),
    ("1,0,10,200,255\n2,1,nan,3,4\n", "line 2, column 3: \"nan\" is not a number"),
    ("1,0,10,200,255\n2,1,,3,4\n", "line 2, column 3: \"\" is not a number"),
    ("1,0,10,200,255\n-2,1,2,3,4\n", "the class of image 1 is -2, expected whole numbers from 0"),
    ("1,0,10,200,255\n0.5,1,2,3,4\n", "the class of image 1 is 0.5, expected whole numbers from 0"),
    ("1,0,10,200,256\n2,1,2,3,4\n", "its values range from 0 to 256 (int64)"),
  ])
  func badFilesAreRefused(text: String, message: String) {
    let error = #expect(throws: DiffusionError.self) { try load(text) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.hasPrefix(folder.path + "/a.csv: ") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
