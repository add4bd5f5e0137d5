import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct MLPTests {
  static let settings = [
    MLPSettings(width: 24, layers: 2),
    MLPSettings(
      width: 16, layers: 1, inputEmbedding: .sinusoidal, inputEmbeddingDim: 6,
      inputEmbeddingScale: 10),
  ]

  private func description(_ settings: MLPSettings, classes: Int = 0) -> NetworkDescription {
    NetworkDescription(
      model: ModelSettings(
        architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 16, mlp: settings),
      conditioning: classes > 0 ? ConditioningSettings(kind: .class, inject: .time) : .init(),
      channels: 2, height: 1, width: 1, classes: classes)
  }

  private func file(_ description: NetworkDescription) throws -> NetworkFile {
    let network = try description.makeNetwork()
    return NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 3)))
  }

  @Test(arguments: settings) func aFileIsTheNetworkItWas(settings: MLPSettings) throws {
    let written = try file(description(settings, classes: 3))
    let read = try NetworkFile(bytes: written.bytes(), name: "n")
    #expect(read.description == written.description)
    #expect(read.values.array() == written.values.array())
    #expect(read.contentHash == written.contentHash)
  }

  /// As PyTorch writes it: everything but the scale of an input embedding shows.
  @Test(arguments: settings) func namesAndShapesTellWhatItIs(settings: MLPSettings) throws {
    let written = try file(description(settings, classes: 3))
    let tensors = try Safetensors(bytes: written.bytes(), name: "n")
    var bare = SafetensorsWriter()
    for name in tensors.entries.keys {
      bare.add(name, shape: try tensors.entry(name).shape, try tensors.floats(name))
    }
    let read = try NetworkFile(bytes: bare.bytes(), name: "bare")
    var expected = settings
    expected.inputEmbeddingDim = settings.inputEmbedding == .none ? 16 : 6
    expected.inputEmbeddingScale = 25
    #expect(read.description.model.mlp == expected)
    #expect(read.description.classes == 3 && read.description.channels == 2)
    #expect(read.values.array() == written.values.array())
  }

  @Test func itsLayersAndTheirCost() throws {
    let network = try description(Self.settings[1], classes: 3).makeNetwork()
    let layers = network.layers(height: 1, width: 1)
    #expect(
      layers.map(\.name) == [
        "time_mlp.0", "time_mlp.2", "class_embedding", "input", "time_projection.0", "layers.0",
        "output",
      ])
    // Weights and biases: 16·17 twice, 4·16, 14·16 + 16, 17·16 twice, 16·2 + 2.
    #expect(layers.map(\.parameters) == [272, 272, 64, 240, 272, 272, 34])
    #expect(network.layout.parameterCount == 1426)
    #expect(network.flops(height: 1, width: 1) == Double(2 * (4 * 256 + 224 + 32)))
  }

  @Test func differencesAreNamed() {
    var other = Self.settings[1]
    other.inputEmbeddingScale = 20
    let differences = description(Self.settings[1]).differences(from: description(other))
    #expect(differences.map(\.option) == ["model.input_embedding.scale"])
    #expect((differences.first?.value, differences.first?.other) == ("10.0", "20.0"))
    let wider = description(MLPSettings(width: 32, layers: 2))
    #expect(wider.differences(from: description(Self.settings[0])).map(\.option) == ["model.width"])
  }

  @Test(arguments: [
    MLPSettings(width: 0), MLPSettings(layers: 0), MLPSettings(layers: 65),
    MLPSettings(inputEmbedding: .sinusoidal, inputEmbeddingDim: 3),
    MLPSettings(inputEmbedding: .sinusoidal, inputEmbeddingScale: .nan),
  ]) func whatCannotBeBuiltIsSaid(settings: MLPSettings) {
    let error = #expect(throws: DiffusionError.self) { try description(settings).makeNetwork() }
    #expect(error?.kind == .badInput)
  }

  @Test func imagesAreRefused() {
    var description = description(Self.settings[0])
    description.width = 2
    let error = #expect(throws: DiffusionError.self) { try description.makeNetwork() }
    #expect(error?.description.contains("images of 2×1×2") == true)
  }

  /// More vectors than go through the network together.
  @Test func aPredictionDependsOnItsVectorAlone() throws {
    let file = try file(description(Self.settings[1], classes: 3))
    let random = CounterRandom(seed: 5)
    let count = 700
    let x = random.normals(count: 2 * count, image: 0, step: 0, purpose: .samplingStart)
    let times = (0..<count).map { Float($0 % 1000) }
    let classes = (0..<count).map { $0 % 4 }
    let all = try predict(file, x, times, classes, workers: 2)
    #expect(try predict(file, x, times, classes, workers: 1) == all)
    for i in [0, 255, 256, 699] {
      #expect(
        try predict(file, Array(x[2 * i..<2 * i + 2]), [times[i]], [classes[i]], workers: 1)
          == Array(all[2 * i..<2 * i + 2]))
    }
    #expect(all.allSatisfy(\.isFinite) && Set(all).count > count)
  }

  private func predict(
    _ file: NetworkFile, _ x: [Float], _ times: [Float], _ classes: [Int], workers: Int
  ) throws -> [Float] {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    return Predictor(network: file.network, values: file.values, height: 1, width: 1, pool: pool)
      .predict(x, times: times, condition: .classes(classes))
  }

  /// A batch of 200 is three lanes of 64 at least, unless the settings say how many.
  @Test func lanesOfVectorsAreLong() {
    #expect(TrainingSettings(steps: 1, batch: 200).laneCount(of: 64) == 3)
    #expect(TrainingSettings(steps: 1, batch: 32).laneCount(of: 64) == 1)
    #expect(TrainingSettings(steps: 1, batch: 4096).laneCount(of: 64) == 32)
    #expect(TrainingSettings(steps: 1, batch: 200, lanes: 7).laneCount(of: 64) == 7)
    // Of images as it always was.
    #expect(TrainingSettings(steps: 1, batch: 64).laneCount(of: 1) == 16)
    #expect(TrainingSettings(steps: 1, batch: 4).laneCount(of: 1) == 4)
  }
}
