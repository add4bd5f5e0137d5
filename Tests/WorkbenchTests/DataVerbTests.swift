import ArgumentParser
import Diffusion
import Foundation
import Images
import TestSupport
import Testing

@testable import Workbench

/// What a person is told of the data: `data`, `plan`, `show` and reports.
@Suite struct DataVerbTests {
  /// Twelve images of cats, sixteen of dogs, a text; dogs' images are red.
  private static func makeImages(_ folder: TemporaryFolder) throws {
    for (name, count) in [("cat", 12), ("dog", 16)] {
      for i in 0..<count {
        let level = UInt8(10 * i)
        let pixels: [UInt8] = name == "cat" ? [level] : [level, 0, 0]
        let image = Image(
          width: 8, height: 8, channels: pixels.count,
          pixels: (0..<64).flatMap { _ in pixels })
        try folder.write(image.png(), "images/\(name)/\(i + 100).png")
      }
    }
    try folder.write(Array("notes".utf8), "images/README.md")
  }

  private static let line =
    "27 of 28 images 8×8×3 from DIR/images, 2 classes; 25 to train on, 2 held out (last tenth of each "
    + "class); 1 beyond data.limit; 1 file ignored (not an image: README.md); 12 images are grey, "
    + "repeated in 3 channels"

  private func answer(_ arguments: String...) throws -> String {
    try DataCommand.parse(arguments).answer()
  }

