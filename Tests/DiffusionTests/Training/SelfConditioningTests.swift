import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// A network that sees its own last estimate beside the image (Chen, Zhang & Hinton 2022).
@Suite struct SelfConditioningTests {
  enum Kind: CaseIterable {
    case small, residual, points
  }

  /// A small network of each kind over the data that it is for.
  struct Setup {
    let data: DataSet
    let network: any Network
    let process: NoiseProcess
    let settings: TrainingSettings

    init(
      _ kind: Kind, precision: TrainingSettings.Precision = .fp32,
      prediction: PredictionTarget = .epsilon
    ) throws {
      let points = DataSettings(source: .points(shape: .moons), limit: 200)
      let shapes = DataSettings(source: .shapes, limit: 40, size: 8)
      data = try DataSet.load(kind == .points ? points : shapes)
      var residual = ResidualUNetSettings(
        blockOutChannels: [8, 12], layersPerBlock: 1, attentionLevels: [1])
      (residual.normNumGroups, residual.attentionHeadDim) = (4, 4)
      residual.dropout = 0.2
      let models: [Kind: ModelSettings] = [
        .small: ModelSettings(
          levels: 2, baseChannels: 8, timeEmbedding: .sinusoidal, timeEmbeddingDim: 16,
          dropout: 0.2),
        .residual: ModelSettings(architecture: .unet, residual: residual),
        .points: ModelSettings(
          architecture: .mlp, timeEmbeddingDim: 16, mlp: MLPSettings(width: 16, layers: 2),
          dropout: 0.2),
      ]
      process = try NoiseProcess(DiffusionSettings(steps: 100, prediction: prediction))
      settings = TrainingSettings(
        steps: 20, batch: 12, seed: 3, precision: precision, ema: 0.99, clip: 1,
        optimizer: .init(learningRate: 2e-3))
      network = try NetworkDescription(
        model: models[kind] ?? ModelSettings(),
        conditioning: ConditioningSettings(kind: .class, inject: .time, selfConditioning: true),
        diffusion: process.settings, channels: data.channels, height: data.height,
        width: data.width, classes: data.classes
      ).makeNetwork()
    }

    var source: TrainingExamples {
      TrainingExamples(
        data: data, seed: settings.seed, process: process, dropout: 0.1, hearsEstimates: true)
    }

