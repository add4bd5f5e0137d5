import Store
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Values

/// Baselines, and settings that have nothing to compare. Runs of `CellStore` are in threes: linear
/// fp32, linear bf16, cosine fp32, cosine bf16.
@Suite struct CompareCellTests {
  private func page(_ cell: String, states: [Int: RunState] = [:]) throws -> String {
    let text = "data: {source: shapes}\ntraining: {steps: 1}\nreport:\n  - compare: {\(cell)}\n"
    let cells = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
    return try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, states: states, cells: cells)
      let report = try ExperimentReport(store: store, experiment: "hand")
      return String(decoding: report.files[0].bytes, as: UTF8.self)
    }
  }

  /// What every run has tells nothing apart, and is no reason to find no baseline.
  @Test func whatAllRunsHaveMayBeInTheBaseline() throws {
    #expect(
      try page("baseline: {training.batch: 64, diffusion.schedule.kind: cosine}")
        .contains("| cosine · fp32 (baseline) |"))
    #expect(
      try page(
        #"baseline: {training.precision: bf16, diffusion.schedule.kind: cosine}, where: training.precision == "bf16""#
      ).contains("| cosine (baseline) |"))
    #expect(
      try page("baseline: {training.batch: 32}").contains(
        "cannot be shown: no run has the baseline's setting training.batch: 32"))
  }

  @Test func aSettingWithoutAValueSaysWhy() throws {
    let states: [Int: RunState] = [
      3: .failed, 4: .failed, 5: .crashed, 6: .pruned, 7: .pruned, 8: .pruned, 9: .pruned,
      10: .failed, 11: .pruned,
    ]
    let text = try page("metric: eval/frechet_pca64", states: states)
    #expect(text.contains("| linear · fp32 (baseline) |"))
    #expect(text.contains("| linear · bf16 | – | – | failed | 0 |"))
    #expect(text.contains("| cosine · fp32 | – | – | pruned | 0 |"))
    #expect(text.contains("| cosine · bf16 | – | – | failed, pruned | 0 |"))
    let open = try page(
      "metric: eval/frechet_pca64", states: [9: .failed, 10: .queued, 11: .running])
    #expect(open.contains("| cosine · bf16 | – | – | not finished | 0 |"))
    let unmeasured = try page("metric: eval/class_agreement")
    #expect(unmeasured.contains("| cosine · bf16 | – | – | not measured | 0 |"))
  }

  /// A loss across noise schedules has differences, and no verdict.
  @Test func whatIsNotComparableHasNoVerdict() throws {
    let text = try page("by: diffusion.schedule.kind, metric: train/loss")
    #expect(text.contains("| not comparable | 3 |"))
    #expect(
      text.contains(
        "*`train/loss` is not comparable across `diffusion.schedule.kind`: how hard the noise is to predict depends on the noise process.*"
      ))
    // Between settings of one schedule it is, and what is the same in all is averaged over.
    for by in ["training.precision", "[training.precision, training.batch]"] {
      let text = try page("by: \(by), metric: train/loss")
      #expect(text.contains("| the same | 3 |") && !text.contains("not comparable"))
    }
  }

  /// Unless it is named, the baseline is one that has something to hold against it.
  @Test func theBaselineHasAValue() throws {
    let states: [Int: RunState] = [0: .failed, 1: .failed, 2: .failed]
    let text = try page("metric: eval/frechet_pca64", states: states)
    #expect(text.contains("| linear · bf16 (baseline) |"))
    #expect(text.contains("| linear · fp32 | – | – | failed | 0 |"))
    let named = try page(
      "baseline: {diffusion.schedule.kind: linear, training.precision: fp32}", states: states)
    #expect(named.contains("| linear · fp32 (baseline) | – |"))
    #expect(named.contains(" | – | baseline failed | 0 |"))
  }
}
