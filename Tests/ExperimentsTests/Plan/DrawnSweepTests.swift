import Diffusion
import Statistics
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// Sweeps that draw their runs: `random`, `sobol`, `tpe`.
@Suite struct DrawnSweepTests {
  static let base = "data: {source: shapes, size: 16}\ntraining: {steps: 5}\n"

  private func runs(_ sweep: String) throws -> [PlannedRun] {
    try plan(Self.base + "sweep:\n" + sweep).runs
  }

  private static let space = """
      parameters:
        training.optimizer.lr: {log_uniform: [1.0e-5, 1.0e-2]}
        training.batch: {int: [4, 64], log: true}
        training.ema: [none, 0.9]
        diffusion.schedule.kind: {choice: [linear, cosine]}
      when:
        diffusion.schedule.kind == 'cosine': {diffusion.schedule.offset: {uniform: [0.002, 0.02]}}
      where: training.batch * training.optimizer.lr < 0.3

    """

  @Test(arguments: ["random", "sobol"])
  func theSameSeedDrawsTheSameRuns(method: String) throws {
    func drawn(_ seed: Int, _ count: Int, repeats: Int = 1) throws -> [PlannedRun] {
      try runs(
        "  method: \(method)\n  seed: \(seed)\n  max_runs: \(count)\n"
          + "  repeat: {training.seed: \(repeats)}\n" + Self.space)
    }
    let first = try drawn(7, 20)
    #expect(first.count == 20)
    #expect(Set(first.map(\.id)).count == 20)
    #expect(try drawn(7, 20).map(\.id) == first.map(\.id))
    // More of them begin with the same ones: only what is new is new.
    #expect(try drawn(7, 50).prefix(20).map(\.id) == first.map(\.id))
    #expect(try drawn(7, 50).prefix(20).map(\.label) == first.map(\.label))
    #expect(Set(try drawn(8, 20).map(\.id)).isDisjoint(with: first.map(\.id)))

    for run in try drawn(7, 50) {
      let rate = run.settings.training.optimizer.learningRate
      #expect((1e-5...1e-2).contains(rate))
      #expect(rate * Double(run.settings.training.batch) < 0.3)
      #expect((4...64).contains(run.settings.training.batch))
      let isCosine = run.parameters["diffusion.schedule.kind"] == .string("cosine")
      #expect(isCosine == run.overrides.contains { $0.path == "diffusion.schedule.offset" })
      #expect(isCosine == run.label.contains("offset="))
    }
    // Seeds of one setting lie together, and count.
    let repeated = try drawn(7, 21, repeats: 3)
    #expect(repeated.count == 21)
    #expect(
      repeated.map { $0.label.replacing(/,seed=\d$/, with: "") }.enumerated().allSatisfy {
        $1 == first[$0 / 3].label
      })
    #expect(repeated.map(\.repeatIndex) == Array((0..<7).map { _ in [0, 1, 2] }.joined()))
    #expect(Set(repeated.map(\.groupKey)).count == 7)
  }

  @Test func labelsAreLegible() throws {
    let labels = try runs(
      "  {method: random, seed: 1, max_runs: 3, parameters: {training.optimizer.lr: {log_uniform: [1e-5, 1e-3]}, data.flip: [true]}}\n"
    ).map(\.label)
    #expect(labels.allSatisfy { $0.wholeMatch(of: /lr=0\.000\d{1,6}/) != nil })
    #expect(labels.allSatisfy { $0.count <= "lr=0.00001234".count })
  }

  @Test func aZipIsOneChoice() throws {
    let runs = try runs(
      "  {method: sobol, seed: 1, max_runs: 4, zip: [{model.base_channels: [16, 32], training.batch: [8, 4]}], parameters: {training.precision: [fp32, bf16]}}\n"
    )
    #expect(
      Set(runs.map(\.label)) == [
        "base_channels=16,batch=8,precision=fp32", "base_channels=16,batch=8,precision=bf16",
        "base_channels=32,batch=4,precision=fp32", "base_channels=32,batch=4,precision=bf16",
      ])
  }

  @Test func whatCannotBeDrawnIsSaid() throws {
    func complaints(_ sweep: String) throws -> [String] {
      try errors(of: Self.base + "sweep:\n  {" + sweep + "}\n").map {
        "\($0.place.line):\($0.place.column): \($0.message)"
      }
    }
    let rate = "parameters: {training.optimizer.lr: "
    func lr(_ distribution: String) throws -> [String] {
      try complaints("method: random, seed: 1, max_runs: 2, \(rate)\(distribution)}")
    }
    #expect(
      try complaints("method: random, \(rate){uniform: [1, 2]}}") == [
        "4:3: 'sweep.seed' is missing: method 'random' needs it",
        "4:3: 'sweep.max_runs' is missing: method 'random' needs it",
      ])
    #expect(
      try complaints("seed: 1, round: 2, parameters: {training.batch: [1, 2]}") == [
        "4:4: 'sweep.seed' does not belong to method 'grid'",
        "4:13: 'sweep.round' does not belong to method 'grid'",
      ])
    #expect(try lr("{uniform: [2, 1]}") == ["4:92: the range ends at 1, and begins at 2"])
    #expect(
      try lr("{uniform: [-1, 1]}") == [
        "4:89: 'training.optimizer.lr' must be above 0, not -1"
      ])
    #expect(try lr("{uniform: [1]}") == ["4:88: 'uniform' expects two numbers, not 1"])
    #expect(try lr("{uniform: 1}") == ["4:88: 'uniform' expects two numbers, not 1"])
    #expect(try lr("{loguniform: [1, 2]}") == ["4:79: there is no distribution 'loguniform'"])
    #expect(
      try lr("{int: [1, 2]}") == [
        "4:79: 'training.optimizer.lr' is a number, but 'int' samples whole ones"
      ])
    #expect(
      try lr("{uniform: [1, 2], normal: [1, 2]}") == [
        "4:96: 'training.optimizer.lr' expects one distribution, not 2"
      ])
    #expect(
      try lr("{normal: [1, 0]}") == ["4:91: 'standard deviation' must be above 0, not 0"])
    #expect(
      try lr("{uniform: [1, 2], log: true}") == ["4:96: 'log' belongs to int, not to uniform"])
    #expect(try lr("[1, 1]") == ["4:82: '1' is given twice"])
    let channels = "method: sobol, seed: 1, max_runs: 2, parameters: {model.base_channels: "
    #expect(
      try complaints(channels + "{int: [8, 12]}}") == [
        "4:85: 'model.base_channels' must be a multiple of 8, not 12"
      ])
    #expect(
      try complaints(channels + "{int: [8, 64], step: 48}}") == [
        "4:85: steps of 48 from 8 do not meet 64"
      ])
    #expect(
      try complaints(channels + "{log_uniform: [8, 64]}}") == [
        "4:76: 'model.base_channels' is a whole number, which 'log_uniform' does not sample"
      ])
    #expect(
      try complaints(
        "method: random, seed: 1, max_runs: 9, parameters: {training.batch: {int: [1, 4]}}")
        == ["4:39: 9 different settings are needed, but only 4 could be sampled"])
    #expect(
      try complaints(
        "method: random, seed: 1, max_runs: 2, repeat: {training.seed: 3}, parameters: {training.batch: {int: [1, 4]}}"
      ) == ["4:39: max_runs is 2, fewer than the 3 seeds of one setting"])
    #expect(
      try complaints("method: tpe, seed: 1, max_runs: 8, parameters: {training.batch: [1, 2]}")
        == [], "where nobody says, what is measured decides")
  }

  /// What ranks runs refuses what is not comparable.
  @Test func whatIsNotComparableIsNotRanked() throws {
    func complaints(_ sweep: String) throws -> [String] {
      try errors(
        of: "data: {source: shapes, size: 16}\ntraining: {steps: 100}\nevaluation: {every: 10}\n"
          + "objective: {metric: eval/loss}\nsweep: {\(sweep)}\n"
      ).map { "\($0.place.line): \($0.message)" }
    }
    let schedules = "parameters: {diffusion.schedule.kind: [linear, cosine]}"
    let sentence =
      "eval/loss is not comparable across diffusion.schedule.kind: how hard the noise is to predict depends on the noise process"
    for kind in ["asha", "median"] {
      #expect(
        try complaints("\(schedules), prune: {kind: \(kind), after: 10}") == [
          "5: sweep.prune ranks runs by a metric that is not comparable across them: \(sentence)"
        ])
    }
    // A bound ranks nothing; and with another metric the two are comparable.
    #expect(try complaints("\(schedules), prune: {kind: bound, after: 10, threshold: 2}") == [])
    #expect(
      try complaints("\(schedules), prune: {kind: asha, after: 10, metric: train/gradient_norm}")
        == [])
    #expect(
      try complaints("method: tpe, seed: 1, max_runs: 4, \(schedules)") == [
        "5: tpe searches by a metric that is not comparable across runs: \(sentence)"
      ])
    #expect(
      try complaints(
        "method: tpe, seed: 1, max_runs: 4, parameters: {training.batch: [1, 2]}") == [])
  }

  @Test func whatPruningNeedsIsSaid() throws {
    func complaints(_ prune: String, _ more: String = "") throws -> [String] {
      try errors(
        of: "data: {source: shapes, size: 16}\ntraining: {steps: 100}\n\(more)\n"
          + "sweep:\n  parameters: {training.batch: [1, 2]}\n  prune: {\(prune)}\n"
      ).map { "\($0.place.line):\($0.place.column): \($0.message)" }
    }
    let every = "evaluation: {every: 10}"
    #expect(try complaints("kind: asha, metric: train/loss, after: 10") == [])
    #expect(try complaints("kind: asha, metric: eval/loss, after: 10", every) == [])
    #expect(try complaints("kind: median, metric: eval/loss, after: 20, every: 30", every) == [])
    #expect(
      try complaints("kind: bound, metric: eval/loss, threshold: 2", every) == [])
    #expect(
      try complaints("kind: asha, metric: eval/loss, after: 10") == [
        "6:3: 'eval/loss' is measured at the end only, too late for sweep.prune"
      ])
    #expect(
      try complaints("kind: asha, metric: eval/loss, after: 15", every) == [
        "6:3: 'eval/loss' is measured every 10 steps, but sweep.prune compares it every 15"
      ])
    #expect(
      try complaints("kind: asha, metric: train/los, after: 10") == [
        "6:3: nothing logs 'train/los', the metric of sweep.prune"
      ])
    #expect(
      try complaints("kind: asha, metric: eval/frechet_pca64, after: 10", every) == [
        "6:3: nothing measures 'eval/frechet_pca64', the metric of sweep.prune: evaluation.metrics is [loss]"
      ])
    #expect(try complaints("kind: asha, after: 10", every) == [], "the objective's, eval/loss")
    #expect(
      try complaints("kind: asha, metric: train/loss") == [
        "6:10: 'sweep.prune.after' is missing: it has no default"
      ])
    #expect(try complaints("after: 10") == ["6:10: 'sweep.prune.kind' is missing"])
    #expect(
      try complaints("kind: median, metric: train/loss, after: 10, eta: 2") == [
        "6:56: 'sweep.prune.eta' does not belong to sweep.prune.kind 'median'"
      ])
    #expect(
      try complaints("kind: asha, metric: train/loss, after: 10, etta: 2") == [
        "6:54: unknown key 'etta' in 'sweep.prune'"
      ])
    #expect(
      try complaints("kind: asha, metric: train/loss, after: 0, eta: 1") == [
        "6:50: 'sweep.prune.after' must be at least 1, not 0",
        "6:58: 'sweep.prune.eta' must be at least 2, not 1",
      ])
    // Where no run gets to.
    #expect(try complaints("kind: asha, metric: train/loss, after: 90") == [])
    #expect(
      try complaints("kind: asha, metric: train/loss, after: 100") == [
        "6:50: sweep.prune compares runs from step 100 on, but the longest has 100 steps"
      ])
    #expect(try complaints("kind: bound, metric: train/loss, after: 100, threshold: 2") == [])
    #expect(
      try complaints("kind: bound, metric: train/loss, after: 101, threshold: 2") == [
        "6:51: sweep.prune compares runs from step 101 on, but the longest has 100 steps"
      ])
    let steps =
      "data: {source: shapes, size: 16}\ntraining: {steps: 100}\nsweep:\n"
      + "  parameters: {training.steps: [50, 200]}\n"
      + "  prune: {kind: asha, metric: train/loss, after: 100}\n"
    #expect(try errors(of: steps).isEmpty, "one of them gets there")
    let drawn = steps.replacing("[50, 200]", with: "{int: [10, 50]}")
      .replacing("sweep:\n", with: "sweep:\n  method: random\n  seed: 1\n  max_runs: 3\n")
    let found = try errors(of: drawn)
    #expect(found.count == 1)
    #expect(found.first?.message.hasPrefix("sweep.prune compares runs from step 100 on") == true)
  }

  @Test func rungs() {
    let objective = Objective(metric: "eval/loss", goal: .minimize)
    let asha = PruningRule(kind: .asha, objective: objective, after: 10, eta: 3)
    #expect(asha.rungs(of: 270) == [10, 30, 90])
    #expect(asha.rungs(of: 271) == [10, 30, 90, 270])
    #expect(asha.rungs(of: 10) == [])
    let median = PruningRule(kind: .median, objective: objective, after: 10, every: 25)
    #expect(median.rungs(of: 85) == [10, 35, 60])
    let bound = PruningRule(kind: .bound, objective: objective, after: 10, threshold: 2)
    #expect(bound.rungs(of: 100) == [])
    #expect(bound.isOutOfBounds(2.5, step: 10))
    #expect(!bound.isOutOfBounds(2.5, step: 9))
    #expect(!bound.isOutOfBounds(2, step: 10))
    #expect(bound.isOutOfBounds(.nan, step: 10))
    let high = PruningRule(
      kind: .bound, objective: Objective(metric: "eval/class_agreement", goal: .maximize),
      after: 1, threshold: 0.2)
    #expect(high.isOutOfBounds(0.1, step: 5))
    #expect(!high.isOutOfBounds(0.3, step: 5))
    #expect(high.isOutOfBounds(.infinity, step: 5))
  }

  /// A child file's or an override's distribution and rule replace those below whole.
  @Test func layersReplaceDistributionsAndRules() throws {
    let text =
      Self.base
      + "sweep: {method: random, seed: 1, max_runs: 3, parameters: {training.optimizer.lr: {uniform: [1e-4, 1e-3]}}, prune: {kind: asha, metric: train/loss, after: 2, eta: 2}}\ntraining_: 1\n"
      .replacing("training_: 1\n", with: "")
    let file = try ExperimentFile.read(
      text: text.replacing("steps: 5", with: "steps: 5, log_every: 1"), path: "x.yaml",
      overrides: [
        "sweep.parameters.training.optimizer.lr={log_uniform: [1e-5, 1e-4]}",
        "sweep.prune.kind=median", "sweep.max_runs=5",
      ])
    #expect(file.runCount == 5)
    let runs = try Plan(file) { _ in "" }.runs
    #expect(
      runs.allSatisfy { (1e-5...1e-4).contains($0.settings.training.optimizer.learningRate) })
    #expect(file.sweep?.pruning?.kind == .median)
    #expect(file.sweep?.pruning?.after == 2)
  }
}
