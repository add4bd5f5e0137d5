import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Networks that are told what was done to an image (Karras 2022, appendix F.2), and dropout in all of them.
@Suite struct AugmentationLabelTests {
  enum Kind: CaseIterable {
    case small, smallOfClasses, smallByTime, residual, restoring
  }

  private static func settings(_ kind: Kind, steps: Int = 4) -> RunSettings {
    var residual = ResidualUNetSettings.tiny
    residual.dropout = 0.2
    let small = ModelSettings(levels: 3, baseChannels: 8, timeEmbeddingDim: 16, dropout: 0.2)
    let kinds: [Kind: ConditioningSettings.Kind] = [.small: .none, .restoring: .image]
    return RunSettings(
      data: DataSettings(
        source: .shapes, limit: 40, size: 8, flip: true, shift: 2, brightness: 0.5),
      model: kind == .residual
        ? ModelSettings(architecture: .unet, residual: residual) : small,
      conditioning: ConditioningSettings(
        kind: kinds[kind] ?? .class,
        inject: kind == .residual || kind == .smallByTime ? .time : .concat, dropout: 0.2,
        selfConditioning: kind == .smallByTime, factor: kind == .restoring ? 2 : 4,
        augmentation: true),
      diffusion: DiffusionSettings(steps: 100),
      training: TrainingSettings(steps: steps, batch: 8, optimizer: .init(learningRate: 3e-3)),
      sampling: SamplingSettings(sampler: .ddim, steps: 4, count: 3),
      evaluation: EvaluationSettings(images: 8, metrics: [.loss]))
  }

  @Test(arguments: Kind.allCases) func theSameBitsForAnyNumberOfWorkersAndResumed(
    _ kind: Kind
  ) throws {
    let settings = Self.settings(kind)
    let expected = try SessionOutcome.theSameForAnyNumberOfWorkersAndResumed(settings)
    #expect(expected.samples.count == 3 * 192 && expected.measures.count == 1)
    // Each of them tells.
    var others = [RunSettings](repeating: settings, count: 5)
    others[0].conditioning.augmentation = false
    others[1].data.shift = 1
    others[2].data.brightness = 0.25
    others[3].data.flip = false
    others[4].model.dropout = 0.1
    others[4].model.residual?.dropout = 0.1
    let initial = try RunSession(settings, workers: 1).state?.weights.array() ?? []
    for (index, other) in others.enumerated() {
      let session = try RunSession(other, workers: 1)
      // Without the label all other parameters begin as they do with it.
      let begin = session.state?.weights.array() ?? []
      #expect(begin.elementsEqual(initial.prefix(begin.count)))
      _ = try session.run(shouldStop: { false }) { _ in }
      let weights = session.state?.weights.array() ?? []
      #expect(weights != Array(expected.weights.prefix(weights.count)), "\(index)")
    }
  }

  /// The same network, told a class whose vector is what the label adds, says the same.
  @Test(arguments: [Kind.small, .residual]) func theLabelIsAddedToTheTime(_ kind: Kind) throws {
    var told = NetworkDescription(Self.settings(kind), data: try Self.data())
    told.conditioning = ConditioningSettings(inject: .time, augmentation: true)
    var classed = told
    classed.conditioning = ConditioningSettings(kind: .class, inject: .time)
    let (network, other) = (try told.makeNetwork(), try classed.makeNetwork())
    let values = AlignedBuffer(network.layout.initialValues(seed: 4))
    let otherValues = AlignedBuffer(other.layout.initialValues(seed: 5))
    func parameter(_ name: String, _ network: any Network) throws -> Parameter {
      try #require(network.layout.parameters.first { $0.name == name })
    }
    for theirs in other.layout.parameters where theirs.name != "class_embedding.weight" {
      let own = try parameter(theirs.name, network)
      for (i, j) in zip(theirs.range, own.range) { otherValues.values[i] = values.values[j] }
    }
    let labels: [Float] = [1, 0.5, -0.25, 0.75, 0, -1, 1, -0.5]
    let weight = try parameter("augmentation_embedding.weight", network)
    let table = try parameter("class_embedding.weight", other)
    let width = weight.shape[0]
    #expect(weight.shape == [width, 4] && table.shape[1] == width)
    for row in 0..<2 {
      for c in 0..<width {
        otherValues.values[table.offset + row * width + c] = (0..<4).reduce(0) {
          $0 + labels[4 * row + $1] * values.values[weight.offset + 4 * c + $1]
        }
      }
    }
    // The null class: nothing.
    for c in 0..<width { otherValues.values[table.offset + 8 * width + c] = 0 }
    let x = CounterRandom(seed: 1).normals(count: 384, image: 0, step: 0, purpose: .data)
    func said(_ labels: [Float]?) -> [Float] {
      predicted(network, values, x) {
        network.predict($0, times: [3, 80], condition: .none, augmentation: labels, on: $1)
      }
    }
    func classes(_ indices: [Int]) -> [Float] {
      predicted(other, otherValues, x) {
        other.predict($0, times: [3, 80], condition: .classes(indices), on: $1)
      }
    }
    #expect(relativeError(said(labels), classes([0, 1])) < 1e-6)
    #expect(relativeError(said(labels), said(nil)) > 1e-3)
    // Told zeros is told nothing, bit for bit.
    #expect(said([Float](repeating: 0, count: 8)) == said(nil))
    #expect(relativeError(said(nil), classes([8, 8])) < 1e-6)
  }

