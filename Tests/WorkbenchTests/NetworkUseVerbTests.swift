import Diffusion
import Foundation
import Images
import TestSupport
import Testing

/// `edit`, `interpolate` and `invert` on a network that `run` trained.
@Suite struct NetworkUseVerbTests {
  /// C·H·W of shapes at 8 pixels.
  private static let elements = 3 * 8 * 8

  /// One store for all tests here: they only read it.
  private static let trained = Result {
    let place = try Workplace()
    try place.run()
    return SharedPlace(place)
  }

  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func place() throws -> Workplace { try Self.trained.get().place }

  private func free(_ ending: String) throws -> String {
    try "\(place().path)/\(UUID().uuidString).\(ending)"
  }

  private struct Drawn {
    var tensors: [String: [Float]]
    var shape: [Int]
    var errors: String
    var output: String

    subscript(name: String) -> [Float] { tensors[name] ?? [] }

    /// Some images of `sample`.
    func images(_ range: Range<Int>) -> [Float] {
      let size = NetworkUseVerbTests.elements
      return Array((tensors["sample"] ?? [])[range.lowerBound * size..<range.upperBound * size])
    }
  }

  private func use(_ verb: String, _ arguments: String...) throws -> Drawn {
    let path = try free("safetensors")
    let ending = try place().start([verb, "last", "--output", path] + arguments).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let file = try Safetensors(contentsOf: path)
    return Drawn(
      tensors: try file.entries.keys.reduce(into: [:]) { $0[$1] = try file.floats($1) },
      shape: try file.entry("sample").shape, errors: ending.errors, output: ending.output)
  }

  private func refusal(
    _ code: Int, _ arguments: String..., says: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ending = try place().start(arguments + ["-o", try free("png")]).wait()
    #expect(ending.code == code, "\(ending.errors)", sourceLocation: sourceLocation)
    #expect(ending.errors.contains(says), "\(ending.errors)", sourceLocation: sourceLocation)
  }

  /// A picture of these values (C, H, W).
  private func picture(_ values: [Float]) throws -> String {
    let path = try free("png")
    let last = (0..<64).flatMap { pixel in (0..<3).map { values[$0 * 64 + pixel] } }
    try Image(values: last, height: 8, width: 8, channels: 3).write(to: path)
    return path
  }

  /// White in the right half.
  private func mask() throws -> String {
    let path = try free("png")
    let pixels: [UInt8] = (0..<64).map { $0 % 8 < 4 ? 0 : 255 }
    try Image(width: 8, height: 8, channels: 1, pixels: pixels).write(to: path)
    return path
  }

  // MARK: edit

  @Test func strengthsAreColumns() throws {
    let drawn = try use(
      "edit", "--held-out", "2", "--strength", "0,0.34, 1", "--count", "2", "--no-clip")
    #expect(drawn.shape == [2 * 3 * 2, 3, 8, 8])
    let images = drawn["image"]
    #expect(images.count == 2 * Self.elements)
    for image in 0..<2 {
      let own = Array(images[image * Self.elements..<(image + 1) * Self.elements])
      let first = image * 6
      #expect(drawn.images(first..<first + 1) == own, "strength 0 is the image")
      #expect(drawn.images(first + 1..<first + 2) == own)
      // The same noise at each strength; of 1 hardly anything of the image is left.
      #expect(drawn.images(first + 2..<first + 3) != own)
      #expect(drawn.images(first + 2..<first + 3) != drawn.images(first + 3..<first + 4))
    }
    let alone = try use("edit", "--held-out", "2", "--strength", "1", "--no-clip", "--count", "2")
    #expect(alone.images(0..<2) == drawn.images(4..<6))
    #expect(alone.images(2..<4) == drawn.images(10..<12))
  }

  /// The image's own class where it is known, none where it is not.
  @Test func classesOfWhatIsGiven() throws {
    let held = try use("edit", "--held-out", "1", "--strength", "0.67", "--no-clip")
    let path = try picture(held["image"])
    let file = try use("edit", "--image", path, "--strength", "0.67", "--no-clip")
    // Bytes are 1/127.5 apart.
    #expect(zip(file["image"], held["image"]).allSatisfy { abs($0 - $1) <= 0.5001 / 127.5 })
    let free = try use(
      "edit", "--image", path, "--strength", "0.67", "--no-clip", "--class", "0", "--guidance", "0")
    #expect(file["sample"] == free["sample"], "without a class")
    let star = try use(
      "edit", "--image", path, "--strength", "0.67", "--no-clip", "--class", "star")
    #expect(star["sample"] != file["sample"])
    #expect(star.errors.contains("class 6 (star)"))
  }

