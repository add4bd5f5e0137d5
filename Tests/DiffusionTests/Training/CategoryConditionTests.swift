import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Attributes that are categories: each value of each has a vector of its own (`conditioning.categories`).
@Suite struct CategoryConditionTests {
  private static let archive = "\(ArrayGoldenTests.folder)/attributes.npz"

  private static func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    var settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 40, size: 8, conditions: ["shape", "red"]),
      model: ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(
        kind: .vector, inject: .time, dropout: 0.2, categories: ["shape"]),
      diffusion: DiffusionSettings(steps: 100),
      training: TrainingSettings(steps: 3, batch: 8, optimizer: .init(learningRate: 3e-3)),
      sampling: SamplingSettings(sampler: .ddim, steps: 3, guidance: 2, count: 6),
      evaluation: EvaluationSettings(images: 16, metrics: [.loss]))
    change(&settings)
    return settings
  }

  // MARK: Data

  /// What NumPy wrote, by `Goldens/arrays/make_arrays.py`.
  @Test func arraysOfAnArchive() throws {
    let names = ["train_hair", "worn", "age"]
    let source = try NPZ.read(Self.archive, conditions: names)
    #expect(source.images.conditionNames == ["train_hair", "worn.1", "worn.2", "age"])
    #expect(
      source.images.conditions == [
        1, 0, 1, 20, 0, 1, 1, 31.5, 1, 0, 0, 42, 0, 1, 0, 17, 1, 0, 1, 60, 4, 1, 1, 55,
      ])
    #expect(source.test?.conditions == [1, 0, 1, 20, 0, 1, 1, 31.5])
    #expect(source.test?.conditionNames == source.images.conditionNames)
    #expect(source.ignored.isEmpty)
    let data = try DataSet.load(
      DataSettings(source: .npz(path: Self.archive), conditions: names))
    let vector = VectorCondition(of: data, categories: ["train_hair", "worn"])
    #expect(vector.categories == [[0, 1, 4], [0, 1], [0, 1], []])
    #expect(vector.width == 9 && vector.problem == nil)
    #expect(vector.categoriesText == "train_hair 0, 1, 4; worn.1 0, 1; worn.2 0, 1")
    let age = Float((31.5 - vector.means[3]) / vector.deviations[3])
    #expect(vector.row(data, 1) == [1, 0, 0, 0, 1, 0, 1, age, 1])
    // A value that nobody has says nothing of its attribute.
    #expect(Array(vector.row([3, 1, 0, vector.means[3]])) == [0, 0, 0, 0, 1, 1, 0, 0, 1])
    #expect(vector.unknown([3, 1, 0, 8])?.kinds == "0, 1, 4")
    #expect(vector.unknown([4, 1, 0, 1e9]) == nil)

    for (name, message) in [
      ("hat", "holds no array \"hat\""), ("train_images", "whose shape is [6, 3, 2]"),
      ("test_hair", "whose shape is [2]: expected (6) or (6, A)"),
    ] {
      #expect {
        try NPZ.read(Self.archive, conditions: [name])
      } throws: { "\($0)".contains(message) }
    }
  }

  @Test func columnsOfPixels() throws {
    let folder = try TemporaryFolder()
    func written(_ text: String) throws -> String {
      let path = folder.path + "/images.csv"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    let path = try written("hat,p0,p1,label,p2,age,p3\n1,0,255,2,30,7,40\n0,50,60,0,70,8,80\n")
    let (images, _) = try CSV.read(path, conditions: ["age", "hat"])
    #expect(images.height == 2 && images.width == 2 && images.labels == [2, 0])
    #expect(images.conditionNames == ["age", "hat"] && images.conditions == [7, 1, 8, 0])
    guard case .bytes(let bytes) = images.values else { throw CancellationError() }
    #expect(bytes == [0, 255, 30, 40, 50, 60, 70, 80])
    #expect(
      try CSV.read(path, label: "age", conditions: ["hat", "label"]).images.labels == [7, 8])
    for (names, message) in [
      (["cap"], "data.conditions names a column cap, and its heading (hat, p0, …, p3) names none"),
      (["hat", "hat"], "a column hat, which it has named before: leave it out"),
    ] {
      #expect {
        try CSV.read(path, conditions: names)
      } throws: { "\($0)".contains(message) }
    }
    let bare = try written("1,10,20,30,40\n0,50,60,70,80\n")
    #expect {
      try CSV.read(bare, conditions: ["1"])
    } throws: { "\($0)".contains("and there is no heading that would name one") }
  }

  // MARK: Networks

  @Test func theSameBitsForAnyNumberOfWorkersAndResumed() throws {
    let expected = try SessionOutcome.theSameForAnyNumberOfWorkersAndResumed(Self.settings())
    let network = try #require(expected.session.networkFile())
    // Eight shapes, red, and the 1.
    #expect(network.network.conditionWidth == 10)
    let read = try NetworkFile(bytes: network.bytes(), name: "network")
    #expect(read.description == network.description)
    #expect(read.description.vector?.categories?[0] == [0, 1, 2, 3, 4, 5, 6, 7])
    // As a quantity it is another network.
    var others = network.description
    others.vector?.categories = nil
    #expect(
      network.description.differences(from: others).map(\.option) == [
        "the values of conditioning.categories"
      ])
  }

  /// The first layer adds up a vector for each value: what is told of two attributes is the sum of what is told of each.
  @Test func vectorsOfValuesAreAdded() throws {
    var layout = ParameterLayout()
    let first = Linear("first", from: 6, to: 5, in: &layout)
    let vector = VectorCondition(
      names: ["a", "b"], means: [0, 0], deviations: [1, 1], categories: [[2, 7], [0, 1, 5]])
    let values = AlignedBuffer(layout.initialValues(seed: 1))
    let weights = Weights(layout: layout, values: values, kernels: .best, precision: .fp32)
    weights.packAll()
    let tape = Tape(workspace: Workspace(kernels: .best, precision: .fp32), weights: weights)
    let exported = first.weight.exported(Array(values.values[first.weight.range]))
    let bias = Array(values.values[first.bias.range])
    for (a, column) in [(2.0, 0), (7, 1)] {
      for (b, other) in [(0.0, 2), (1, 3), (5, 4)] {
        tape.reset()
        let input = tape.input(Shape(count: 1, channels: 6))
        _ = input.values.update(fromContentsOf: vector.row([a, b]))
        let found = tape.linear(input, first).values.map { Double($0) }
        let expected = (0..<5).map { row in
          [column, other, 5].reduce(Double(bias[row])) { $0 + Double(exported[row * 6 + $1]) }
        }
        expectClose(found, expected, within: 1e-6)
      }
    }
  }

  @Test func whatIsNoCategory() throws {
    func problem(_ names: [String], _ categories: [[Double]]) -> String? {
      VectorCondition(
        names: names, means: names.map { _ in 0 }, deviations: names.map { _ in 1 },
        categories: categories
      ).problem
    }
    #expect(problem(["a"], [[0, 1]]) == nil && problem(["a"], [[]]) == nil)
    #expect(problem(["a"], [[3]])?.contains("'a' is the same of all") == true)
    #expect(problem(["a"], [])?.contains("says of 0") == true)
    #expect(problem(["a"], [[1, 0]])?.contains("not in order") == true)
    #expect(problem(["a"], [[0, .infinity]])?.contains("not in order") == true)
    #expect(problem(["a"], [(0...1024).map(Double.init)])?.contains("take 1025 values") == true)
    // Each image another value.
    #expect {
      try RunSession(
        Self.settings {
          $0.data.limit = 1100
          $0.data.conditions = ["tilt"]
          $0.conditioning.categories = ["tilt"]
        }, workers: 1)
    } throws: { "\($0)".contains("at most 1024 are told apart (data.conditions)") }
  }

  /// A guide that has met other values hears of those that it knows.
  @Test func aGuideOfOtherValues() throws {
    func file(_ vector: VectorCondition) throws -> NetworkFile {
      var description = NetworkDescription(
        model: ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 8),
        conditioning: ConditioningSettings(kind: .vector), channels: 1, height: 8, width: 8)
      description.vector = vector
      let network = try description.makeNetwork()
      return NetworkFile(
        description: description, network: network,
        values: AlignedBuffer(network.layout.initialValues(seed: 1)))
    }
    func vector(_ kinds: [Double], mean: Double) -> VectorCondition {
      VectorCondition(
        names: ["a", "b"], means: [0, mean], deviations: [1, 2], categories: [kinds, []])
    }
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let (own, theirs) = (vector([0, 1, 2], mean: 1), vector([1, 2, 3, 4], mean: 5))
    let (guided, guide) = (try file(own), try file(theirs))
    let process = try NoiseProcess(DiffusionSettings())
    let network = try GuideNetwork(
      guide, guiding: guided.description, process: process, pool: pool)
    let rows = [[0.0, 3], [2, 3]]
    let told = network.condition(
      .vectors(rows.flatMap { own.row($0) } + [Float](repeating: 0, count: 5), dimension: 5))
    #expect(
      told
        == .vectors(
          rows.flatMap { theirs.row($0) } + [Float](repeating: 0, count: 6), dimension: 6))
    let quantities = VectorCondition(names: ["a", "b"], means: [0, 0], deviations: [1, 1])
    let other = try file(quantities)
    #expect {
      try GuideNetwork(other, guiding: guided.description, process: process, pool: pool)
    } throws: { "\($0)".contains("takes other numbers as categories") }
  }
}
