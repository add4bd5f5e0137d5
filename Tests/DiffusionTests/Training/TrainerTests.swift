import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct TrainerTests {
  /// A few steps on synthetic images.
  private struct Setup {
    let data: DataSet
    let network: any Network
    var settings: TrainingSettings

    init(precision: TrainingSettings.Precision, batch: Int = 12, size: Int = 8) throws {
      data = try DataSet.load(DataSettings(source: .shapes, limit: 40, size: size))
      settings = TrainingSettings(
        steps: 20, batch: batch, seed: 3, precision: precision, ema: 0.99, clip: 1,
        optimizer: .init(learningRate: 2e-3))
      network = try NetworkDescription(
        model: ModelSettings(
          levels: 2, baseChannels: 8, timeEmbedding: .sinusoidal, timeEmbeddingDim: 16),
        conditioning: ConditioningSettings(kind: .class, inject: .time), channels: 3, height: size,
        width: size, classes: data.classes
      ).makeNetwork()
    }

    func state() -> TrainingState {
      TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: settings.seed),
        settings: settings)
    }

    func trainer(_ state: TrainingState, workers: Int, pool: WorkerPool) throws -> Trainer {
      Trainer(
        network: network, state: state, settings: settings, process: try NoiseProcess(.init()),
        source: TrainingExamples(
          data: data, seed: settings.seed, process: try NoiseProcess(.init()), dropout: 0.1,
          augmentation: Augmentation(flip: true)),
        pool: pool)
    }
  }

  private func train(_ setup: Setup, steps: Int, workers: Int) throws -> (TrainingState, [Double]) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let state = setup.state()
    let trainer = try setup.trainer(state, workers: workers, pool: pool)
    return (state, (0..<steps).map { _ in trainer.step().loss })
  }

  @Test(arguments: TrainingSettings.Precision.allCases)
  func theSameBitsForAnyNumberOfWorkers(_ precision: TrainingSettings.Precision) throws {
    let setup = try Setup(precision: precision)
    let (expected, losses) = try train(setup, steps: 6, workers: 1)
    for workers in [2, 3, 5] {
      let (state, others) = try train(setup, steps: 6, workers: workers)
      #expect(others == losses)
      let same =
        state.weights.array() == expected.weights.array()
        && state.ema?.array() == expected.ema?.array() && state.v.array() == expected.v.array()
      #expect(same, "\(workers) workers")
    }
  }

  @Test(arguments: TrainingSettings.Precision.allCases)
  func stoppedAndContinuedIsAsInOneGo(_ precision: TrainingSettings.Precision) throws {
    let folder = try TemporaryFolder()
    let setup = try Setup(precision: precision)
    let (expected, losses) = try train(setup, steps: 9, workers: 2)
    let (half, first) = try train(setup, steps: 4, workers: 1)
    try half.save(to: folder.path + "/state.safetensors", owner: "run")

    let state = setup.state()
    try state.load(from: folder.path + "/state.safetensors", owner: "run", steps: 9)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let trainer = try setup.trainer(state, workers: 2, pool: pool)
    let rest = (0..<5).map { _ in trainer.step().loss }
    #expect(first + rest == losses)
    let same =
      state.weights.array() == expected.weights.array()
      && state.ema?.array() == expected.ema?.array() && state.m.array() == expected.m.array()
    #expect(same)
    #expect(state.step == 9 && state.taken == 9)
  }

  /// bf16 has 8 significant bits: losses of the first steps differ by about its rounding over many products, and not by
  /// nothing.
  @Test func precisionsDifferByTheirRounding() throws {
    let (_, exact) = try train(try Setup(precision: .fp32), steps: 1, workers: 2)
    for precision in [TrainingSettings.Precision.bf16, .fp16] {
      let (_, losses) = try train(try Setup(precision: precision), steps: 1, workers: 2)
      #expect(losses[0] != exact[0])
      #expect(abs(losses[0] - exact[0]) < 5e-3 * exact[0])
    }
  }

  @Test func trainingLearns() throws {
    let (_, losses) = try train(try Setup(precision: .fp32), steps: 60, workers: 2)
    let (first, last) = (losses[..<5].reduce(0, +) / 5, losses.suffix(15).reduce(0, +) / 15)
    #expect(last < 0.7 * first)
  }

  /// A step whose gradients are not finite changes nothing but the scale.
  @Test func overflowSkipsTheStep() throws {
    let setup = try Setup(precision: .fp16)
    let state = setup.state()
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let trainer = try setup.trainer(state, workers: 2, pool: pool)
    _ = trainer.step()
    let before = state.weights.array()
    // A weight that overflows float16 makes every product with it infinite.
    let place = setup.network.layout.parameters.first { $0.name == "output.weight" }
    state.weights.pointer[try #require(place).offset] = 1e5
    let scale = state.lossScale.value
    let result = trainer.step()
    state.weights.pointer[try #require(place).offset] = before[try #require(place).offset]
    #expect(!result.wasTaken && !result.gradientNorm.isFinite)
    #expect(state.weights.array() == before)
    #expect(state.lossScale.value == scale / 2 && state.lossScale.skipped == 1)
    #expect(state.step == 2 && state.taken == 1)
    #expect(trainer.step().wasTaken)
  }

  @Test func lossScaleGrowsAfterCleanSteps() {
    var scale = LossScale(.fp16)
    #expect(scale.value == 65536)
    for _ in 0..<1999 { scale.update(finite: true) }
    #expect(scale.value == 65536)
    scale.update(finite: true)
    #expect(scale.value == 131072)
    scale.update(finite: false)
    #expect(scale.value == 65536 && scale.skipped == 1 && scale.cleanSteps == 0)
    var none = LossScale(.bf16)
    none.update(finite: false)
    #expect(none.value == 1 && none.skipped == 1)
  }

  /// Without a scale fp16 has the gradients as they are, and a step whose gradients are not finite is skipped all the same.
  @Test func fp16WithoutAScale() throws {
    var setup = try Setup(precision: .fp16)
    setup.settings.lossScaling = .none
    let (state, losses) = try train(setup, steps: 3, workers: 2)
    #expect(state.lossScale.value == 1 && state.lossScale == LossScale(.fp16, .none))
    let (scaled, others) = try train(try Setup(precision: .fp16), steps: 3, workers: 2)
    #expect(losses[0] == others[0] && state.weights.array() != scaled.weights.array())
    var scale = state.lossScale
    scale.update(finite: false)
    #expect(scale.value == 1 && scale.skipped == 1)
  }

  @Test func learningRates() {
    var settings = TrainingSettings(steps: 100, optimizer: .init(learningRate: 1), warmup: 4)
    #expect((0..<5).map { settings.learningRate(step: $0) } == [0.25, 0.5, 0.75, 1, 1])
    settings.learningRateSchedule = .linear
    #expect(settings.learningRate(step: 50) == 0.5)
    settings.learningRateSchedule = .cosine
    #expect(abs(settings.learningRate(step: 50) - 0.5) < 1e-15)
    #expect(abs(settings.learningRate(step: 25) - 0.8535533905932737) < 1e-15)
  }

  @Test func lanesFollowTheBatch() {
    func lanes(_ batch: Int) -> Int { TrainingSettings(steps: 1, batch: batch).laneCount(of: 1) }
    #expect([1, 5, 8, 32, 64, 128, 512].map(lanes) == [1, 5, 8, 8, 16, 32, 32])
    #expect(TrainingSettings(steps: 1, batch: 64, lanes: 3).laneCount(of: 1) == 3)
  }
}