  @Test func picturesOfAnotherSizeGiveTheirMiddle() throws {
    let path = try free("png")
    // 16 pixels high, 24 wide: red in the middle 16, blue at both sides.
    let pixels = (0..<16 * 24).flatMap { (4..<20).contains($0 % 24) ? [255, 0, 0] : [0, 0, 255] }
    try Image(width: 24, height: 16, channels: 3, pixels: pixels.map { UInt8($0) }).write(to: path)
    let drawn = try use("edit", "--image", path, "--strength", "0")
    #expect(drawn["image"] == [Float](repeating: 1, count: 64) + [Float](repeating: -1, count: 128))
    #expect(drawn["sample"] == drawn["image"])
  }

  /// Outside the mask the image stays, in the tensor to the bit and on the sheet to the pixel.
  @Test func inpaintingKeepsWhatIsKnown() throws {
    let sheet = try free("png")
    let drawn = try use(
      "edit", "--held-out", "2", "--mask", try mask(), "--count", "3", "--resample", "2", "--jump",
      "1", "-o", sheet, "--scale", "1")
    #expect(drawn.shape == [6, 3, 8, 8])
    // Three steps of DDIM, the first two walked twice.
    #expect(drawn.errors.contains("an image took 5 evaluations of the network (ddim, 3 steps)"))
    for result in 0..<6 {
      for k in 0..<Self.elements where k % 8 < 4 {
        let given = drawn["image"][result / 3 * Self.elements + k]
        #expect(drawn["sample"][result * Self.elements + k] == given)
      }
    }
    #expect(drawn.images(0..<1) != drawn.images(1..<2))
    let picture = try Image(contentsOf: sheet)
    // Image, masked, three results: 8 pixels each, 2 between.
    #expect(picture.width == 24 + 5 * 8 + 4 * 2)
    let top = picture.height - 12 - 2 * 8 - 2
    for y in 0..<8 {
      for x in 0..<4 {
        func pixel(_ column: Int) -> ArraySlice<UInt8> {
          let first = ((top + y) * picture.width + 12 + column * 10 + x) * 3
          return picture.pixels[first..<first + 3]
        }
        for column in 1..<5 { #expect(Array(pixel(column)) == Array(pixel(0))) }
      }
    }
  }

  @Test func whatEditRefuses() throws {
    let (mask, path) = (try mask(), try picture([Float](repeating: 0, count: Self.elements)))
    try refusal(
      64, "edit", "last", says: "Choose what to begin with: --image a.png, or --held-out N")
    try refusal(
      64, "edit", "last", "--held-out", "1", "--image", path, says: "Choose what to begin")
    try refusal(64, "edit", "last", "--image", path, "--strength", "1.5", says: "from 0 to 1")
    try refusal(64, "edit", "last", "--image", path, "--strength", "0.5,", says: "not ''")
    try refusal(
      64, "edit", "last", "--image", path, "--strength", "1", "--mask", mask,
      says: "Choose --strength, to change all of an image, or --mask")
    try refusal(64, "edit", "last", "--image", path, "--jump", "2", says: "belong to --mask")
    try refusal(66, "edit", "last", "--image", "nowhere.png", says: "nowhere.png")
    try refusal(
      64, "edit", "last", "--held-out", "10000", says: "--held-out 10000: the run's data hold out")
    try refusal(
      65, "edit", "last", "--image", path, "--mask", mask, "--sampler", "unipc",
      says: "sampling.sampler is unipc, whose steps depend on more than the image they begin at")
    let black = try free("png")
    try Image(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 0, count: 64)).write(
      to: black)
    try refusal(
      65, "edit", "last", "--image", path, "--mask", black, says: "nothing of the mask is white")
    try refusal(
      64, "edit", "last", "--image", path, "--guidance", "2",
      says: "guidance is to a class, and nobody says which the images have: give --class")
    let folder = "\(try place().path)/\(UUID().uuidString)"
    try place().workbench("artifacts", "last", "-o", folder)
    try refusal(
      64, "edit", "\(folder)/network.safetensors", "--held-out", "1",
      says: "is no run: give --image")
  }

  // MARK: interpolate

