import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Progressive distillation (Salimans & Ho 2022). Expected targets: `Goldens/distillation.json`, by
/// `make_distillation_goldens.py`.
@Suite struct DistillationTests {
  private struct Golden: Decodable {
    let cases: [Case]
  }

  private struct Case: Decodable {
    let process: String
    let prediction: String
    let studentSteps: Int
    let place: Int
    let alphas: [Double]
    let sigmas: [Double]
    let x: [Double]
    let first: [Double]
    let second: [Double]
    let middle: [Double]
    let end: [Double]
    let target: [Double]

    func settings() throws -> DiffusionSettings {
      var settings = DiffusionSettings(
        prediction: try #require(PredictionTarget(rawValue: prediction)))
      switch process {
      case "trig": settings.process = .trig
      case "flow": settings.process = .flow(shift: 1)
      case "edm":
        settings.process = .edm(sigmaData: 0.5, sigmaMin: 0.002, sigmaMax: 80, rho: 7)
      case "zero-snr": settings.rescaleZeroSNR = true
      default: break
      }
      return settings
    }
  }

  @Test func targetsAreThoseOfThePaper() throws {
    let golden = try GoldenFiles.json("distillation.json", as: Golden.self)
    #expect(golden.cases.count == 32)
    for one in golden.cases {
      let process = try NoiseProcess(one.settings())
      let training = TrainingSettings(
        steps: 1,
        distillation: .init(teacherSteps: 2 * one.studentSteps, studentSteps: one.studentSteps))
      let levels = try #require(try DistillationLevels(training, process: process))
      // The example whose place is the golden's.
      let ways = (0..<100).map { levels.twoSteps(position: $0, step: 0) }
      let name = "\(one.process) \(one.prediction) \(one.studentSteps) \(one.place)"
      let way = try #require(
        ways.first { abs($0.from.sigma - one.sigmas[0]) < 1e-9 * one.sigmas[0] }, "\(name)")
      for (level, (alpha, sigma)) in zip(
        [way.from, way.middle, way.to], zip(one.alphas, one.sigmas))
      {
        #expect(abs(level.signal - alpha) < 1e-12 && abs(level.sigma - sigma) < 1e-11, "\(name)")
      }
      for k in one.x.indices {
        let middle = way.middle(x: one.x[k], output: one.first[k])
        // √ᾱ is made of products of 1,000 numbers in another order.
        #expect(abs(middle - one.middle[k]) < 1e-10 * max(1, abs(middle)), "\(name)")
        let target = way.target(x: one.x[k], middle: middle, output: one.second[k])
        #expect(abs(target - one.target[k]) < 1e-9 * max(1, abs(target)), "\(name)")
        // One step of DDIM of what the student is to say ends where the teacher's two do.
        let (x0, noise) = process.prediction.estimates(
          from: target, xt: one.x[k], at: way.from, sigmaData: process.sigmaData)
        let end = way.to.signal * x0 + way.to.sigma * noise
        #expect(abs(end - one.end[k]) < 1e-9 * max(1, abs(end)), "\(name)")
      }
    }
  }

  // MARK: Training

  enum Kind: CaseIterable {
    case classes, points, restored
  }

  /// A small network of each kind.
  private struct Setup {
    let data: DataSet
    let network: any Network
    let process: NoiseProcess
    let conditioning: ConditioningSettings
    var settings: TrainingSettings

    init(
      _ kind: Kind, precision: TrainingSettings.Precision = .fp32, guidance: Double = 1,
      _ process: DiffusionSettings.Process = .vp, _ prediction: PredictionTarget = .v
    ) throws {
      data = try DataSet.load(
        kind == .points
          ? DataSettings(source: .points(shape: .moons), limit: 200)
          : DataSettings(source: .shapes, limit: 40, size: 8))
      self.process = try NoiseProcess(
        DiffusionSettings(process: process, steps: 100, prediction: prediction))
      conditioning = ConditioningSettings(
        kind: kind == .restored ? .image : .class, inject: .time, dropout: 0.1,
        task: .superResolution, factor: 4)
      settings = TrainingSettings(
        steps: 12, batch: 12, seed: 3, precision: precision, ema: 0.9, clip: 1,
        optimizer: .init(learningRate: 2e-3), learningRateSchedule: .linear,
        distillation: .init(teacherSteps: 8, studentSteps: 1, guidance: guidance))
      network = try NetworkDescription(
        model: kind == .points
          ? ModelSettings(
            architecture: .mlp, timeEmbeddingDim: 16, mlp: MLPSettings(width: 16, layers: 2))
          : ModelSettings(
            levels: 2, baseChannels: 8, timeEmbedding: .sinusoidal, timeEmbeddingDim: 16),
        conditioning: conditioning, diffusion: self.process.settings, channels: data.channels,
        height: data.height, width: data.width, classes: data.classes
      ).makeNetwork()
    }

