import TestSupport
import Testing

@testable import Diffusion

@Suite struct PointsTests {
  private func points(
    _ shape: PointShape, split: DataSettings.Split = .train, limit: Int? = nil
  ) throws -> DataSet {
    try DataSet.load(DataSettings(source: .points(shape: shape), split: split, limit: limit))
  }

  @Test(arguments: PointShape.allCases)
  func aPointDependsOnItsNumberAndSplitAlone(shape: PointShape) throws {
    let data = try points(shape)
    #expect((data.count, data.height, data.width, data.channels) == (10_000, 1, 1, 2))
    #expect(!data.isImage && data.classes == shape.classes)
    #expect(data.classNames.count == data.classes)
    let few = try points(shape, limit: 50)
    #expect(few.values(0..<50) == data.values(0..<50))
    #expect(few.labels == Array(data.labels.prefix(50)))
    let test = try points(shape, split: .test)
    #expect(test.count == 2_000 && test.values(0..<50) != data.values(0..<50))
    #expect(Set([data.fingerprint, few.fingerprint, test.fingerprint]).count == 3)
  }

  /// All but one in a hundred within [−1, 1], and the larger half range above 0.8: neither smaller nor larger than what
  /// noise processes expect.
  @Test(arguments: PointShape.allCases)
  func theyFillTheSquareFromMinusOneToOne(shape: PointShape) throws {
    let values = try points(shape).values(0..<10_000)
    #expect(values.count { abs($0) > 1 } <= 200)
    #expect(values.allSatisfy { abs($0) < 1.6 })
    var widest: Float = 0
    for dimension in 0..<2 {
      let one = stride(from: dimension, to: values.count, by: 2).map { values[$0] }
      widest = max(widest, (one.max()! - one.min()!) / 2)
    }
    #expect(widest > 0.8)
  }

  @Test(arguments: PointShape.allCases.filter { $0.classes > 0 })
  func theClassIsThePart(shape: PointShape) throws {
    let data = try points(shape, limit: 2_000)
    let values = data.values(0..<2_000)
    for i in 0..<2_000 {
      let (x, y) = (Double(values[2 * i]), Double(values[2 * i + 1]))
      let label = try #require(data.label(i))
      #expect(label == i % shape.classes)
      switch shape {
      case .rings:
        // Five deviations of 0.02.
        #expect(abs((x * x + y * y).squareRoot() - Points.radii[label]) < 0.1)
      case .moons:
        // The moon's circle has radius 0.6 about its own centre.
        let centre = label == 0 ? (x: -0.3, y: -0.15) : (x: 0.3, y: 0.15)
        let (dx, dy) = (x - centre.x, y - centre.y)
        #expect(abs((dx * dx + dy * dy).squareRoot() - 0.6) < 0.15)
        #expect((label == 0 ? dy : -dy) > -0.15)
      case .eightGaussians:
        let mean = Points.eightGaussians.means[label]
        #expect(abs(x - mean[0]) < 0.4 && abs(y - mean[1]) < 0.4)
      default: break
      }
    }
  }

  @Test func aCheckerboardHasEightEvenSquares() throws {
    let values = try points(.checkerboard).values(0..<10_000)
    var counts = [Int](repeating: 0, count: 16)
    for i in 0..<10_000 {
      counts[Int((values[2 * i + 1] + 1) * 2) * 4 + Int((values[2 * i] + 1) * 2)] += 1
    }
    for (square, count) in counts.enumerated() {
      if (square / 4 + square % 4) % 2 == 1 {
        #expect(count == 0)
      } else {
        // Four standard errors of a share of an eighth.
        #expect(abs(Double(count) - 1250) < 4 * (10_000 * 0.125 * 0.875).squareRoot())
      }
    }
  }

  @Test func aLineIsDrawnFromAsLongAsItIs() {
    let drawing = LineDrawing([[(0, 0), (3, 0), (3, 4)], [(10, 10), (10, 11)]])
    #expect(drawing.length == 8)
    let places: [(Double, x: Double, y: Double)] = [
      (0, 0, 0), (0.25, 2, 0), (0.5, 3, 1), (0.75, 3, 3), (0.9375, 10, 10.5),
    ]
    for (share, x, y) in places {
      #expect(drawing.point(at: share) == (x, y))
    }
  }
}