    func state() -> TrainingState {
      TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: settings.seed),
        settings: settings)
    }

    func trainer(_ state: TrainingState, pool: WorkerPool) -> Trainer {
      Trainer(
        network: network, state: state, settings: settings, process: process, source: source,
        pool: pool)
    }

    func train(
      _ state: TrainingState, steps: Int, workers: Int
    ) -> [Double] {
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      let trainer = trainer(state, pool: pool)
      return (0..<steps).map { _ in trainer.step().loss }
    }

    func withPredictor<Result>(
      workers: Int = 1, _ body: (Predictor) throws -> Result
    ) rethrows -> Result {
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return try body(
        Predictor(
          network: network, values: AlignedBuffer(network.layout.initialValues(seed: 3)),
          height: data.height, width: data.width, pool: pool))
    }
  }

  @Test(arguments: Kind.allCases, TrainingSettings.Precision.allCases)
  func theSameBitsForAnyNumberOfWorkers(
    _ kind: Kind, _ precision: TrainingSettings.Precision
  ) throws {
    let setup = try Setup(kind, precision: precision)
    let expected = setup.state()
    let losses = setup.train(expected, steps: 4, workers: 1)
    for workers in [2, 3, 5] {
      let state = setup.state()
      #expect(setup.train(state, steps: 4, workers: workers) == losses)
      let same =
        state.weights.array() == expected.weights.array()
        && state.ema?.array() == expected.ema?.array() && state.v.array() == expected.v.array()
      #expect(same, "\(workers) workers")
    }
  }

  @Test(arguments: Kind.allCases) func stoppedAndContinuedIsAsInOneGo(_ kind: Kind) throws {
    let folder = try TemporaryFolder()
    let setup = try Setup(kind)
    let expected = setup.state()
    let losses = setup.train(expected, steps: 7, workers: 2)
    let half = setup.state()
    let first = setup.train(half, steps: 3, workers: 1)
    try half.save(to: folder.path + "/state.safetensors", owner: "run")
    let state = setup.state()
    try state.load(from: folder.path + "/state.safetensors", owner: "run", steps: 7)
    let rest = setup.train(state, steps: 4, workers: 2)
    #expect(first + rest == losses)
    let same = state.weights.array() == expected.weights.array()
    #expect(same)
  }

  /// Algorithm 1 written out: half of the examples hear x̂_0 of a pass that heard zeros, held in [−1, 1] where they are
  /// images, the others zeros; the gradient is that of the second pass alone, which is also the one that drops.
  @Test(arguments: [Kind.small, .points], [PredictionTarget.epsilon, .v, .x0, .edm])
  func aStepIsThePapers(_ kind: Kind, _ prediction: PredictionTarget) throws {
    let setup = try Setup(kind, prediction: prediction)
    let (network, process) = (setup.network, setup.process)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let state = setup.state()
    let (loss, buffer, _) = setup.trainer(state, pool: pool).lossAndGradient(step: 0)
    let found = buffer.array()

    let size = setup.data.valuesPerImage
    let fill = setup.source.batch(step: 0, size: 12, history: nil)
    var (inputs, targets): ([Float], [Float]) = ([], [])
    var examples: [Example] = []
    for position in 0..<12 {
      var (x, noise) = ([Float](repeating: 0, count: size), [Float](repeating: 0, count: size))
      x.withUnsafeMutableBufferPointer { x in
        noise.withUnsafeMutableBufferPointer { noise in
          examples.append(fill(position, x, noise))
          prediction.makeExample(
            x0: x, noise: noise, at: examples[position].level, sigmaData: process.sigmaData,
            kernels: .best)
        }
      }
      inputs += x
      targets += noise
    }
    let times = examples.map { Float($0.level.time) }
    let condition = Condition.classes(examples.map(\.classIndex))
    let beside = setup.withPredictor { predictor in
      let outputs = predictor.predict(inputs, times: times, condition: condition)
      return outputs.indices.map { k -> Float in
        let example = examples[k / size]
        guard example.hearsEstimate else { return 0 }
        let scale = prediction.inputScale(at: example.level, sigmaData: process.sigmaData)
        let x0 = prediction.estimates(
          from: Double(outputs[k]), xt: Double(inputs[k]) / scale, at: example.level,
          sigmaData: process.sigmaData
        ).x0
        return Float(setup.data.isImage ? max(-1, min(1, x0)) : x0)
      }
    }
    let hearing = examples.count(where: \.hearsEstimate)
    #expect((1...11).contains(hearing))

    let weights = Weights(
      layout: network.layout, values: state.weights, kernels: .best, precision: .fp32)
    weights.packAll()
    let tape = Tape(workspace: Workspace(kernels: .best, precision: .fp32), weights: weights)
    let gradient = AlignedBuffer(count: network.layout.count)
    tape.reset(
      gradients: gradient.pointer,
      dropout: DropoutSource(seed: setup.settings.seed, step: 0, firstImage: 0))
    let seen = tape.input(
      Shape(
        count: 12, height: setup.data.height, width: setup.data.width,
        channels: network.inputChannels))
    inputs.withUnsafeBufferPointer { x in
      beside.withUnsafeBufferPointer { beside in
        guard let x = x.baseAddress else { return }
        seen.fill(x, channels: network.channels, beside: beside.baseAddress)
      }
    }
    let output = network.predict(seen, times: times, condition: condition, on: tape)
    var sum = 0.0
    tape.backward(from: output) { seed in
      for i in seed.indices {
        let error = output.data[i] - targets[i]
        sum += Double(error * error)
        seed[i] = 2 * error / Float(targets.count)
      }
    }
    // Sums in another order, nothing else.
    #expect(abs(loss - sum / Double(targets.count)) < 1e-5 * loss)
    #expect(relativeError(found, gradient.array()) < 1e-4)
  }

  /// 4,000 examples: a half, four standard deviations of √(n/4) to either side; none where it is not asked for.
  @Test func halfOfTheExamplesHearAnEstimate() throws {
    let setup = try Setup(.points)
    var (x, noise) = ([Float](repeating: 0, count: 2), [Float](repeating: 0, count: 2))
    func count(_ source: TrainingExamples) -> Int {
      (0..<40).reduce(0) { sum, step in
        let fill = source.batch(step: step, size: 100, history: nil)
        return sum
          + (0..<100).count { position in
            x.withUnsafeMutableBufferPointer { x in
              noise.withUnsafeMutableBufferPointer { fill(position, x, $0).hearsEstimate }
            }
          }
      }
    }
    #expect((1874...2126).contains(count(setup.source)))
    #expect(count(TrainingExamples(data: setup.data, seed: 3, process: setup.process)) == 0)
  }

  // MARK: Sampling

  private func images(
    _ setup: Setup, _ settings: SamplingSettings, _ indices: Range<Int>, workers: Int = 1
  ) throws -> [Float] {
    try setup.withPredictor(workers: workers) {
      try Generator(predictor: $0, process: setup.process).images(
        settings, indices: indices, clip: setup.data.isImage
      ).values
    }
  }

  /// Algorithm 2 written out, with DDIM's step: what the network said of the level before stands beside x.
  @Test(arguments: [Kind.small, .points], [0.0, 1, 2])
  func theLastEstimateIsHeard(_ kind: Kind, _ guidance: Double) throws {
    let setup = try Setup(kind)
    let settings = SamplingSettings(
      sampler: .ddim, steps: 6, clip: false, guidance: guidance, count: 2, seed: 4)
    let found = try images(setup, settings, 0..<2)
    let size = setup.data.valuesPerImage
    var x = SamplingNoise(seed: 4, indices: 0..<2, elements: size).start()
    var heard = [Float](repeating: 0, count: x.count)
    let levels = try setup.process.levels(for: settings)
    setup.withPredictor { predictor in
      for (from, to) in zip(levels, levels.dropFirst()) {
        let times = [Float](repeating: Float(from.time), count: 2)
        func said(_ classes: [Int]) -> [Float] {
          predictor.predict(x, times: times, condition: .classes(classes), beside: heard)
        }
        let null = said([setup.network.classes, setup.network.classes])
        let conditional = said([0, 1])
        let limit = setup.data.isImage ? Float(1) : .infinity
        for k in x.indices {
          let noise = null[k] + Float(guidance) * (conditional[k] - null[k])
          let x0 = (x[k] - Float(from.sigma) * noise) / Float(from.signal)
          heard[k] = max(-limit, min(limit, x0))
          x[k] = Float(to.signal) * x0 + Float(to.sigma) * noise
        }
      }
    }
    // float32 at each of six steps, x̂_0 divided by α down to 0.1.
    #expect(relativeError(found, x) < 1e-4)
  }

  @Test(arguments: SamplingSettings.Sampler.allCases.filter(\.asksOnceALevel))
  func anImageIsTheSameAloneInABatchAndOnAnyWorkers(
    _ sampler: SamplingSettings.Sampler
  ) throws {
    let setup = try Setup(.small)
    let settings = SamplingSettings(sampler: sampler, steps: 5, guidance: 2, seed: 1)
    let together = try images(setup, settings, 0..<11)
    let size = setup.data.valuesPerImage
    let isFinite = together.allSatisfy(\.isFinite)
    #expect(isFinite)
    #expect(try images(setup, settings, 0..<11, workers: 3) == together)
    for index in [0, 7, 10] {
      #expect(
        try images(setup, settings, index..<index + 1)
          == Array(together[index * size..<(index + 1) * size]))
    }
  }

  /// What is said of samplers is what they do: how often each asks at each level.
  @Test(arguments: SamplingSettings.Sampler.allCases)
  func samplersThatAskOnceALevel(_ sampler: SamplingSettings.Sampler) throws {
    let process = try NoiseProcess(DiffusionSettings())
    var levels: [NoiseLevel] = []
    let drawn = try sample(
      SamplingSettings(sampler: sampler, steps: 6), process: process, indices: 0..<1, elements: 4,
      clip: false
    ) { x, level, output in
      levels.append(level)
      // ε of data N(0, ¼), so that an adaptive sampler ends.
      let share = level.sigma / (level.signalVariance * 0.25 + level.noiseVariance)
      for k in x.indices { output[k] = Float(share) * x[k] }
    }
    #expect(drawn.evaluations == levels.count)
    let falls = zip(levels, levels.dropFirst()).allSatisfy { $0.time > $1.time }
    #expect((levels.count == 6 && falls) == sampler.asksOnceALevel)
  }

  @Test func otherSamplersAreRefused() throws {
    let setup = try Setup(.points)
    #expect {
      try images(setup, SamplingSettings(sampler: .heun, steps: 5), 0..<2)
    } throws: { error in
      (error as? DiffusionError)?.description
        == "the network is told its own last estimate (conditioning.self), and sampling.sampler heun asks it more "
        + "than once at a level: take ddpm, ddim, naive-strided, euler, euler-ancestral, lms, deis, dpmpp-2m, "
        + "dpmpp-3m, dpmpp-2m-sde, unipc or euler-maruyama"
    }
    #expect(throws: DiffusionError.self) {
      try setup.withPredictor {
        try Generator(predictor: $0, process: setup.process).inverted(
          [0, 0], SamplingSettings(sampler: .ddim, steps: 5), clip: false)
      }
    }
  }
}
