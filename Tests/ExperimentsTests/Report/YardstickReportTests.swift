import Plots
import Statistics
import Testing

@testable import Reports
@testable import Store
@testable import Values

/// Sentences of the automatic report that must be true: what is ranked, counted, and said of pictures.
@Suite struct YardstickReportTests {
  private func page(_ input: FakeExperiment) throws -> String {
    String(decoding: try ExperimentReport(input).files[0].bytes, as: UTF8.self)
  }

  private let frechet = "eval/frechet_pca64"

  /// Three learning rates, one seed each, with these Fréchet distances.
  private func rates(_ values: [Double]) -> FakeExperiment {
    var input = FakeReport.quickstart(seeds: 1)
    input.runs = Array(input.runs.prefix(values.count))
    input.sweptPaths = ["training.optimizer.lr"]
    for (index, value) in values.enumerated() {
      let rate = ParameterValue.number([1e-4, 1e30, 1e-2, 1e-3][index])
      input.runs[index].overrides = [Parameter("training.optimizer.lr", rate)]
      input.runs[index].settings = [
        "training.optimizer.lr": rate, "evaluation.images": .integer(1000),
      ]
      input.runs[index].last[frechet] = value
    }
    return input
  }

  private func diverge(_ run: inout FakeRun) {
    run.state = .failed
    run.error = "diverged at step 12: 11 of its 12 steps were skipped"
  }

  // MARK: All settings count