@Suite struct PointFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(
    _ text: String, label: String? = nil, range: DataSettings.ValueRange? = nil
  ) throws -> RawData {
    try PointFile.read(
      try folder.write(Array(text.utf8), "a.csv"), label: label, range: range)
  }

  private func values(_ data: RawData) -> [Float] {
    if case .floats(let values) = data.values { values } else { [] }
  }

  /// x has range 0 … 10, y −1 … 1: both are centred, and divided by 5.
  @Test func proportionsAreKept() throws {
    let data = try read("0,-1\n10,1\n5,0\n")
    #expect((data.height, data.width, data.channels, data.isImage) == (1, 1, 2, false))
    #expect(values(data) == [-1, -0.2, 1, 0.2, 0, 0])
    #expect(data.labels.isEmpty && data.classes == 0)
  }

  @Test func aRangeIsTakenAtItsWord() throws {
    let data = try read("0,-1\n10,1\n", range: DataSettings.ValueRange(0, 5))
    #expect(values(data) == [-1, -1.4, 3, -0.6])
  }

  @Test func theClassIsWhereItIsSaidToBe() throws {
    // `y` is a coordinate.
    #expect(try read("x,y\n0,0\n1,2\n").channels == 2)
    let named = try read("x,label,y\n0,1,0\n1,0,2\n")
    #expect(named.labels == [1, 0] && named.classes == 2 && named.channels == 2)
    #expect(values(named) == [-0.5, -1, 0.5, 1])
    #expect(try read("x,label,y\n0,1,0\n1,0,2\n", label: "none").channels == 3)
    #expect(try read("0,1,0\n1,0,2\n", label: "last").labels == [0, 2])
    #expect(try read("x,y,kind\n0,1,0\n1,0,1\n", label: "kind").labels == [0, 1])
  }

  @Test func arraysAreReadInAnyOrder() throws {
    let bytes = SmallFiles.npy(
      "<f8", shape: [2, 3], content: SmallFiles.float64([0, 10, 1, 4, -10, 0]))
    let path = try folder.write(bytes, "a.npy")
    let data = try PointFile.read(path, label: "last", range: nil)
    #expect(data.labels == [1, 0] && data.channels == 2)
    #expect(values(data) == [-0.2, 1, 0.2, -1])
  }

  @Test func aTenthIsHeldOut() throws {
    let lines = (0..<40).map { "\($0),\($0 % 2),\($0 % 2)\n" }.joined()
    let path = try folder.write(Array("x,y,class\n\(lines)".utf8), "a.csv")
    let loaded = try LoadedData(DataSettings(source: .points(path: path)))
    #expect((loaded.training.count, loaded.heldOut.count) == (36, 4))
    #expect((loaded.training.classes, loaded.training.isImage) == (2, false))
    #expect(loaded.summary.source == "points" && loaded.summary.path == path)
  }

  @Test(arguments: [
    ("", "no line of numbers"), ("x,y\n", "no line of numbers"),
    ("1,2\n3\n", "line 2 has 1 columns"),
    ("1,2\n3,a\n", "line 2, column 2"), ("1,2\n1,2\n", "all its points are the same"),
    ("1,2\n1e39,0\n", "point 1, column 1"), ("1,2\ninf,0\n", "line 2, column 1"),
    ("label\n1\n2\n", "classes alone"), ("x,label\n1,0.5\n2,1\n", "class of image 0"),
  ])
  func whatIsWrongIsNamed(text: String, words: String) {
    let error = #expect(throws: DiffusionError.self) { try read(text) }
    #expect(error?.kind == .badInput && error?.description.contains(words) == true)
  }

  @Test func aColumnThatIsNotThereIsNamed() {
    let error = #expect(throws: DiffusionError.self) { try read("1,2\n3,4\n", label: "kind") }
    #expect(error?.description.contains("kind") == true)
  }

  @Test(arguments: [
    DataSettings.Source.points(), .points(shape: .moons, path: "a.csv"),
    .points(shape: .moons),
  ])
  func aShapeOrAFile(source: DataSettings.Source) {
    if source == .points(shape: .moons) {
      #expect(throws: Never.self) { try DataSet.load(DataSettings(source: source)) }
    } else {
      let error = #expect(throws: DiffusionError.self) {
        try DataSet.load(DataSettings(source: source))
      }
      #expect(error?.kind == .badInput)
    }
  }
}
