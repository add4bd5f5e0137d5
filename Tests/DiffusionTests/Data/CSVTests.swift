import TestSupport
import Testing

@testable import Diffusion

@Suite struct CSVTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(
    _ text: String, _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> DataSet {
    let path = try folder.write(Array(text.utf8), "a.csv")
    var settings = DataSettings(source: .csv(path: path))
    change(&settings)
    return try CSV.read(path, numbers: ImageNumbers(settings)).dataSet()
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

  @Test func withoutAClassThereIsNone() throws {
    let data = try load("0,10,200,255\n9,8,7,6\n")
    #expect(data.classes == 0 && data.labels.isEmpty && data.bytes(0) == [0, 10, 200, 255])
  }

  @Test func gzipIsTheSame() throws {
    let text = "1,0,10,200,255\n0,9,8,7,6\n"
    let path = try folder.write(StoredDeflate.gzip(Array(text.utf8)), "a.csv.gz")
    let data = try CSV.read(path, numbers: ImageNumbers(DataSettings(source: .csv(path: path))))
      .dataSet()
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
    #expect(error?.description.contains("say data.range: [0, 1]") == true)
    #expect(try load(text) { $0.range = .init(0, 1) }.values(0..<1) == [-1, 0, -0.5, 1])
  }

  @Test(arguments: [
    ("", "holds no line of numbers"),
    ("label,a,b,c,d\n", "holds no line of numbers"),
    ("1,2,3,4,5,6,7\n", "7 columns: expected the pixels of a square image"),
    ("1,0,10,200,255\n2,1,2,3\n", "line 2 has 4 columns, expected 5 as the first"),
    ("1,0,10,200,255\n\n2,1,x,3,4\n", "line 3, column 3: \"x\" is no number"),
    ("1,0,10,200,255\n2,1,nan,3,4\n", "line 2, column 3: \"nan\" is no number"),
    ("1,0,10,200,255\n2,1,,3,4\n", "line 2, column 3: \"\" is no number"),
    ("1,0,10,200,255\n-2,1,2,3,4\n", "the class of image 1 is -2, expected whole numbers from 0"),
    ("1,0,10,200,255\n0.5,1,2,3,4\n", "the class of image 1 is 0.5, expected whole numbers from 0"),
    ("1,0,10,200,256\n2,1,2,3,4\n", "its values go from 0 to 256 (int64)"),
  ])
  func badFilesAreRefused(text: String, message: String) {
    let error = #expect(throws: DiffusionError.self) { try load(text) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.hasPrefix(folder.path + "/a.csv: ") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