    func state() -> TrainingState {
      TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: settings.seed),
        settings: settings)
    }

    func source() throws -> TrainingExamples {
      TrainingExamples(
        data: data, seed: settings.seed, process: process, dropout: 0.3,
        augmentation: Augmentation(), tellsAugmentation: false,
        timesteps: nil, hearsEstimates: false, vector: nil,
        distillation: try DistillationLevels(settings, process: process))
    }

    func withTrainer<Result>(
      _ state: TrainingState, workers: Int = 1, _ body: (Trainer) throws -> Result
    ) throws -> Result {
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return try body(
        Trainer(
          network: network, state: state, settings: settings, process: process,
          source: try source(), range: nil, degradation: conditioning.degradation,
          distillation: try DistillationLevels(settings, process: process), kernels: .best,
          pool: pool))
    }

    func train(_ state: TrainingState, steps: Int, workers: Int) throws -> [Double] {
      try withTrainer(state, workers: workers) { trainer in
        (0..<steps).map { _ in trainer.step().loss }
      }
    }
  }

  @Test(arguments: Kind.allCases, TrainingSettings.Precision.allCases)
  func theSameBitsForAnyNumberOfWorkers(
    _ kind: Kind, _ precision: TrainingSettings.Precision
  ) throws {
    let setup = try Setup(kind, precision: precision, guidance: 1.5)
    let expected = setup.state()
    let losses = try setup.train(expected, steps: 6, workers: 1)
    for workers in [2, 3] {
      let state = setup.state()
      #expect(try setup.train(state, steps: 6, workers: workers) == losses)
      let same =
        state.weights.array() == expected.weights.array()
        && state.ema?.array() == expected.ema?.array() && state.v.array() == expected.v.array()
        && state.teacher?.array() == expected.teacher?.array()
      #expect(same, "\(workers) workers")
    }
  }

  /// Halvings begin at steps 4 and 8: stopped at, before and after these.
  @Test(arguments: [3, 4, 5, 9]) func stoppedAndContinuedIsAsInOneGo(_ stop: Int) throws {
    let folder = try TemporaryFolder()
    let setup = try Setup(.classes)
    let expected = setup.state()
    let losses = try setup.train(expected, steps: 12, workers: 2)
    let half = setup.state()
    let first = try setup.train(half, steps: stop, workers: 1)
    let path = folder.path + "/state.safetensors"
    try half.save(to: path, owner: "run")
    let state = setup.state()
    try state.load(from: path, owner: "run", steps: 12)
    let rest = try setup.train(state, steps: 12 - stop, workers: 2)
    #expect(first + rest == losses)
    let same =
      state.weights.array() == expected.weights.array()
      && state.ema?.array() == expected.ema?.array() && state.m.array() == expected.m.array()
    #expect(same)
    #expect(state.step == 12 && state.taken == 12 && state.takenBefore == 8)
  }

  @Test func aStudentIsTheNextTeacher() throws {
    let setup = try Setup(.classes)
    let state = setup.state()
    let first = state.weights.array()
    try setup.withTrainer(state) { trainer in
      for _ in 0..<4 { _ = trainer.step() }
      let teaches = state.teacher?.array() == first
      #expect(teaches)
      let student = try #require(state.ema).array()
      #expect(student != state.weights.array())
      let result = trainer.step()
      #expect(state.teacher?.array() == student)
      #expect(state.takenBefore == 4)
      // The rate is what it was at the first step, and Adam's first step moves a weight by no more than that.
      #expect(result.learningRate == 2e-3)
      let most = zip(state.weights.array(), student).map { abs($0 - $1) }.max() ?? 0
      #expect(most > 1e-3 && most < 2.001e-3)
      // Its average began anew: of the first update it keeps a tenth.
      let average = try #require(state.ema).array()
      let expected = zip(state.weights.array(), student).map { 0.9 * $0 + 0.1 * $1 }
      #expect(relativeError(average, expected) < 1e-6)
    }
    #expect(
      (0..<12).map { setup.settings.learningRate(step: $0) * 500 } == [
        1, 0.75, 0.5, 0.25, 1, 0.75, 0.5, 0.25, 1, 0.75, 0.5, 0.25,
      ])
  }

  /// Algorithm 2 written out for a batch: levels i/N, two steps by the teacher's predictions, x̃_0, and the student's error in
  /// what it says.
  @Test(
    arguments: Kind.allCases,
    [
      (DiffusionSettings.Process.vp, PredictionTarget.v), (.vp, .x0), (.flow(shift: 1), .flow),
      (.edm(sigmaData: 0.5, sigmaMin: 0.002, sigmaMax: 80, rho: 7), .edm),
    ])
  func oneStepLearnsTwo(
    _ kind: Kind, _ process: (DiffusionSettings.Process, PredictionTarget)
  ) throws {
    let guidance = kind == .classes ? 2.0 : 1
    let setup = try Setup(kind, guidance: guidance, process.0, process.1)
    let state = setup.state()
    let loss = try setup.withTrainer(state) { $0.lossAndGradient(step: 1).loss }
    let (network, data, prediction) = (setup.network, setup.data, setup.process.prediction)
    let size = data.valuesPerImage
    let fill = try setup.source().batch(step: 1, size: 12, history: nil)
    // t = 1, 7/8 … 1/8 of the teacher, and 0.
    let levels = try setup.process.levels(
      for: SamplingSettings(sampler: .ddim, steps: 8, spacing: .trailing))
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 3)),
      height: data.height, width: data.width, pool: pool)
    var (sum, places) = (0.0, Set<Int>())
    for position in 0..<12 {
      var (clean, noise) = (
        [Float](repeating: 0, count: size), [Float](repeating: 0, count: size)
      )
      let example = clean.withUnsafeMutableBufferPointer { clean in
        noise.withUnsafeMutableBufferPointer { fill(position, clean, $0) }
      }
      let place = try #require(levels.firstIndex { $0 == example.level })
      places.insert(place)
      var told: [Float]?
      if let degradation = setup.conditioning.degradation {
        var image = [Float](repeating: 0, count: data.height * data.width * network.side.condition)
        image.withUnsafeMutableBufferPointer { image in
          clean.withUnsafeMutableBufferPointer {
            degradation.tell(
              $0, of: example, (data.height, data.width, data.channels), seed: 3, step: 1,
              position: position, into: image)
          }
        }
        told = image
      }
      func said(_ x: [Double], _ level: NoiseLevel, _ classIndex: Int) -> [Double] {
        let scale = prediction.inputScale(at: level, sigmaData: 0.5)
        return predictor.predict(
          x.map { Float($0 * scale) }, times: [Float(level.time)],
          condition: network.classes > 0 ? .classes([classIndex]) : .none, beside: told
        ).map(Double.init)
      }
      func guided(_ x: [Double], _ level: NoiseLevel) -> [Double] {
        zip(said(x, level, example.classIndex), said(x, level, network.classes)).map {
          $1 + guidance * ($0 - $1)
        }
      }
      let start = zip(clean, noise).map {
        example.level.signal * Double($0) + example.level.sigma * Double($1)
      }
      var x = start
      for (from, to) in zip(levels[place...(place + 1)], levels[(place + 1)...(place + 2)]) {
        x = zip(guided(x, from), x).map { output, x in
          let (x0, noise) = prediction.estimates(from: output, xt: x, at: from, sigmaData: 0.5)
          return to.signal * x0 + to.sigma * noise
        }
      }
      let (from, to) = (levels[place], levels[place + 2])
      let ratio = to.sigma / from.sigma
      for (k, output) in said(start, from, example.classIndex).enumerated() {
        let x0 = (x[k] - ratio * start[k]) / (to.signal - ratio * from.signal)
        let target = prediction.target(
          x0: x0, noise: (start[k] - from.signal * x0) / from.sigma, at: from, sigmaData: 0.5)
        sum += (output - target) * (output - target)
      }
    }
    #expect(places.isSubset(of: [0, 2, 4, 6]) && places.count > 1)
    // float32 against double, through two predictions.
    #expect(abs(loss - sum / Double(12 * size)) < 1e-4 * loss)
  }

  // MARK: Refused

  private static let session = {
    var settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 16, size: 8),
      model: ModelSettings(levels: 2, baseChannels: 8),
      diffusion: DiffusionSettings(prediction: .v),
      training: TrainingSettings(steps: 6, batch: 4))
    settings.sampling = SamplingSettings(
      sampler: .ddim, steps: 1, spacing: .trailing, count: 2)
    settings.evaluation.images = 4
    return settings
  }()

  @Test func aRunOfATeacher() throws {
    var settings = Self.session
    let teacher = try #require(try RunSession(settings, workers: 1).networkFile())
    settings.training.distillation = .init(teacherSteps: 8)
    let session = try RunSession(settings, initial: teacher, workers: 1)
    var names: Set<String> = []
    let outcome = try session.run(shouldStop: { false }) { event in
      if case .logged(_, let values) = event { names.formUnion(values.map(\.name)) }
    }
    guard case .finished = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(names.isSuperset(of: ["train/loss", "sample/evaluations"]))
    #expect(session.state?.weights.array() != teacher.values.array())
  }

  private static let changes: [String: @Sendable (inout RunSettings) -> Void] = [
    "training.from names none": { _ in },
    "not halved": { $0.training.distillation?.studentSteps = 3 },
    "3 halvings cannot share": { $0.training.steps = 7 },
    "diffusion.prediction is epsilon": { $0.diffusion.prediction = .epsilon },
    "has only 4 steps": { $0.diffusion.steps = 4 },
    "no condition": { $0.training.distillation?.guidance = 2 },
    "the teacher predicts v": { $0.diffusion.prediction = .x0 },
    "another than the run's": { $0.diffusion.schedule = .cosine(offset: 0.008) },
    "ema_widths": { $0.training.emaWidths = [0.1] },
  ]

  @Test(arguments: changes.keys.sorted()) func whatMakesNoSense(message: String) throws {
    var settings = Self.session
    let teacher = try #require(try RunSession(settings, workers: 1).networkFile())
    settings.training.distillation = .init(teacherSteps: 8)
    let change = try #require(Self.changes[message])
    change(&settings)
    let initial = message == "training.from names none" ? nil : teacher
    #expect {
      _ = try RunSession(settings, initial: initial, workers: 1)
    } throws: {
      "\($0)".contains(message)
    }
  }
}