  private static func data() throws -> DataSet {
    try DataSet.load(DataSettings(source: .shapes, limit: 40, size: 8))
  }

  private func predicted(
    _ network: any Network, _ values: AlignedBuffer, _ x: [Float], dropout: DropoutSource? = nil,
    height: Int = 8, _ predict: (Tensor, Tape) -> Tensor
  ) -> [Float] {
    let weights = Weights(
      layout: network.layout, values: values, kernels: .best, precision: .fp32)
    weights.packAll()
    let tape = Tape(workspace: Workspace(kernels: .best, precision: .fp32), weights: weights)
    tape.reset(dropout: dropout)
    let input = tape.input(
      Shape(count: 2, height: height, width: height, channels: network.inputChannels))
    _ = input.values.update(fromContentsOf: x)
    return Array(predict(input, tape).values)
  }

  // MARK: Gradients

  enum Dropping: CaseIterable {
    case small, residual, points
  }

  /// A network of each kind with dropout of ¼, told what was done where it can be.
  private static func network(_ kind: Dropping) throws -> any Network {
    var description = NetworkDescription(settings(.small), data: try data())
    var residual = ResidualUNetSettings.tiny
    residual.dropout = 0.25
    switch kind {
    case .small:
      description.model = ModelSettings(
        levels: 3, baseChannels: 8, timeEmbeddingDim: 16, dropout: 0.25)
    case .residual:
      description.model = ModelSettings(architecture: .unet, residual: residual)
    case .points:
      description.model = ModelSettings(
        architecture: .mlp, timeEmbeddingDim: 16, mlp: MLPSettings(width: 24, layers: 3),
        dropout: 0.25)
      (description.height, description.width, description.channels) = (1, 1, 2)
      description.conditioning.augmentation = false
    }
    return try description.makeNetwork()
  }

