import Diffusion
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// A plan of a text on data without a fingerprint.
func plan(_ text: String, _ overrides: [String] = []) throws -> Plan {
  let file = try ExperimentFile.read(text: text, path: "x.yaml", overrides: overrides)
  return try Plan(file) { _ in "" }
}

@Suite struct SweepTests {
  private static let base = "data: {source: shapes, size: 16}\ntraining: {steps: 5}\n"

  private func labels(_ sweep: String) throws -> [String] {
    try plan(Self.base + sweep).runs.map(\.label)
  }

  @Test func noSweepIsOneRunWithTheExperimentsName() throws {
    let runs = try plan(Self.base).runs
    #expect(runs.map(\.label) == ["x"])
    #expect(runs[0].overrides.isEmpty)
    #expect(runs[0].index == 0)
  }

  @Test func firstParameterSlowest() throws {
    #expect(
      try labels(
        """
        sweep:
          parameters:
            training.precision: [bf16, fp32]
            diffusion.schedule.kind: [linear, cosine]
            training.batch: [2, 4]
        """) == [
          "precision=bf16,kind=linear,batch=2", "precision=bf16,kind=linear,batch=4",
          "precision=bf16,kind=cosine,batch=2", "precision=bf16,kind=cosine,batch=4",
          "precision=fp32,kind=linear,batch=2", "precision=fp32,kind=linear,batch=4",
          "precision=fp32,kind=cosine,batch=2", "precision=fp32,kind=cosine,batch=4",
        ])
  }

  @Test func zippedParametersMoveTogetherAndTheOrderIsTheFiles() throws {
    #expect(
      try labels(
        """
        sweep:
          zip:
            - {model.base_channels: [16, 32], training.batch: [8, 4]}
          parameters: {model.levels: [2, 3]}
        """) == [
          "base_channels=16,batch=8,levels=2", "base_channels=16,batch=8,levels=3",
          "base_channels=32,batch=4,levels=2", "base_channels=32,batch=4,levels=3",
        ])
  }

  /// A table of settings repeats values within a column; its rows differ.
  @Test func aZipsColumnMayRepeatAValue() throws {
    #expect(
      try labels(
        """
        sweep:
          zip:
            - {sampling.sampler: [ddim, ddim, ddpm], sampling.eta: [0, 1, 0]}
        """) == ["sampler=ddim,eta=0", "sampler=ddim,eta=1", "sampler=ddpm,eta=0"])
  }

  @Test func twoZipsAreTwoAxes() throws {
    let runs = try plan(
      Self.base + """
        sweep:
          zip:
            - {model.base_channels: [16, 32], training.batch: [8, 4]}
            - {sampling.steps: [10, 20, 30], sampling.seed: [1, 2, 3]}
        """
    ).runs
    #expect(runs.count == 6)
    #expect(
      runs[4].overrides == [
        Parameter("model.base_channels", .integer(32)), Parameter("training.batch", .integer(4)),
        Parameter("sampling.steps", .integer(20)), Parameter("sampling.seed", .integer(2)),
      ])
  }

  @Test func whereLeavesOut() throws {
    #expect(
      try labels(
        """
        sweep:
          parameters:
            model.base_channels: [16, 32]
            training.batch: [4, 8, 16]
          where: model.base_channels * training.batch <= 256
        """) == [
          "base_channels=16,batch=4", "base_channels=16,batch=8", "base_channels=16,batch=16",
          "base_channels=32,batch=4", "base_channels=32,batch=8",
        ])
  }

  /// `where` looks before keys are held against kinds, so that it can leave out what clashes.
  @Test func whereLeavesOutKeysOfOtherKinds() throws {
    #expect(
      try labels(
        """
        sweep:
          parameters:
            sampling.sampler: [ddpm, ddim]
            sampling.eta: [0, 0.5]
          where: sampling.sampler == 'ddim' or sampling.eta == 0
        """) == ["sampler=ddpm,eta=0", "sampler=ddim,eta=0", "sampler=ddim,eta=0.5"])
  }

  @Test func repeatsCountSeedsFromTheOneGiven() throws {
    let runs = try plan(
      Self.base + """
        sweep:
          parameters: {training.precision: [fp32, bf16]}
          repeat: {training.seed: 3}
        """, ["training.seed=7"]
    ).runs
    #expect(
      runs.map(\.label) == [
        "precision=fp32,seed=7", "precision=fp32,seed=8", "precision=fp32,seed=9",
        "precision=bf16,seed=7", "precision=bf16,seed=8", "precision=bf16,seed=9",
      ])
    #expect(runs.map(\.repeatIndex) == [0, 1, 2, 0, 1, 2])
    #expect(
      runs.map(\.groupLabel) == Array(repeating: "precision=fp32", count: 3)
        + Array(repeating: "precision=bf16", count: 3))
    #expect(Set(runs.map(\.groupKey)).count == 2)
    #expect(runs[0].groupKey == runs[2].groupKey)
    #expect(runs[0].groupKey != runs[3].groupKey)
    #expect(runs.map(\.settings.training.seed) == [7, 8, 9, 7, 8, 9])
    #expect(Set(runs.map(\.id)).count == 6)
  }

  @Test func oneRepeatIsNotInTheLabel() throws {
    #expect(try labels("sweep: {repeat: {training.seed: 1}}\n") == ["x"])
    #expect(try labels("sweep: {repeat: {training.seed: 2}}\n") == ["seed=0", "seed=1"])
  }

  @Test func twoRepeatsMultiply() throws {
    #expect(
      try labels("sweep: {repeat: {training.seed: 2, sampling.seed: 2}}\n") == [
        "training.seed=0,sampling.seed=0", "training.seed=0,sampling.seed=1",
        "training.seed=1,sampling.seed=0", "training.seed=1,sampling.seed=1",
      ])
  }

  @Test func seedsDoNotOverflow() throws {
    let text = Self.base + "sweep: {repeat: {sampling.seed: 2}}\nsampling: {seed: \(Int.max)}\n"
    #expect(
      try errors(of: text).map(\.message) == [
        "'sampling.seed' is too large to count 2 seeds from"
      ])
  }

  @Test func aListSaysWhatDiffers() throws {
    let runs = try plan(
      Self.base + """
        sweep:
          method: list
          runs:
            - {}
            - {sampling.sampler: ddim, sampling.steps: 10}
            - {diffusion.schedule.kind: cosine, diffusion.schedule.offset: 0.01}
        """
    ).runs
    #expect(
      runs.map(\.label) == [
        "sampler=ddpm,steps=50,kind=linear", "sampler=ddim,steps=10,kind=linear",
        "sampler=ddpm,steps=50,kind=cosine,offset=0.01",
      ])
    #expect(runs[0].overrides.isEmpty)
    #expect(runs[2].settings.diffusion.schedule == .cosine(offset: 0.01))
  }

  @Test func aChildsMethodReplacesTheSweep() throws {
    let files = [
      "x.yaml":
        "extends: a\nsweep: {method: list, runs: [{training.batch: 1}, {training.batch: 2}]}\n",
      "a": Self.base
        + "sweep: {parameters: {training.precision: [fp32, bf16]}, repeat: {training.seed: 2}}\n",
    ]
    let file = try ExperimentFile.read(path: "x.yaml", overrides: []) { files[$0] ?? "" }
    #expect(
      try Plan(file) { _ in "" }.runs.map(\.label) == [
        "batch=1,seed=0", "batch=1,seed=1", "batch=2,seed=0", "batch=2,seed=1",
      ])
  }

  @Test func theLimitIsCountedBeforeAnyRunIs() throws {
    let text = Self.base + "sweep: {repeat: {training.seed: 10000, sampling.seed: 10000}}\n"
    #expect(
      try errors(of: text).map(\.message) == [
        "the sweep makes 100000000 runs, but 10000 is the limit"
      ])
    // More than an Int holds: a thousand values of each of seven keys or more.
    let paths = KeyDefinitions.settings.filter { definition in
      if case .integer(let range, 1) = definition.type {
        // Those of distillation take a teacher.
        return definition.conditions.isEmpty && definition.isIdentity && range.upperBound > 1000
          && !definition.path.hasPrefix("training.distill.")
      }
      return false
    }.map(\.path)
    let values = (1...1000).map(String.init).joined(separator: ",")
    let axes = paths.map { "\($0): [\(values)]" }.joined(separator: ", ")
    #expect(paths.count >= 7)
    #expect(
      try errors(of: Self.base + "sweep: {parameters: {\(axes)}}\n").map(\.message) == [
        "the sweep makes more runs than can be counted, but 10000 is the limit"
      ])
    #expect(try plan(Self.base + "sweep: {repeat: {training.seed: 1000}}\n").runs.count == 1000)
  }

  @Test func labelsAreMadeUnambiguous() throws {
    #expect(
      try labels(
        "sweep: {parameters: {sampling.steps: [10, 20], training.steps: [1, 2], data.flip: [true]}}\n"
      ) == [
        "sampling.steps=10,training.steps=1", "sampling.steps=10,training.steps=2",
        "sampling.steps=20,training.steps=1", "sampling.steps=20,training.steps=2",
      ])
    #expect(
      try labels("sweep: {parameters: {training.from: ['a/b', 'a b', none]}}\n") == [
        "from=a_b,run=0", "from=a_b,run=1", "from=none",
      ])
    #expect(
      try labels(
        "sweep: {parameters: {training.optimizer.lr: [2e-3, 1.0e-5, 1], training.ema: [none]}}\n")
        == ["lr=0.002", "lr=0.00001", "lr=1"])
    #expect(
      try labels("sweep: {parameters: {evaluation.metrics: [[loss], [frechet-pca64, loss]]}}\n")
        == ["metrics=loss", "metrics=loss+frechet-pca64"])
  }

  @Test func dataAreFingerprintedOnceForEachData() throws {
    let file = try ExperimentFile.read(
      text: Self.base + """
        sweep:
          parameters: {data.flip: [true, false], training.batch: [1, 2, 3]}
        """, path: "x.yaml")
    var asked: [DataSettings] = []
    _ = try Plan(file) {
      asked.append($0)
      return ""
    }
    #expect(asked.map(\.flip) == [true, false])
  }
}
