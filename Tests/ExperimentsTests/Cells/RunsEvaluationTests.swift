import Foundation
import TestSupport
import Testing

@testable import Experiments

@Suite struct RunsEvaluationTests {
  private func withEvaluation<Result>(
    seeds: Int = 3, states: [Int: RunState] = [:],
    _ body: (RunsEvaluation) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, seeds: seeds, states: states)
      let table = try RunTable(store: store, experiment: "hand")
      return try body(RunsEvaluation(table: table, runs: table.runs))
    }
  }

  private func number(_ text: String, _ evaluation: RunsEvaluation) throws -> Double? {
    let expression = try Expression(text)
    try expression.checkValue(.overRuns)
    guard case .number(let value) = try evaluation.estimate(expression.root).value else {
      return nil
    }
    return value
  }

  /// Runs in the plan's order: 0–2 linear fp32, 3–5 linear bf16, 6–8 cosine fp32, 9–11 cosine bf16.
  @Test(arguments: [
    ("count(runs)", 12), ("count(runs where state == 'failed')", 1),
    ("count(runs where state == 'queued' or state == 'failed')", 2),
    ("count(runs where training.precision == 'bf16')", 6),
    ("count(runs where seed == 1 and training.batch * 2 == 128)", 4),
    ("count(runs where label contains 'COSINE')", 6),
    ("count(runs where tag == 'keep')", 2), ("count(runs where tag != 'keep')", 10),
    ("count(runs where note contains 'Odd')", 1),
    ("count(runs where min('train/loss') < 1)", 0), ("count(runs where max('train/loss') >= 3)", 4),
    ("count(runs where eval/loss > 13)", 2), ("count(runs where eval/loss == none)", 2),
    // 10, 13, 7
    ("mean('eval/loss' where diffusion.schedule.kind == 'linear' and training.precision == 'fp32')", 10),
    ("min('eval/loss')", 7), ("max('eval/loss' where training.precision == 'fp32')", 14.1),
    // Of every step; the failed and the queued run are not looked at, unless asked for.
    ("min('train/loss')", 1), ("max('train/loss')", 3),
    ("max('train/loss' where state == 'failed')", 2), ("last('train/loss')", 2),
    ("best('eval/loss' where diffusion.schedule.kind == 'cosine')", 7.9),
    // The run that ended last is that of index 9: 10 was failed, 11 never began.
    ("last('eval/loss')", 11.5), ("abs(2 - 3 * 4)", 10), ("2 * count(runs) - 4", 20),
  ])
  func means(text: String, value: Double) throws {
    try withEvaluation(states: [10: .failed, 11: .queued]) { evaluation in
      let store = evaluation.table.store
      let runs = evaluation.table.runs
      try store.addTags(["keep", "x"], run: runs[0].id)
      try store.addTags(["keep"], run: runs[5].id)
      try store.addNote("an odd one", run: runs[3].id)
      let table = try RunTable(store: store, experiment: "hand")
      let found = try number(text, RunsEvaluation(table: table, runs: table.runs))
      #expect(abs((found ?? .nan) - value) < 1e-12, "\(text) is \(found ?? .nan)")
    }
  }

  @Test func nothingToLookAtHasNoValue() throws {
    try withEvaluation { (evaluation) throws -> Void in
      for text in [
        "mean('eval/loss' where seed == 9)", "min('eval/nothing')", "1 + last('eval/nothing')",
      ] {
        let value = try number(text, evaluation)
        #expect(value == nil)
      }
    }
  }

  /// Seeds bring ±3; the difference by seed is 1, 1.1, 0.9, so s = 0.1 and the half width is
  /// t(0.975; 2) · 0.1 / √3 = 4.302652730 · 0.057735 = 0.248414.
  @Test func differencesArePairedBySeed() throws {
    try withEvaluation { evaluation in
      let text = """
        mean('eval/loss' where diffusion.schedule.kind == 'cosine')
          - mean('eval/loss' where diffusion.schedule.kind == 'linear')
        """
      let estimate = try evaluation.estimate(Expression(text).root)
      let interval = try #require(estimate.interval)
      #expect(interval.count == 3)
      #expect(abs(interval.mean - 1) < 1e-12)
      #expect(abs((interval.halfWidth ?? 0) - 0.248414) < 1e-6)
      #expect(estimate.isComplete)
      // One mean alone has the seeds' whole spread: 10.25, 13.25, 7.25, s = 3.
      let alone = try evaluation.estimate(
        Expression("mean('eval/loss' where diffusion.schedule.kind == 'linear')").root)
      #expect(abs((alone.interval?.halfWidth ?? 0) - 4.302652730 * 3 / 3.0.squareRoot()) < 1e-6)
    }
  }

  @Test func aSeedThatASettingLacksIsLeftOut() throws {
    // Seed 2 of linear bf16.
    try withEvaluation(states: [5: .failed]) { evaluation in
      let text = """
        mean('eval/loss' where diffusion.schedule.kind == 'cosine')
          - mean('eval/loss' where diffusion.schedule.kind == 'linear')
        """
      let estimate = try evaluation.estimate(Expression(text).root)
      #expect(estimate.interval?.count == 2)
      #expect(abs((estimate.interval?.mean ?? 0) - 1.05) < 1e-12)
      #expect(!estimate.isComplete)
    }
  }

  @Test(arguments: [
    ("mean('eval/loss' where diffusion.schedule.kind == 'linear') < mean('eval/loss' where diffusion.schedule.kind == 'cosine')", ClaimVerdict.holds),
    ("mean('eval/loss' where diffusion.schedule.kind == 'linear') > mean('eval/loss' where diffusion.schedule.kind == 'cosine')", .fails),
    // The difference is 1 ± 0.25.
    ("mean('eval/loss' where diffusion.schedule.kind == 'cosine') - mean('eval/loss' where diffusion.schedule.kind == 'linear') > 0.7", .holds),
    ("mean('eval/loss' where diffusion.schedule.kind == 'cosine') - mean('eval/loss' where diffusion.schedule.kind == 'linear') > 0.8", .undecided),
    ("mean('eval/loss' where diffusion.schedule.kind == 'cosine') > mean('eval/loss' where diffusion.schedule.kind == 'linear') + 1.3", .fails),
    // bf16 less fp32 is exactly 0.5.
    ("mean('eval/loss' where training.precision == 'bf16') - mean('eval/loss' where training.precision == 'fp32') == 0.5", .holds),
    ("abs(mean('eval/loss' where training.precision == 'bf16') - mean('eval/loss' where training.precision == 'fp32')) < 0.6", .holds),
    ("abs(mean('eval/loss' where training.precision == 'fp32') - mean('eval/loss' where training.precision == 'bf16')) > 0.6", .fails),
    ("abs(mean('eval/loss' where diffusion.schedule.kind == 'linear') - mean('eval/loss' where diffusion.schedule.kind == 'cosine')) < 0.9", .undecided),
    ("mean('eval/loss') < 100", .holds), ("mean('eval/loss') < 10", .undecided),
    ("mean('eval/loss' where seed == 0) < 100", .undecided),
    ("mean('eval/loss' where seed == 9) < 100", .undecided),
    ("count(runs) == 12", .holds), ("count(runs) == 4", .fails),
    ("count(runs where state == 'failed') == 0 and mean('eval/loss') < 10", .undecided),
    ("count(runs) == 4 and mean('eval/loss') < 10", .fails),
    ("count(runs) == 12 or mean('eval/loss') < 10", .holds),
    ("not count(runs) == 4", .holds), ("not mean('eval/loss') < 10", .undecided),
    ("min('eval/nothing') < 1", .undecided), ("min('eval/nothing') == none", .holds),
    ("best('eval/loss') < 7.5", .holds), ("best('eval/loss') > 7.5", .fails),
  ])
  func claims(text: String, verdict: ClaimVerdict) throws {
    try withEvaluation { evaluation in
      let expression = try Expression(text)
      try expression.checkCondition(.overRuns)
      #expect(try Claim(expression, evaluation).verdict == verdict)
    }
  }

  /// Zero is a hit of the bound: neither side is left out.
  @Test func theBoundsOfAnInterval() {
    func verdict(_ sign: Experiments.Expression.Comparison, _ mean: Double, _ half: Double?) -> ClaimVerdict {
      Claim.decide(sign, .init(mean: mean, halfWidth: half, count: half == nil ? 1 : 3)).0
    }
    #expect(verdict(.less, -1, 0.5) == .holds && verdict(.less, 1, 0.5) == .fails)
    #expect(verdict(.less, -1, 1) == .undecided && verdict(.lessOrEqual, -1, 1) == .holds)
    #expect(verdict(.less, 1, 1) == .fails && verdict(.lessOrEqual, 1, 1) == .undecided)
    #expect(verdict(.greater, 1, 1) == .undecided && verdict(.greaterOrEqual, 1, 1) == .holds)
    #expect(verdict(.equal, 0, 0) == .holds && verdict(.equal, 1, 0.5) == .fails)
    #expect(verdict(.unequal, 0, 0) == .fails && verdict(.unequal, 0.1, 0.5) == .undecided)
    #expect(verdict(.less, -1, nil) == .undecided && verdict(.less, .nan, nil) == .undecided)
  }

  @Test func oneSeedDecidesNothing() throws {
    try withEvaluation(seeds: 1) { evaluation in
      let text =
        "mean('eval/loss' where training.precision == 'fp32') < mean('eval/loss' where training.precision == 'bf16')"
      let claim = try Claim(Expression(text), evaluation)
      #expect(claim.verdict == .undecided)
      #expect(claim.evidence.first?.reason == "one seed, so no interval")
    }
  }
}