  /// What ended in NaN is left out of no average without a word.
  @Test func effectsSayWhatEndedInNaN() throws {
    var input = FakeReport.quickstart(seeds: 2)
    for index in 6..<12 {
      diverge(&input.runs[index])
      input.runs[index].last[frechet] = .nan
    }
    var text = try page(input)
    #expect(
      text.contains("- `diffusion.schedule.kind`: only linear has numbers; cosine ended in NaN\n"))
    #expect(
      text.contains("- `training.precision`: ")
        && text.contains("; without cosine, where nothing is a number\n"))

    // One seed of one setting is enough for its mean to be no number.
    input = FakeReport.quickstart(seeds: 2)
    input.runs[2].last[frechet] = .nan
    text = try page(input)
    #expect(
      text.contains("- `diffusion.schedule.kind`: only cosine has numbers; linear ended in NaN\n"))
    #expect(text.contains("- `training.precision`: "))
    #expect(text.contains("; bf16 ended in NaN\n"))

    // Where nothing ended in NaN nothing is said.
    #expect(try !page(FakeReport.quickstart(seeds: 2)).contains("ended in NaN"))
  }

  /// What pruning has left over has not won against what it pruned, where the two were not comparable.
  @Test func theLastOneLeftIsNotBestWhereNothingIsComparable() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.runs = [input.runs[0], input.runs[3]]
    input.objective = Objective(metric: "eval/loss", goal: .minimize)
    input.runs[0].state = .pruned
    #expect(
      try ExperimentReport(input).answer.hasPrefix(
        "No setting is best: eval/loss is not comparable across diffusion.schedule.kind: "))
    input.objective = Objective(metric: frechet, goal: .minimize)
    #expect(try ExperimentReport(input).answer.hasPrefix("Only cosine has a number"))
  }

  @Test func whatEndedInNaNIsCounted() throws {
    var input = rates([9.5, .nan, 9])
    let answer =
      "lr=0.01 is the best of 3 settings; 1 ended in NaN. In eval/frechet_pca64 it is ahead of "
      + "lr=0.0001 by 0.500: 9.000 against 9.500; one seed, so no interval: this may be chance."
    #expect(try ExperimentReport(input).answer == answer)
    // As a run of today ends.
    diverge(&input.runs[1])
    #expect(try ExperimentReport(input).answer == answer)
    #expect(try page(input).contains("| 1e+30 | NaN |"))
    #expect(try page(input).contains("| 0 of 1 (diverged) |"))
    #expect(try !page(input).contains("makes what is missing"), "it is not tried again")
    // Others without a value have their own reason.
    input.runs.append(input.runs[0])
    input.runs[3].overrides = [Parameter("training.optimizer.lr", .number(1))]
    input.runs[3].settings["training.optimizer.lr"] = .number(1)
    for (state, word) in [
      (RunState.queued, "has not finished"), (.failed, "failed"), (.pruned, "was pruned"),
    ] {
      input.runs[3].state = state
      #expect(
        try ExperimentReport(input).answer.hasPrefix(
          "lr=0.01 is the best of 4 settings; 1 ended in NaN, 1 \(word). In"))
    }
  }

  @Test func oneNumberAmongNaNs() throws {
    #expect(
      try ExperimentReport(rates([9.5, .nan])).answer
        == "Only lr=0.0001 has a number: eval/frechet_pca64 9.500; of 2 settings 1 ended in NaN.")
    #expect(
      try ExperimentReport(rates([.nan, .nan])).answer
        == "No setting has a number to compare: eval/frechet_pca64 is not a number in any run.")
  }

  /// Over all its seeds one is best, over those that both have the other.
  @Test func anOrderThatPairsDoNotBearOut() throws {
    var input = FakeReport.quickstart(seeds: 3)
    input.runs = Array(input.runs[0..<3] + input.runs[9..<12])
    for (index, value) in [9.0, 5, 4, 8.5, 7, 0].enumerated() {
      input.runs[index].last[frechet] = value
    }
    // Linear has 9 and 5: 7. Cosine has 8.5, 7 and 0: 5.2, but by seed it is 0.5 lower and 2 higher.
    input.runs.remove(at: 2)
    let answer = try ExperimentReport(input).answer
    #expect(
      answer.hasPrefix(
        "No clear winner: cosine has the best mean in eval/frechet_pca64 ("), "\(answer)")
    #expect(
      answer.contains("but over the 2 seeds that both have linear is ahead by 1 ± "), "\(answer)")
  }

  @Test func whatDecidesMayBeNamed() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.cells = """
        - answer: {goal: maximize}
          name: worst
        - answer: {metric: eval/class_agreement}
          name: agreement
        - answer: {metric: speed/images_per_second, goal: maximize}
          name: fastest
        - answer: {metric: speed/images_per_second}
        - markdown: "{{ worst.setting }}; {{ agreement.setting }}; {{ fastest.setting }}."
      """
    let report = try ExperimentReport(input)
    let text = String(decoding: report.files[0].bytes, as: UTF8.self)
    #expect(text.contains("\nlinear · fp16; cosine · "))
    #expect(text.contains("; linear · bf16.\n") || text.contains("; cosine · bf16.\n"))
    #expect(
      report.failedCells.map(\.error) == [
        "nothing says which way speed/images_per_second is better (set goal: minimize or maximize)"
      ])
  }

  /// Each run is held against the variance of its own data.
  @Test func aSweptTruth() throws {
    var input = FakeReport.exactGaussian()
    input.sweptPaths = ["sampling.steps", "data.variance"]
    let rows: [(steps: Int, variance: Double, measured: Double)] = [
      (5, 0.25, 0.044), (50, 0.25, 0.186), (5, 1, 0.3), (50, 1, 0.83),
    ]
    for (index, row) in rows.enumerated() {
      input.runs[index].overrides = [
        Parameter("sampling.steps", .integer(row.steps)),
        Parameter("data.variance", .number(row.variance)),
      ]
      input.runs[index].last["eval/sample_variance"] = row.measured
    }
    let answer = try ExperimentReport(input).answer
    // 0.206, 0.064, 0.7, 0.17 off.
    #expect(
      answer.hasPrefix("sampling.steps=50 · data.variance=0.25 comes closest to the truth in"),
      "\(answer)")
    #expect(answer.contains("sampling.steps: 50 comes closer than 5 by 0.336"), "\(answer)")
    input.cells = """
        - markdown: "{{ best('eval/sample_variance') | digits 3 }} is the nearest."
      """
    #expect(try page(input).contains("0.186 is the nearest."))
  }

  // MARK: Ties

  @Test func whereAllAreTheSameNoneIsBest() throws {
    let input = rates([7, 7, 7])
    #expect(
      try ExperimentReport(input).answer
        == "All 3 settings come out the same in eval/frechet_pca64 (7.000), so none is best.")
    #expect(try !page(input).contains("**7.000**"))
    #expect(
      try ExperimentReport(rates([7, 7, 8])).answer
        == "lr=0.0001 and lr=1e+30 are equally good in eval/frechet_pca64 (7.000), the best of 3 settings."
    )
    #expect(
      try ExperimentReport(rates([7, .nan, 7])).answer
        == "lr=0.0001 and lr=0.01 come out the same in eval/frechet_pca64 (7.000), so none is best; of 3 settings 1 ended in NaN."
    )
  }

  // MARK: What is not comparable

  @Test func aLossAcrossSchedulesIsNotRanked() throws {
    var input = FakeReport.quickstart(seeds: 3)
    input.objective = Objective(metric: "eval/loss", goal: .minimize)
    let report = try ExperimentReport(input)
    let lines = report.answer.split(separator: "\n")
    #expect(
      lines[0]
        == "No setting is best: eval/loss is not comparable across diffusion.schedule.kind: how hard the noise is to predict depends on the noise process."
    )
    #expect(lines[1].hasPrefix("diffusion.schedule.kind: not comparable, since how hard"))
    #expect(lines[2].hasPrefix("training.precision: "), "of one schedule each")
    let text = try page(input)
    // Neither an arrow nor a best value.
    #expect(text.contains("| `eval/loss` |") && text.contains("`eval/frechet_pca64` ↓"))
    #expect(text.contains("`eval/loss` is not comparable across `diffusion.schedule.kind`: "))
    // Between precisions alone it decides.
    input.runs = Array(input.runs.prefix(9))
    #expect(try !ExperimentReport(input).answer.contains("not comparable"))
  }

  @Test(arguments: ["data.size", "data.limit", "evaluation.images"])
  func distancesOfOtherDataAreNotRanked(path: String) throws {
    var input = rates([4, 2, 1])
    input.sweptPaths = [path]
    for index in input.runs.indices {
      input.runs[index].overrides = [Parameter(path, .integer(8 << index))]
      input.runs[index].settings[path] = .integer(8 << index)
    }
    #expect(
      try ExperimentReport(input).answer.hasPrefix(
        "No setting is best: eval/frechet_pca64 is not comparable across \(path): "))
    #expect(try !page(input).contains("**1.000**"))
  }

  /// A metric against a swept number wants four points.
  @Test func fewPointsMakeNoCurve() throws {
    func pictures(_ values: [Double]) throws -> [String] {
      try ExperimentReport(rates(values)).files.map(\.name).filter { $0.contains("/by-lr-") }
    }
    #expect(try pictures([4, 3, 2, 1]).contains("quickstart/by-lr-eval-frechet-pca64.svg"))
    #expect(try !pictures([4, .nan, 2, 1]).contains("quickstart/by-lr-eval-frechet-pca64.svg"))
    #expect(try pictures([4, 2, 1]).isEmpty)
  }

  // MARK: The floor

  @Test func whyThereIsNoFloor() throws {
    var input = rates([4, 2, 1])
    #expect(try page(input).contains("| *real images* | *3.10* |"))
    // One of some settings would be taken for that of all.
    input.runs[1].last["eval/frechet_pca64_floor"] = nil
    #expect(try !page(input).contains("*3.10*"))
    for index in input.runs.indices {
      input.runs[index].last["eval/frechet_pca64_floor"] = nil
      input.runs[index].last["eval/class_agreement_real"] = nil
    }
    let text = try page(input)
    #expect(
      text.contains("There are fewer than 1000 held-out images to measure (at most 10,000"))
    #expect(!text.contains("*real images*") && !text.contains("the lowest to be expected"))
  }

  // MARK: Captions

  private func caption(_ input: FakeExperiment) throws -> String {
    let lines = try page(input).split(separator: "\n")
    return String(lines.first { $0.contains("noise") && $0.hasPrefix("*") } ?? "")
  }

  @Test func theSeedThatIsShownIsNamed() throws {
    var input = FakeReport.quickstart(seeds: 2)
    input.runs = Array(input.runs.prefix(4))
    #expect(
      try caption(input)
        == "*Along a column every cell starts from the same noise. Where runs share a cell the first is shown, from training.seed=0 on.*"
    )
    for index in input.runs.indices {
      let seed = ParameterValue.integer(5 + index % 2)
      input.runs[index].overrides[2] = Parameter("sampling.seed", seed)
      input.runs[index].settings["sampling.seed"] = seed
    }
    #expect(try caption(input).hasSuffix("is shown, from sampling.seed=5 on.*"))
    // Of the second setting only the other seed has samples.
    input.runs[2].artifacts = []
    #expect(
      try caption(input)
        == "*The runs do not sample from the same noise. Where runs share a cell the first is shown, from sampling.seed=5 on.*"
    )
  }

  @Test(arguments: ["data.size", "sampling.seed", "data.source"])
  func otherNoiseIsSaid(path: String) throws {
    var input = rates([4, 2, 1])
    input.sweptPaths = [path]
    for index in input.runs.indices {
      input.runs[index].overrides = [Parameter(path, .integer(8 << index))]
    }
    #expect(try caption(input).hasPrefix("*The runs do not sample from the same noise."))
  }

  /// What was drawn on the way to nothing is no result.
  @Test func whatDivergedShowsNoSamples() throws {
    var input = rates([4, .nan, 1])
    diverge(&input.runs[1])
    #expect(
      try page(input).contains(
        "Samples, rows: lr=0.0001, lr=0.01; columns: image 0, image 1, image 2, image 3, image 4, image 5, "
          + "image 6, image 7]"))
    #expect(try page(input).contains("1 setting has no samples of its end."))
  }

  // MARK: Speed

  /// Of a run's points 100, 120, 400 the median is 120; of runs 120, 90, 500 it is 120 too.
  @Test func speedsAreMedians() throws {
    var input = FakeReport.quickstart(seeds: 3)
    input.runs = Array(input.runs.prefix(3))
    for (index, speeds) in [[100.0, 400, 120], [90], [500, 480, 2000, 520]].enumerated() {
      input.runs[index].curves["speed/images_per_second"] = Curve(
        speeds.enumerated().map { Point(Double($0 + 1), $1) })
      input.runs[index].last["speed/images_per_second"] = nil
      input.runs[index].settings["training.batch"] = .integer(60)
    }
    let text = try page(input)
    #expect(text.contains("| 120 (90.0 to 510) | 500 (118 to 667) |"))
    #expect(text.contains("*Medians over finished runs, speeds with the slowest and the fastest;"))
  }

  @Test func mediansOfValues() {
    #expect(Statistics.median(of: [3]) == 3 && Statistics.median(of: [5, 1, 3]) == 3)
    #expect(Statistics.median(of: [4, 1, 3, 2]) == 2.5)
    #expect(Statistics.median(of: []).isNaN && Statistics.median(of: [1, .nan, 2]).isNaN)
    let most = Double.greatestFiniteMagnitude
    #expect(Statistics.median(of: [most, most]) == most)
  }
}