  @Test func theAccountOfAFolder() throws {
    let folder = try TemporaryFolder()
    try Self.makeImages(folder)
    let path = try folder.write(
      Array(
        "data: {source: images, path: \(folder.path)/images, limit: 25}\ntraining: {steps: 1}\n"
          .utf8),
      "a.yaml")
    let text = try answer(path).replacingOccurrences(of: folder.path, with: "DIR")
    let lines = text.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(
      lines == [
        "data DIR/images", "source images", "found 29: 28 images, 1 ignored",
        "used 27: 25 to train on, 2 held out", "ignored 1, not an image: README.md",
        "beyond data.limit 1", "held out by last tenth of each class",
        "size 8×8×3 (height, width, channels)",
        "values 0 to 130 as stored, -1 to 0.01961 as trained on", "classes 2",
        "note 12 images are grey, repeated in 3 channels",
        "class name to train on held out", "0 cat 11 1", "1 dog 14 1",
      ])

    let json = try JSONSerialization.jsonObject(with: Data(answer(path, "--json").utf8))
    let data = try #require(((json as? [String: Any])?["data"] as? [[String: Any]])?.first)
    #expect(data["found"] as? Int == 29 && data["used"] as? Int == 27)
    #expect(data["beyondLimit"] as? Int == 1 && data["runs"] as? Int == 1)
    #expect(data["rule"] as? String == "last tenth of each class")
    #expect(
      (data["text"] as? String)?.replacingOccurrences(of: folder.path, with: "DIR") == Self.line)
    let classes = try #require(data["classes"] as? [[String: Any]])
    #expect(classes.map { $0["name"] as? String } == ["cat", "dog"])
    #expect(classes.map { $0["training"] as? Int } == [11, 14])
  }

  /// A class a column: six images to train on, then those held out, at most two; blank where there are fewer.
  @Test func theContactSheet() throws {
    let folder = try TemporaryFolder()
    try Self.makeImages(folder)
    let path = try folder.write(
      Array("data: {source: images, path: \(folder.path)/images}\ntraining: {steps: 1}\n".utf8),
      "a.yaml")
    let output = folder.path + "/sheet.png"
    _ = try answer(path, "-o", output)
    let sheet = try Image(contentsOf: output)
    // Cells of 8·8 pixels and gaps of 2, two columns of seven from the right and the foot, within a margin of 12.
    func colour(_ row: Int, _ column: Int) -> [UInt8] {
      let (x, y) = (sheet.width - 12 - (2 - column) * 66, sheet.height - 12 - (7 - row) * 66)
      let middle = ((y + 32) * sheet.width + x + 32) * sheet.channels
      return Array(sheet.pixels[middle..<middle + 3])
    }
    // Evenly spread: places 0, 1, 3, 5, 7, 9 of eleven cats and 0, 2, 5, 7, 10, 12 of fifteen dogs.
    #expect((0..<6).map { colour($0, 0)[0] } == [0, 10, 30, 50, 70, 90])
    #expect((0..<6).map { colour($0, 1)[0] } == [0, 20, 50, 70, 100, 120])
    #expect(colour(2, 0) == [30, 30, 30] && colour(2, 1) == [50, 0, 0])
    // The last of each class.
    #expect(colour(6, 0) == [110, 110, 110] && colour(6, 1) == [150, 0, 0])
  }

  /// No more rows than the class with the most images fills; what the typeface has not goes by its number.
  @Test func aSheetOfFewImagesHasNoEmptyRows() throws {
    let folder = try TemporaryFolder()
    for (name, count) in [("Äpfel", 2), ("猫", 4)] {
      for i in 0..<count {
        let image = Image(width: 8, height: 8, channels: 1, level: UInt8(40 * i))
        try folder.write(image.png(), "images/\(name)/\(i).png")
      }
    }
    let path = try folder.write(
      Array("data: {source: images, path: \(folder.path)/images}\ntraining: {steps: 1}\n".utf8),
      "a.yaml")
    let output = folder.path + "/sheet.png"
    _ = try answer(path, "-o", output)
    let levels: [UInt8?] = [0, 0, nil, 40, nil, 80, 40, 120]
    let cells = levels.map { level in
      let side = level == nil ? 1 : 8
      return Image(width: side, height: side, channels: 1, level: level ?? 250)
    }
    #expect(
      try Image(contentsOf: output)
        == Image.grid(
          cells, columns: 2, padding: 2, rowLabels: ["to train on", "", "", "held out"],
          columnLabels: ["Apfel", "1"]))
  }

  @Test(arguments: ["x.jpg", "x.JPEG", "a/x.webp", "x.svg", "x.gif"])
  func aPictureIsNotCalledWhatItIsNot(name: String) throws {
    let expected = "-o \(name): the picture is a PNG: give it a name that ends in .png."
    for verb in [["data", "a.yaml"], ["sample", "last"], ["schedule"], ["why", "a", "b"]] {
      let error = #expect(throws: (any Error).self) {
        try Workbench.parseAsRoot(verb + ["-o", name])
      }
      #expect(error.map { Workbench.message(for: $0) } == expected)
    }
    for name in ["x.png", "x.PNG", "x", "v1.2"] {
      #expect(throws: Never.self) { try DataCommand.parse(["a.yaml", "-o", name]) }
    }
  }

  @Test func sizesThatDifferAreSaidAsTheyAre() throws {
    let folder = try TemporaryFolder()
    for (i, (width, height)) in [(12, 8), (8, 20), (16, 10)].enumerated() {
      let image = Image(width: width, height: height, channels: 1, level: UInt8(i))
      try folder.write(image.png(), "images/\(i).png")
    }
    let path = try folder.write(
      Array(
        "data: {source: images, path: \(folder.path)/images, size: 8, fit: crop}\ntraining: {steps: 1}\n"
          .utf8), "a.yaml")
    #expect(
      try answer(path).contains(", converted from heights of 8 to 20 and widths of 8 to 16\n"))
  }

  @Test func eachDataSectionOfASweep() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      Array(
        """
        data: {source: shapes}
        training: {steps: 1}
        sweep: {parameters: {data.limit: [16, 24], training.seed: [1, 2]}}
        """.utf8), "a.yaml")
    let text = try answer(path)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("data ") } == 2)
    #expect(text.split(separator: "\n").count { $0.contains(/^runs +2$/) } == 2)
    #expect(text.contains(/16 to train on, 2,000 held out/))
    _ = try answer(path, "-o", folder.path + "/s.png")
    #expect(FileManager.default.fileExists(atPath: folder.path + "/s-2.png"))
    #expect(
      try Image(contentsOf: folder.path + "/s.png") != Image(contentsOf: folder.path + "/s-2.png"))
    let vectors = try folder.write(
      Array("data: {source: gaussian}\nmodel: {architecture: exact-gaussian}\n".utf8), "v.yaml")
    let error = #expect(throws: (any Error).self) {
      try answer(vectors, "-o", folder.path + "/v.png")
    }
    #expect(
      error.map { "\($0)" } == "gaussian: holds vectors, which no picture shows: leave out -o")
  }

  /// The same line in `plan`, `show`, the report and the store.
  @Test func theLineIsSaidEverywhere() throws {
    let place = try Workplace()
    try Self.makeImages(place.folder)
    try place.write(
      Workplace.training
        + "data: {source: images, path: \(place.path)/images, limit: 25}\n")
    let line = Self.line.replacingOccurrences(of: "DIR", with: place.path)
    #expect(try place.workbench("plan", place.file).contains("\ndata: \(line)\n"))
    let plan = try JSONSerialization.jsonObject(
      with: Data(place.workbench("plan", place.file, "--json").utf8))
    #expect((plan as? [String: Any])?["data"] as? [String] == [line])
    try place.run()
    #expect(try place.workbench("show", "last").contains(line))
    #expect(try place.workbench("show", "last").contains("cat 11 + 1, dog 14 + 1"))
    #expect(
      try place.workbench(
        "sql", "SELECT value FROM environment WHERE key = 'data.summary'", "--csv"
      ).contains(line))
    let report = try String(contentsOfFile: place.reports + "/tiny.md", encoding: .utf8)
    #expect(report.contains("2 classes; 25 to train on, 2 held out (last tenth of each class)"))
  }

  @Test func badDataAreRefusedBeforeAnythingTrains() throws {
    let place = try Workplace()
    try Self.makeImages(place.folder)
    try place.folder.write([1], "images/dog/more.gif")
    try place.write(
      Workplace.training + "data: {source: images, path: \(place.path)/images, limit: 25}\n")
    for verb in ["plan", "run", "data"] {
      let ending = try place.ending(of: verb, place.file)
      #expect(ending.code == 65 && ending.output.isEmpty)
      #expect(
        ending.errors.contains("images/dog/more.gif: GIF files are not read: convert it to PNG"))
    }
    let text = try place.workbench("data", place.file, "data.ignore=['*.gif']")
    #expect(text.contains("1, data.ignore: dog/more.gif"))
  }
}
