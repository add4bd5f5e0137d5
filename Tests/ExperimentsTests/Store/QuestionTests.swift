import Foundation
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import Analysis
@testable import Store
@testable import Values

/// Baselines, the best setting, and why two runs differ, over the demo store.
@Suite struct QuestionTests {
  private func withDemo(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0)) }
  }

  private let ids = demoRuns().map(\.id)
  private let metric = "eval/frechet_pca64"

  private func comparison(_ store: RunStore, by: String? = nil) throws -> Comparison {
    try Comparison(
      of: store.runs(experiment: "demo"), objective: store.experiment("demo").objective, by: by)
  }

  private func value(_ store: RunStore, _ run: Int) throws -> Double {
    try #require(try store.memberships(run: ids[run])[0].metrics[metric]?.last)
  }

  /// Rows: linear fp32, linear bf16, cosine fp32, cosine bf16; three seeds each.
  @Test func aValueIsHeldAgainstWhatIsLikeItInEverythingElse() throws {
    try withDemo { store in
      var comparison = try comparison(store)
      try comparison.hold(against: "fp32")
      #expect(comparison.rows.map(\.isBaseline) == [true, false, true, false])
      #expect(comparison.rows.map(\.held?.baseline) == [nil, 0, nil, 2])
      let held = try #require(comparison.rows[3].held?.comparison)
      // Seed by seed, cosine bf16 (9, 10, 11) less cosine fp32 (6, 7, 8).
      let differences = try (0..<3).map { try value(store, 9 + $0) - value(store, 6 + $0) }
      let mean = differences.reduce(0, +) / 3
      #expect(abs(held.difference.mean - mean) < 1e-12)
      #expect(held.difference.count == 3)
      let expected = Statistics.interval(of: differences)
      let half = try #require(held.difference.halfWidth)
      #expect(abs(half - (expected.halfWidth ?? 0)) < 1e-12)

      // cosine is some four lower than linear, and seeds move it by a half.
      try comparison.hold(against: "schedule=linear")
      #expect(comparison.rows.map(\.held?.baseline) == [nil, nil, 0, 1])
      #expect(comparison.rows.compactMap(\.held?.comparison.verdict) == [.better, .better])
      try comparison.hold(against: "kind=cosine, precision=bf16")
      #expect(comparison.rows.map(\.held?.baseline) == [3, 3, 3, nil])
      #expect(comparison.rows[0].held?.comparison.verdict == .worse)
      try comparison.hold(against: demoRuns()[4].label)
      #expect(comparison.rows.map(\.isBaseline) == [false, true, false, false])
      // A larger class agreement is better, which its name says.
      try comparison.hold(against: "linear", metric: "eval/class_agreement")
      #expect(comparison.rows[2].held?.comparison.verdict == .better)
      #expect(throws: StoreError.self) { try comparison.hold(against: "sigmoid") }
      #expect(throws: StoreError.self) {
        try comparison.hold(against: "linear", metric: "time/seconds")
      }
      try comparison.hold(against: "linear", metric: "time/seconds", goal: .minimize)
    }
  }

  /// A number is the same however it is written.
  @Test(arguments: ["0.002", "2e-3", "2.0e-3", "lr=2e-3", "training.optimizer.lr=0.0020"])
  func aBaselineIsANumber(name: String) throws {
    let runs = [0.001, 0.002].map { rate in
      let values = [Parameter("training.optimizer.lr", .number(rate))]
      return RunRegistration(
        id: "run of rate \(rate)", trainKey: "x", label: "rate \(rate)",
        index: rate == 0.001 ? 0 : 1, overrides: values, settingsJSON: "{}", parameters: values,
        seed: 0)
    }
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: runs))
      var comparison = try comparison(store)
      try comparison.hold(against: name)
      #expect(comparison.rows.map(\.isBaseline) == [false, true])
    }
  }

  /// Averaged over precision, each seed counts once: three differences, not six.
  @Test func aSeedCountsOnce() throws {
    try withDemo { store in
      var comparison = try comparison(store, by: "diffusion.schedule.kind")
      try comparison.hold(against: "linear")
      let held = try #require(comparison.rows[1].held?.comparison)
      #expect(held.difference.count == 3)
      let differences = try (0..<3).map { seed in
        try
          (value(store, 6 + seed) + value(store, 9 + seed) - value(store, seed)
          - value(store, 3 + seed)) / 2
      }
      #expect(abs(held.difference.mean - differences.reduce(0, +) / 3) < 1e-12)
    }
  }

  /// Runs that differ in more than their seeds are averaged seed by seed; of one seed there is no
  /// interval, however many runs it has.
  @Test(arguments: [1, 2, 3]) func intervalsAreOverSeeds(seeds: Int) throws {
    try withDemo { store in
      let runs = try store.runs(experiment: "demo").filter { $0.seed < seeds }
      let comparison = try Comparison(
        of: runs, objective: nil, by: "diffusion.schedule.kind", metrics: [metric])
      #expect(comparison.rows.map(\.finished) == [2 * seeds, 2 * seeds])
      #expect(comparison.rows.map(\.seeds) == [seeds, seeds])
      for (row, first) in zip(comparison.rows, [0, 6]) {
        let means = try (0..<seeds).map { seed in
          try (value(store, first + seed) + value(store, first + 3 + seed)) / 2
        }
        let expected = Statistics.interval(of: means)
        let interval = try #require(row.metrics[metric])
        #expect(abs(interval.mean - expected.mean) < 1e-12 && interval.count == seeds)
        #expect((interval.halfWidth == nil) == (seeds == 1))
        #expect(abs((interval.halfWidth ?? 0) - (expected.halfWidth ?? 0)) < 1e-12)
      }
    }
  }

  @Test func theBestSetting() throws {
    try withDemo { store in
      let best = try BestSetting(store: store, experiment: "demo")
      let means = try (0..<4).map { row in
        try (0..<3).map { try value(store, 3 * row + $0) }.reduce(0, +) / 3
      }
      let winner = try #require(best.winner)
      #expect(winner == means.indices.min { means[$0] < means[$1] })
      #expect(best.runnerUp == means.indices.sorted { means[$0] < means[$1] }[1])
      let winners = try (0..<3).map {
        (3 * winner + $0, try value(store, 3 * winner + $0))
      }
      #expect(best.run == ids[winners.min { $0.1 < $1.1 }?.0 ?? 0])
      #expect(best.isDecided == (best.lead?.verdict == .better))
      #expect(best.unfinished == 0)
      #expect(throws: StoreError.self) { _ = try BestSetting(store: store, experiment: "none") }
    }
  }

  /// s² pooled over 1, 2, 3 (s² = 1) and 10, 14 (s² = 8): (2·1 + 1·8)/3; t(0.975; 3) = 3.18244631.
  @Test func noiseIsPooledOverRepeats() throws {
    let noise = try #require(SeedNoise([[1, 2, 3], [10, 14], [5], [.nan, 7]]))
    #expect(abs(noise.deviation * noise.deviation - 10.0 / 3) < 1e-12)
    #expect(noise.degreesOfFreedom == 3 && noise.settings == 2 && noise.runs == 5)
    #expect(abs(noise.reach - 3.182_446_31 * (20.0 / 3).squareRoot()) < 1e-6)
    #expect(SeedNoise([[1], []]) == nil)
  }

  @Test func whySaysWhetherASeedMakesAsMuch() throws {
    try withDemo { store in
      let schedule = try store.explanation(ids[0], ids[6])
      #expect(schedule.outcome?.verdict == .beyondSeeds)
      #expect(schedule.outcome?.metric == metric)
      #expect(schedule.outcome?.settings?.verdict == .better)
      #expect(schedule.answer.hasPrefix("demo/\(demoRuns()[6].label) did better than demo/"))
      #expect(
        schedule.answer.contains("one setting, diffusion.schedule.kind (linear, then cosine)"))
      #expect(schedule.answer.contains("code and machine are the same"))
      #expect(schedule.answer.contains("Their curves separate at step 10, in train/loss"))
      #expect(schedule.pictures?.name == "samples" && schedule.pictures?.step == 200)

      let seed = try store.explanation(ids[0], ids[1])
      #expect(seed.outcome?.verdict == .withinSeeds)
      #expect(seed.answer.contains("They differ only in training.seed (0, then 1)"))
      #expect(seed.outcome?.settings == nil, "one setting")

      let same = try store.explanation(ids[0], ids[0])
      #expect(same.answer == "Both are the same run.")
      #expect(throws: StoreError.self) {
        _ = try store.explanation(ids[0], ids[1], metric: "none")
      }
    }
  }

  /// The curves of the demo runs differ by more than 1 % of the larger from some step on.
  @Test func curvesPartVisiblyLater() throws {
    try withDemo { store in
      let a = try store.history(run: ids[0], metric: "train/loss")
      let b = try store.history(run: ids[3], metric: "train/loss")
      let visible = zip(a.steps, zip(a.values, b.values)).first { _, values in
        abs(values.0 - values.1) > 0.01 * max(abs(values.0), abs(values.1))
      }?.0
      let difference = try store.difference(ids[0], ids[3])
      let loss = try #require(difference.metrics.first { $0.name == "train/loss" })
      #expect(loss.partsVisiblyAt == visible)
      #expect(loss.partsAt == 10)
    }
  }

  /// On data of known variance the nearest is best, not the lowest, for every verb alike.
  @Test func theNearestToTheTruthIsBest() throws {
    try withTemporaryFolder { folder in
      var fake = FakeReport.exactGaussian()
      fake.objective = Objective(metric: "eval/sample_variance", goal: .minimize)
      for metric in ["eval/sample_variance", "eval/frechet_pca64"] {
        // Nobody measured the distance: then too the variance decides.
        fake.objective.metric = metric
        let store = try fake.store(in: "\(folder)/\(metric.dropFirst(5))")
        let best = try BestSetting(store: store, experiment: fake.name)
        let winner = try #require(best.winner)
        #expect(best.comparison.name(ofRow: winner) == "ddpm · fixed-large")
        #expect(best.objective.metric == "eval/sample_variance" && best.comparison.truth == 0.25)
        // 0.26788 and 0.22270: 0.01788 and 0.0273 off.
        #expect(abs(try #require(best.lead).difference.mean - (0.01788 - 0.0273)) < 1e-9)
        let run = try store.resolve("best:\(fake.name)")
        #expect(run == best.comparison.rows[winner].runs[0] && run == best.run)
        var comparison = try Comparison(
          of: try store.runs(experiment: fake.name), objective: fake.objective)
        #expect(comparison.rows.map(\.isBest) == [false, true, false, false])
        try comparison.hold(against: "ddpm fixed-small", metric: "eval/sample_variance")
        // 0.05358 off; one seed, so no verdict, but the way is that of the distances.
        let held = try #require(comparison.rows[1].held).comparison.difference
        #expect(abs(held.mean - (0.01788 - 0.05358)) < 1e-9)
      }
    }
  }
}