  /// Rows begin and end with what `sample` draws of the same seed.
  @Test func rowsAreBetweenSamples() throws {
    let samples = try use("sample", "--class", "2", "--count", "4", "--no-clip")
    let noises = try use(
      "interpolate", "--class", "2", "--rows", "3", "--count", "4", "--no-clip")
    #expect(noises.shape == [12, 3, 8, 8])
    for row in 0..<3 {
      #expect(noises.images(row * 4..<row * 4 + 1) == samples.images(row..<row + 1))
      #expect(noises.images(row * 4 + 3..<row * 4 + 4) == samples.images(row + 1..<row + 2))
    }
    let other = try use("sample", "--class", "5", "--count", "2", "--no-clip")
    let sheet = try free("png")
    let classes = try use(
      "interpolate", "--classes", "2, cross", "--rows", "2", "--count", "3", "--no-clip", "-o",
      sheet)
    #expect(classes.shape == [6, 3, 8, 8])
    for row in 0..<2 {
      #expect(classes.images(row * 3..<row * 3 + 1) == samples.images(row..<row + 1))
      #expect(classes.images(row * 3 + 2..<row * 3 + 3) == other.images(row..<row + 1))
    }
    #expect(try Image(contentsOf: sheet).width > 3 * 64)
    try refusal(64, "interpolate", "last", "--classes", "1", says: "give two")
    try refusal(64, "interpolate", "last", "--classes", "1,9", says: "--classes 9")
    try refusal(
      64, "interpolate", "last", "--classes", "1,2", "--guidance", "0",
      says: "with guidance 0 all classes are the same")
    try refusal(64, "interpolate", "last", "--count", "1", says: "--count takes 2 to 64")
  }

  // MARK: invert

  @Test func theErrorIsThatOfTheTensors() throws {
    let drawn = try use("invert", "--held-out", "3", "--steps", "20", "--json")
    #expect(drawn.shape == [3, 3, 8, 8])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(drawn.output.utf8)) as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "error", "errors", "evaluations", "images", "noiseDeviation", "noiseMean", "sampler",
        "steps",
      ])
    #expect(document["evaluations"] as? Double == 40 && document["images"] as? Int == 3)
    let squares = zip(drawn["sample"], drawn["image"]).map { Double($0 - $1) * Double($0 - $1) }
    let error = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    #expect(abs(try #require(document["error"] as? Double) / error - 1) < 1e-6)
    let second = squares[Self.elements..<2 * Self.elements]
    let own = (second.reduce(0, +) / Double(Self.elements)).squareRoot()
    #expect(abs(try #require((document["errors"] as? [Double])?[1]) / own - 1) < 1e-6)
    let noise = drawn["noise"]
    // σ of the last level, T = 100 and β up to 0.2, is 1 but for 2e-5.
    let power = noise.reduce(0) { $0 + Double($1) * Double($1) } / Double(noise.count)
    let (mean, deviation) = (
      try #require(document["noiseMean"] as? Double),
      try #require(document["noiseDeviation"] as? Double)
    )
    #expect(abs((mean * mean + deviation * deviation) / power - 1) < 1e-3)
    // The noise that was found gives the reconstruction again.
    let initial = try free("safetensors")
    var writer = SafetensorsWriter()
    writer.add("x", shape: [3, 3, 8, 8], noise)
    try writer.write(to: initial)
    let held = try DataSet.loadHeldOut(DataSettings(source: .shapes, size: 8))
    let labels = (0..<3).compactMap(held.label).map(String.init).joined(separator: ",")
    let again = try use(
      "sample", "--initial", initial, "--labels", labels, "--steps", "20")
    #expect(again["sample"] == drawn["sample"])
  }

  @Test func moreStepsFindMore() throws {
    func error(_ steps: String) throws -> Double {
      let document = try place().json("invert", "last", "--held-out", "4", "--steps", steps)
      return try #require((document as? [String: Any])?["error"] as? Double)
    }
    #expect(try error("100") < error("10"))
    let text = try place().workbench("invert", "last", "--held-out", "1", "--steps", "5")
    #expect(text.contains("ddim there and ddim back, 5 steps, 10 evaluations an image"))
    try refusal(
      65, "invert", "last", "--held-out", "1", "--sampler", "ddpm", says: "adds noise on the way")
    try refusal(
      65, "invert", "last", "--held-out", "1", "--eta", "0.5", says: "adds noise on the way")
  }
}
