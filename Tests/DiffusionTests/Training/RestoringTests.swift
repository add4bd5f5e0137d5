import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Networks that are told a worse version of the image and restore it.
@Suite struct RestoringTests {
  private func degraded(
    _ degradation: Degradation, _ image: [Float], _ height: Int, _ width: Int, _ channels: Int,
    u: [Float] = [0, 0, 0, 0]
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: height * width * degradation.channels(of: channels)) {
      out, initialized in
      initialized = out.count
      image.withUnsafeBufferPointer { image in
        guard let image = image.baseAddress, let out = out.baseAddress else { return }
        degradation.apply(
          image, height: height, width: width, channels: channels, u: u, into: out)
      }
    }
  }

  /// Means of 2×2 by hand, 1 and 5 in a row; between their middles in proportion: a quarter of the way at the second pixel.
  @Test func meansOfBlocks() {
    let found = degraded(
      Degradation(.superResolution, factor: 2), [0, 2, 4, 6, 1, 1, 5, 5], 2, 4, 1)
    #expect(found == [1, 2, 4, 5, 1, 2, 4, 5])
    // A plane of one slope is itself inside.
    let plane = (0..<64).map { Float($0 % 8) }
    let same = degraded(Degradation(.superResolution, factor: 4), plane, 8, 8, 1)
    #expect((0..<8).allSatisfy { same[8 * $0 + 3] == 3 && same[8 * $0 + 4] == 4 })
    #expect(same[0] == 1.5 && same[7] == 5.5)
  }

  @Test func grey() {
    let found = degraded(Degradation(.colouring), [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], 2, 2, 3)
    #expect(zip(found, [0.299, 0.587, 0.114, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Of 8×8 sides are 2 to 4, anywhere; 0 and a 1 beside it in the box, the image and a 0 elsewhere.
  @Test func boxes() {
    let image = [Float](repeating: 0.5, count: 64)
    var sides = Set<Int>()
    for i in 0..<200 {
      let u = CounterRandom(seed: 5).uniforms(count: 4, image: i, step: 0, purpose: .data)
      let found = degraded(Degradation(.inpainting), image, 8, 8, 1, u: u)
      let missing = (0..<64).filter { found[2 * $0 + 1] == 1 }
      #expect((0..<64).allSatisfy { found[2 * $0] == (found[2 * $0 + 1] == 1 ? 0 : 0.5) })
      let (rows, columns) = (Set(missing.map { $0 / 8 }), Set(missing.map { $0 % 8 }))
      #expect(missing.count == rows.count * columns.count)
      #expect((2...4).contains(rows.count) && (2...4).contains(columns.count))
      sides.insert(8 * rows.count + columns.count)
    }
    #expect(sides.count == 9)
  }

  /// 4/e of e = 0.01: 26.02 dB; the truth itself 100 dB; what is out of range is held at its end first.
  @Test func decibels() {
    #expect(
      abs(peakSignalToNoise([0.1, -0.1], truth: [0, 0], elements: 2) - 26.0206) < 1e-3)
    #expect(peakSignalToNoise([0.5, 3], truth: [0.5, 1], elements: 2) == 100)
    let both = peakSignalToNoise([0.1, 0.1, 0.5, 1], truth: [0, 0, 0.5, 1], elements: 2)
    #expect(abs(both - (100 + 26.0206) / 2) < 1e-3)
  }

  private func settings(
    _ degradation: Degradation, _ architecture: ModelSettings.Architecture = .smallUNet,
    steps: Int = 4, isSelfConditioned: Bool = false, dropout: Double = 0
  ) -> RunSettings {
    return RunSettings(
      data: DataSettings(source: .shapes, limit: 200, size: 16),
      model: ModelSettings(
        architecture: architecture, levels: 2, baseChannels: 16, timeEmbedding: .sinusoidal,
        timeEmbeddingDim: 16, residual: architecture == .unet ? .tiny : nil),
      conditioning: ConditioningSettings(
        kind: .image, dropout: dropout, selfConditioning: isSelfConditioned,
        task: degradation.task, factor: degradation.factor),
      diffusion: DiffusionSettings(steps: 100, prediction: .v),
      training: TrainingSettings(
        steps: steps, batch: 8, optimizer: .init(learningRate: 3e-3)),
      sampling: SamplingSettings(sampler: .ddim, steps: 8, count: 6),
      evaluation: EvaluationSettings(images: 12, metrics: [.loss, .lossBySNR, .psnr]))
  }

  @Test(arguments: Degradation.Task.allCases, [ModelSettings.Architecture.smallUNet, .unet])
  func theSameBitsForAnyNumberOfWorkersAndResumed(
    _ task: Degradation.Task, _ architecture: ModelSettings.Architecture
  ) throws {
    var settings = settings(
      Degradation(task, factor: 2), architecture, isSelfConditioned: architecture == .unet,
      dropout: 0.3)
    settings.sampling.guidance = 2
    let expected = try SessionOutcome.theSameForAnyNumberOfWorkersAndResumed(settings)
    #expect(expected.measures["eval/psnr"].map { $0 > 0 && $0 < 40 } ?? false)
  }

  /// Told the image in grey, a short training comes nearer to it than what is told nothing of it; and what is told of another
  /// image restores that one.
  @Test func whatIsToldIsRestored() throws {
    let trained = try SessionOutcome(
      settings(Degradation(.superResolution, factor: 2), steps: 400), workers: 2)
    let ratio = try #require(trained.measures["eval/psnr"])
    let beside = try #require(trained.session.restored(12))
    // Samples of other images: the truths moved on by one.
    let elements = 16 * 16 * 3
    let others = Array(beside.truth.values[elements...] + beside.truth.values[..<elements])
    let wrong = peakSignalToNoise(
      Array(trained.samples.prefix(5 * elements)),
      truth: Array(others.prefix(5 * elements)), elements: elements)
    #expect(ratio > 17 && ratio > wrong + 4)
  }

  @Test func aFileKeepsTheTask() throws {
    let made = try #require(
      try SessionOutcome(settings(Degradation(.inpainting), .unet), workers: 1).session
        .networkFile())
    let read = try NetworkFile(bytes: made.bytes(), name: "network")
    #expect(read.description == made.description)
    #expect(read.network.side == SideChannels(condition: 4) && read.network.inputChannels == 7)
    let folder = try TemporaryFolder()
    try made.writeDiffusersFolder(to: folder.path + "/model")
    let again = try NetworkFile(contentsOf: folder.path + "/model")
    #expect(again.description.conditioning.degradation == Degradation(.inpainting))
    #expect(again.values.array() == made.values.array())
    // The timeline of a sample ends where the sample is.
    let settings = settings(Degradation(.inpainting), .unet)
    let sampled = try SessionOutcome(settings, workers: 1)
    let trajectory = try #require(sampled.session.networkFile()).trajectory(settings, index: 2)
    let elements = 16 * 16 * 3
    #expect(
      relativeError(
        try #require(trajectory.steps.last).x,
        Array(sampled.samples[2 * elements..<3 * elements])) < 1e-5)
    // Nothing is drawn that nothing is told of.
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let predictor = Predictor(
      network: made.network, values: made.values, height: 16, width: 16, pool: pool)
    #expect {
      try Generator(
        predictor: predictor, process: NoiseProcess(made.description.diffusion)
      ).images(SamplingSettings(steps: 3), indices: 0..<1, clip: true)
    } throws: { "\($0)".contains("restores images that it is told") }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    #expect {
      try RunSession(settings(Degradation(.superResolution, factor: 3)), workers: 1)
    } throws: { "\($0)".contains("images of 16×16 are not made of 3×3 blocks") }
  }
}