  /// Along a random direction through all weights and through those of the label alone, with the masks as they are: central
  /// differences of float32 predictions, whose rounding is a thousandth of what they differ by.
  @Test(arguments: Dropping.allCases) func gradientsByDifferences(_ kind: Dropping) throws {
    let network = try Self.network(kind)
    let side = kind == .points ? 1 : 8
    let count = 2 * side * side * network.channels
    let random = CounterRandom(seed: 6)
    let x = random.normals(count: count, image: 0, step: 0, purpose: .data)
    let direction = random.normals(count: count, image: 1, step: 0, purpose: .data)
    let labels: [Float]? =
      network.augmentationWidth > 0 ? [1, 0.5, -0.25, 0.75, 0, -1, 1, -0.5] : nil
    let source = DropoutSource(seed: 9, step: 3, firstImage: 0)
    let start = network.layout.initialValues(seed: 2)
    func predict(_ x: Tensor, _ tape: Tape) -> Tensor {
      network.predict(x, times: [5, 60], condition: .none, augmentation: labels, on: tape)
    }
    let weights = Weights(
      layout: network.layout, values: AlignedBuffer(start), kernels: .best, precision: .fp32)
    weights.packAll()
    let tape = Tape(workspace: Workspace(kernels: .best, precision: .fp32), weights: weights)
    let gradient = AlignedBuffer(count: network.layout.count)
    tape.reset(gradients: gradient.pointer, dropout: source)
    let input = tape.input(
      Shape(count: 2, height: side, width: side, channels: network.inputChannels))
    _ = input.values.update(fromContentsOf: x)
    let output = predict(input, tape)
    let dropped = Array(output.values)
    tape.backward(from: output) { _ = $0.update(fromContentsOf: direction) }

    func loss(_ values: [Float]) -> Double {
      zip(
        predicted(
          network, AlignedBuffer(values), x, dropout: source, height: side, predict), direction
      ).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let parts = [
      network.layout.parameters, network.layout.parameters.filter { $0.name.contains("augment") },
    ]
    for parameters in parts where !parameters.isEmpty {
      var way = [Float](repeating: 0, count: start.count)
      for parameter in parameters {
        for i in parameter.range {
          way[i] = random.normals(count: 1, image: i, step: 1, purpose: .data)[0]
        }
      }
      let step: Float = 1e-3
      let above = loss(zip(start, way).map { $0 + step * $1 })
      let below = loss(zip(start, way).map { $0 - step * $1 })
      let found = zip(gradient.array(), way).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let expected = (above - below) / Double(2 * step)
      #expect(abs(found - expected) < 0.01 * abs(expected), "\(found), \(expected)")
    }
    // It does drop, and does not where nothing is drawn from, as in sampling.
    let whole = predicted(network, AlignedBuffer(start), x, height: side, predict)
    #expect(relativeError(dropped, whole) > 0.01)
  }

  /// Samples and measures drop nothing: what is predicted is what a network without dropout says, bit for bit.
  @Test func predictionsDropNothing() throws {
    var description = NetworkDescription(Self.settings(.small), data: try Self.data())
    description.model.dropout = 0
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let x = CounterRandom(seed: 6).normals(count: 384, image: 0, step: 0, purpose: .data)
    let said = [try Self.network(.small), try description.makeNetwork()].map {
      Predictor(
        network: $0, values: AlignedBuffer($0.layout.initialValues(seed: 2)), height: 8,
        width: 8, pool: pool
      ).predict(x, times: [5, 60], condition: .none)
    }
    #expect(said[0] == said[1])
  }

  // MARK: Files

  @Test(arguments: [Kind.smallOfClasses, .residual]) func aFileKeepsIt(_ kind: Kind) throws {
    let description = NetworkDescription(Self.settings(kind), data: try Self.data())
    let network = try description.makeNetwork()
    let made = NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 3)))
    let read = try NetworkFile(bytes: made.bytes(), name: "network")
    #expect(read.description == made.description && read.network.augmentationWidth == 4)
    #expect(read.values.array() == made.values.array())
    var without = description
    without.conditioning.augmentation = false
    #expect(description.differences(from: without).map(\.option) == ["conditioning.augmentation"])
    let folder = try TemporaryFolder()
    #expect {
      try made.writeDiffusersFolder(to: folder.path + "/model")
    } throws: {
      "\($0)".contains(kind == .residual ? "conditioning.augmentation" : "no network like")
    }
    // As PyTorch would write it: names and shapes, which do not say the groups of a residual network.
    guard kind == .smallOfClasses else { return }
    let tensors = try Safetensors(bytes: made.bytes(), name: "n")
    var bare = SafetensorsWriter()
    for name in tensors.entries.keys {
      bare.add(name, shape: try tensors.entry(name).shape, try tensors.floats(name))
    }
    let inferred = try NetworkFile(bytes: bare.bytes(), name: "bare")
    #expect(inferred.description.conditioning.augmentation)
    #expect(inferred.description.conditioning.kind == .class)
    #expect(inferred.values.array() == made.values.array())
  }

  // MARK: What it is for

  /// Grey images of one brightness, trained on at brightnesses from 0.4 to 1.6 times as much: without the label samples are
  /// of all of these, with it nearly all of the one.
  @Test func samplesOfAToldNetworkAreNotBrightened() throws {
    let random = CounterRandom(seed: 12)
    let data = try DataSet(
      name: "grey",
      values: random.normals(count: 32 * 64, image: 0, step: 0, purpose: .data).map { 0.05 * $0 },
      height: 8, width: 8, channels: 1)
    let process = try NoiseProcess(DiffusionSettings(steps: 100, prediction: .v))
    let augmentation = Augmentation(brightness: 0.6)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    func spread(told: Bool) throws -> Double {
      let network = try NetworkDescription(
        model: ModelSettings(
          levels: 2, baseChannels: 16, timeEmbedding: .sinusoidal, timeEmbeddingDim: 32),
        conditioning: ConditioningSettings(augmentation: told), diffusion: process.settings,
        channels: 1, height: 8, width: 8
      ).makeNetwork()
      let settings = TrainingSettings(
        steps: 400, batch: 16, optimizer: .init(learningRate: 3e-3), learningRateSchedule: .cosine)
      let state = TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: 1), settings: settings)
      let trainer = Trainer(
        network: network, state: state, settings: settings, process: process,
        source: TrainingExamples(
          data: data, seed: 1, process: process, augmentation: augmentation,
          tellsAugmentation: told),
        pool: pool)
      while state.step < settings.steps { _ = trainer.step() }
      let values = try Generator(
        predictor: Predictor(
          network: network, values: state.weights, height: 8, width: 8, pool: pool),
        process: process
      ).images(SamplingSettings(sampler: .ddim, steps: 20), indices: 0..<64, clip: true).values
      let means = (0..<64).map { i in
        values[64 * i..<64 * (i + 1)].reduce(0) { $0 + Double($1) } / 64
      }
      let mean = means.reduce(0, +) / 64
      return (means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 64).squareRoot()
    }
    let (free, told) = (try spread(told: false), try spread(told: true))
    // What is trained on is spread by 0.6/√3 = 0.35, the data themselves by 0.05/8.
    #expect(free > 0.2 && told < 0.1 && told < free / 3, "\(free), \(told)")
  }
}
