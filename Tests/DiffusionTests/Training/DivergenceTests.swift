import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct DivergenceTests {
  // MARK: The rule

  private func makeState(_ settings: TrainingSettings) throws -> TrainingState {
    let network = try NetworkDescription(
      model: ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(), channels: 1, height: 8, width: 8, classes: 0
    ).makeNetwork()
    return TrainingState(
      layout: network.layout, values: network.layout.initialValues(seed: 1), settings: settings)
  }

  @Test func aHundredSkippedStepsInARow() throws {
    let state = try makeState(TrainingSettings(steps: 1000))
    var scale = LossScale(.fp32)
    func divergence() -> Divergence? {
      (state.lossScale, state.step) = (scale, state.step + 1)
      return state.divergence(isEnd: false, checksWeights: false)
    }
    for _ in 0..<99 {
      scale.update(finite: false)
      #expect(divergence() == nil)
    }
    // One that is taken begins the count anew.
    scale.update(finite: true)
    #expect(divergence() == nil)
    for _ in 0..<99 {
      scale.update(finite: false)
      #expect(divergence() == nil)
    }
    scale.update(finite: false)
    #expect(divergence() == Divergence(step: 200, cause: .skippedInARow(100)))
    #expect(
      divergence()?.description
        == "diverged at step 201: its last 100 steps were skipped, since their gradients were not finite"
    )
  }

  /// At the end, nine steps in ten.
  @Test func nearlyAllStepsSkipped() throws {
    let state = try makeState(TrainingSettings(steps: 40))
    func divergence(skipped: Int, of steps: Int) -> Divergence? {
      var scale = LossScale(.fp16)
      for i in 0..<steps { scale.update(finite: i >= skipped) }
      (state.lossScale, state.step) = (scale, steps)
      #expect(state.divergence(isEnd: false, checksWeights: true) == nil, "under way")
      return state.divergence(isEnd: true, checksWeights: true)
    }
    #expect(divergence(skipped: 35, of: 40) == nil)
    #expect(divergence(skipped: 36, of: 40)?.cause == .skipped(36))
    #expect(
      divergence(skipped: 36, of: 40)?.description
        == "diverged at step 40: 36 of its 40 steps were skipped, since their gradients were not finite"
    )
    #expect(
      divergence(skipped: 1, of: 1)?.description
        == "diverged at step 1: its only step was skipped, since the gradient was not finite")
    #expect(divergence(skipped: 0, of: 1) == nil)
    // Nothing was trained here: weights that another run brought.
    (state.lossScale, state.step) = (LossScale(.fp32), 40)
    #expect(state.divergence(isEnd: true, checksWeights: true) == nil)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func weightsThatAreNotFinite(value: Float) throws {
    let state = try makeState(TrainingSettings(steps: 40, ema: 0.9))
    state.step = 7
    let total = state.layout.parameterCount
    state.weights.pointer[3] = value
    #expect(state.divergence(isEnd: false, checksWeights: false) == nil, "not looked at")
    let divergence = state.divergence(isEnd: false, checksWeights: true)
    #expect(divergence == Divergence(step: 7, cause: .weights(notFinite: 1, of: total)))
    #expect(
      divergence?.description == "diverged at step 7: 1 of its \(total) weights is not finite")
    state.weights.pointer[3] = .greatestFiniteMagnitude
    #expect(state.divergence(isEnd: true, checksWeights: true) == nil)
    // Of the average too.
    for place in [0, 5] { try #require(state.ema).pointer[place] = value }
    #expect(
      state.divergence(isEnd: false, checksWeights: true)?.cause
        == .weights(notFinite: 2, of: total))
  }

  /// What lies between the weights to fill vectors is none of them.
  @Test func paddingIsNoWeight() throws {
    let state = try makeState(TrainingSettings(steps: 40))
    let padded = try #require(state.layout.parameters.first { $0.count % 16 != 0 })
    state.step = 7
    state.weights.pointer[padded.range.upperBound] = .nan
    #expect(state.divergence(isEnd: true, checksWeights: true) == nil)
    state.weights.pointer[padded.range.upperBound - 1] = .nan
    #expect(
      state.divergence(isEnd: false, checksWeights: true)?.cause
        == .weights(notFinite: 1, of: state.layout.parameterCount))
  }

  /// At its end a run has to have recovered: its last ten steps count, of a shorter run its last half.
  @Test func skippedStepsAtTheEnd() throws {
    let state = try makeState(TrainingSettings(steps: 40))
    func cause(skippedLast: Int, of steps: Int) -> Divergence.Cause? {
      var scale = LossScale(.fp32)
      for i in 0..<steps { scale.update(finite: i < steps - skippedLast) }
      (state.lossScale, state.step) = (scale, steps)
      #expect(state.divergence(isEnd: false, checksWeights: true) == nil, "under way")
      return state.divergence(isEnd: true, checksWeights: true)?.cause
    }
    #expect(cause(skippedLast: 9, of: 1000) == nil)
    #expect(cause(skippedLast: 10, of: 1000) == .skippedInARow(10))
    #expect(cause(skippedLast: 4, of: 9) == nil)
    #expect(cause(skippedLast: 5, of: 9) == .skippedInARow(5))
    #expect(cause(skippedLast: 1, of: 2) == nil)
  }

  @Test func itIsKnownByItsText() {
    let divergence = Divergence(step: 3, cause: .skipped(3))
    #expect(Divergence.isTold(by: "\(divergence)"))
    for other in [nil, "", "the disk is full", "it diverged at step 3"] as [String?] {
      #expect(!Divergence.isTold(by: other))
    }
  }

  // MARK: Checkpoints

  @Test func theCountSurvivesACheckpoint() throws {
    try withTemporaryFolder { folder in
      let settings = TrainingSettings(steps: 40, precision: .fp16)
      let state = try makeState(settings)
      state.lossScale.update(finite: true)
      for _ in 0..<5 { state.lossScale.update(finite: false) }
      (state.step, state.taken) = (6, 1)
      try state.save(to: folder + "/state.safetensors", owner: "a")
      let other = try makeState(settings)
      try other.load(from: folder + "/state.safetensors", owner: "a", steps: .max)
      #expect(other.lossScale == state.lossScale)
      #expect(other.lossScale.skippedInARow == 5 && other.lossScale.value == 2048)
    }
  }

  /// As the program wrote it before the count was kept.
  @Test func checkpointsOfBeforeAreRead() throws {
    let json = #"{"cleanSteps":7,"isDynamic":true,"skipped":3,"value":8192}"#
    let scale = try JSONDecoder().decode(LossScale.self, from: Data(json.utf8))
    #expect(scale.value == 8192 && scale.cleanSteps == 7 && scale.skipped == 3)
    #expect(scale.skippedInARow == 0)
  }

  // MARK: A whole run

  /// What a run with a learning rate of 1e30 says: its first step takes the weights to ±1e30, and no
  /// gradient is finite from then on.
  private func follow(
    steps: Int, precision: TrainingSettings.Precision = .fp32, workers: Int = 2,
    stoppingAt stop: Int? = nil, state path: String? = nil
  ) throws -> (outcome: RunSession.Outcome, values: [Int: [String: Double]], shown: [Int]) {
    let settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 32, size: 8),
      model: ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(kind: .class, inject: .time),
      training: TrainingSettings(
        steps: steps, batch: 4, precision: precision, ema: 0.9,
        optimizer: .init(learningRate: 1e30)),
      sampling: SamplingSettings(steps: 2, count: 4),
      evaluation: EvaluationSettings(
        images: 8, metrics: [.loss, .classAgreement, .frechetPCA64, .sampleVariance]))
    var values: [Int: [String: Double]] = [:]
    var shown: [Int] = []
    let session = try RunSession(settings, workers: workers)
    if let path, stop == nil { try session.state?.load(from: path, owner: "a", steps: .max) }
    let outcome = try session.run(pausingAt: stop, shouldStop: { false }) { event in
      switch event {
      case .logged(let step, let logged):
        for value in logged { values[step, default: [:]][value.name] = value.value }
      case .sampled(let step, _, _): shown.append(step)
      case .averaged: break
      case .checkpoint:
        if let path { try session.state?.save(to: path, owner: "a") }
      }
    }
    return (outcome, values, shown)
  }

  private let measures: Set = [
    "eval/loss", "eval/class_agreement", "eval/frechet_pca64", "eval/sample_variance",
  ]

  @Test(arguments: TrainingSettings.Precision.allCases)
  func aShortRunThatDiverges(precision: TrainingSettings.Precision) throws {
    for workers in [1, 3] {
      let (outcome, values, shown) = try follow(
        steps: 40, precision: precision, workers: workers)
      guard case .diverged(let divergence) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(divergence.step == 40 && divergence.cause == .skipped(39))
      let last = values[40] ?? [:]
      #expect(Set(last.keys.filter { $0.hasPrefix("eval/") }) == measures)
      for name in measures { #expect(last[name]?.isNaN == true, "\(name)") }
      #expect(last["train/skipped_steps"] == 39)
      #expect(shown.isEmpty)
    }
  }

  /// However short the run: its first step takes the weights away, and what they predict is no number.
  @Test(arguments: [1, 2, 3, 5, 9]) func aVeryShortRunThatDiverges(steps: Int) throws {
    let (outcome, values, shown) = try follow(steps: steps)
    guard case .diverged(let divergence) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(divergence.step == steps)
    #expect(
      divergence.cause == (steps < 3 ? .heldOutLoss : .skippedInARow(steps - 1)))
    let last = values[steps] ?? [:]
    for name in measures.union(["train/loss"]) { #expect(last[name]?.isNaN == true, "\(name)") }
    #expect(shown.isEmpty)
  }

  @Test func nothingIsTrainedOnAfterAHundredSkippedSteps() throws {
    let (outcome, values, _) = try follow(steps: 300)
    guard case .diverged(let divergence) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(divergence == Divergence(step: 101, cause: .skippedInARow(100)))
    #expect(values.keys.max() == 101)
    #expect(values[101]?["train/skipped_steps"] == 100)
    #expect(values[101]?["train/loss"]?.isNaN == true)
  }

  /// Stopped among the skipped steps and resumed, it ends at the same step.
  @Test func theSameStepWhenTakenUpAgain() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/state.safetensors"
      let (paused, _, _) = try follow(steps: 300, stoppingAt: 60, state: path)
      guard case .paused = paused else {
        Issue.record("\(paused)")
        return
      }
      let (outcome, _, _) = try follow(steps: 300, state: path)
      guard case .diverged(let divergence) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(divergence == Divergence(step: 101, cause: .skippedInARow(100)))
    }
  }
}
