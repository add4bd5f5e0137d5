import Analysis
import ArgumentParser
import Foundation
import Statistics
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Workbench

/// What is not comparable, all the same, or no number: no verb ranks it.
@Suite struct YardstickVerbTests {
  private func withDemo(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0)) }
  }

  private let ids = demoRuns().map(\.id)
  private let reason =
    "eval/loss is not comparable across diffusion.schedule.kind: how hard the noise is to predict depends on the noise process"

  private func object(_ text: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The demo's runs with another objective.
  private func decide(by metric: String, _ store: RunStore) throws {
    var experiment = demoExperiment(runs: demoRuns())
    experiment.objective = Objective(metric: metric, goal: .minimize)
    try store.register(experiment)
  }

  @Test func lossesAcrossSchedulesHaveNoVerdict() throws {
    try withDemo { store in
      let arguments = ["demo", "--metric", "eval/loss", "--baseline", "linear"]
      let text = try CompareCommand.parse(arguments).output(store)
      #expect(text.matches(of: /not comparable  +–/).count == 2)
      #expect(text.split(separator: "\n").dropFirst(5).joined(separator: " ") == "\(reason).")
      let rows = try #require(
        try object(CompareCommand.parse(arguments + ["--json"]).output(store))["rows"]
          as? [[String: Any]])
      let held = rows.compactMap { $0["held"] as? [String: Any] }
      #expect(held.map { $0["verdict"] as? String } == ["notComparable", "notComparable"])
      #expect(held.allSatisfy { $0["moreSeeds"] is NSNull })
      // Each schedule's precisions are, whatever else is in the table.
      let precisions = try CompareCommand.parse(
        ["demo", "--metric", "eval/loss", "--baseline", "fp32"]
      ).output(store)
      #expect(!precisions.contains("not comparable"))
    }
  }

  /// Samplers on data of variance 0.25 whose samples have these variances.
  private func gaussians(_ folder: String) throws -> RunStore {
    let store = try RunStore(folder: folder, creating: true)
    var runs: [RunRegistration] = []
    let samplers = [("naive", 0.9), ("ddpm", 0.1), ("ddim", 0.28)]
    for (group, sampler) in samplers.enumerated() {
      for seed in 0..<2 {
        let overrides = [
          Parameter("sampling.sampler", .string(sampler.0)),
          Parameter("sampling.seed", .integer(seed)),
        ]
        runs.append(
          RunRegistration(
            id: String(repeating: "\(group)\(seed)", count: 32), trainKey: "t\(runs.count)",
            label: "\(sampler.0),\(seed)", index: runs.count, overrides: overrides,
            settingsJSON: "{}", parameters: overrides + [Parameter("data.variance", .number(0.25))],
            seed: 0, repeatGroup: group))
      }
    }
    try store.register(
      ExperimentRegistration(
        name: "g", question: "", fileText: "", planJSON: "{}",
        objective: Objective(metric: "eval/sample_variance", goal: .minimize),
        sweep: SweepRegistration(method: "grid", paths: ["sampling.sampler"]), runs: runs))
    for (run, value) in zip(runs, samplers.flatMap { [$0.1, $0.1 + 0.01] }) {
      try store.beginAttempt(run: run.id, environment: [:])
      try store.appendPoints(
        [SeriesPoints(name: "eval/sample_variance", steps: [1], values: [value])], run: run.id)
      try store.finishAttempt(run: run.id, state: .finished)
    }
    return store
  }

  /// The nearest to a true value is best, and no verb says otherwise.
  @Test func everyVerbKnowsTheTruth() throws {
    try withTemporaryFolder { folder in
      let store = try gaussians(folder)
      let best = try BestCommand.parse(["g"]).output(store)
        .split(separator: "\n").joined(separator: " ")
      #expect(best.contains("the nearest to the true 0.2500"), "\(best)")
      for arguments in [["g"], ["g", "--by", "sampling.sampler"]] {
        let rows = try #require(
          try object(CompareCommand.parse(arguments + ["--json"]).output(store))["rows"]
            as? [[String: Any]])
        #expect(rows.map { $0["best"] as? Bool } == [false, false, true])
      }
      let held = try CompareCommand.parse(["g", "--baseline", "ddpm"]).output(store)
      #expect(
        held.contains("What counts in eval/sample_variance is how far it is from the true 0.2500"))
      // 0.1 and 0.11 are 0.15 and 0.14 off, 0.28 and 0.29 are 0.03 and 0.04.
      #expect(
        held.split(separator: "\n").contains { $0.contains("ddim") && $0.contains("-0.11 ±") },
        "\(held)")
      let why = try WhyCommand.parse(["g/ddpm,0", "g/ddim,0"]).output(store)
      #expect(
        why.split(separator: "\n").joined(separator: " ").contains(
          "g/ddim,0 came closer to the true 0.2500 than g/ddpm,0"), "\(why)")
    }
  }

  @Test func noneIsBestWhereNothingIsComparable() throws {
    try withDemo { store in
      try decide(by: "eval/loss", store)
      let text = try BestCommand.parse(["demo"]).output(store)
      #expect(
        text.split(separator: "\n").joined(separator: " ")
          == "No setting is best: \(reason). 'workbench compare demo' puts them side by side.")
      let best = try object(BestCommand.parse(["demo", "--json"]).output(store))
      #expect(best["winner"] is NSNull && best["run"] is NSNull && best["command"] is NSNull)
      #expect(best["notComparable"] as? String == reason)
      #expect(best["decided"] as? Bool == false)
      let table = try CompareCommand.parse(["demo", "--csv"]).output(store)
      #expect(table.hasPrefix(#""best","#) && !table.contains("\n\"best\","))
      let comparison = try object(CompareCommand.parse(["demo", "--json"]).output(store))
      #expect(comparison["notComparable"] as? String == reason)
      let error = #expect(throws: StoreError.self) { try store.resolve("best:demo") }
      #expect(error?.description == "no run of 'demo' is best: \(reason); name a run")
      // Averaged over schedules alike, the precisions are.
      let by = try CompareCommand.parse(["demo", "--by", "training.precision", "--csv"])
        .output(store)
      #expect(by.contains("\n\"best\","))
    }
  }

  @Test func whyDoesNotSayWhichDidBetter() throws {
    try withDemo { store in
      let explanation = try store.explanation(ids[0], ids[6], metric: "eval/loss")
      #expect(
        explanation.answer.contains("and neither did better: \(reason). They differ in one setting")
      )
      #expect(!explanation.answer.contains("another seed makes"))
      #expect(explanation.outcome?.verdict == .unknown && explanation.outcome?.settings == nil)
      let same = try store.explanation(ids[0], ids[3], metric: "eval/loss")
      #expect(same.outcome?.notComparable == nil)
      let document = try object(
        WhyCommand.parse([ids[0], ids[6], "--metric", "eval/loss", "--json"]).output(store))
      let outcome = try #require(document["outcome"] as? [String: Any])
      #expect(outcome["notComparable"] as? String == reason)
    }
  }

  /// How many samples a sheet shows changes no measure; the ends of a schedule that are not given are no
  /// difference.
  @Test func whatIsAllTheSameHasNoWinner() throws {
    let place = try Workplace(
      "training: {steps: 4, batch: 8}\nevaluation: {metrics: [loss, frechet-pca64]}\n"
        + "sweep: {parameters: {sampling.count: [4, 5, 6]}}\n")
    let ending = try place.run()
    #expect(
      ending.output.hasPrefix("All 3 settings come out the same in eval/frechet_pca64 ("))
    let text = try place.workbench("best", "tiny").replacing("\n", with: " ")
    #expect(
      text.hasPrefix(
        "No setting is best: sampling.count=4, sampling.count=5 and sampling.count=6 come out the same in"
      ))
    #expect(text.contains("the lowest of 3 settings. "))
    let best = try #require(try place.json("best", "tiny") as? [String: Any])
    #expect(
      (best["tied"] as? [[String: Any]])?.map { $0["label"] as? String }
        == ["sampling.count=4", "sampling.count=5", "sampling.count=6"])
    let table = try place.workbench("compare", "tiny")
    #expect(!table.contains("\nbest "))
    #expect(table.hasSuffix("\nAll rows are the same in eval/frechet_pca64, so none is best.\n"))
    try place.write(
      "training: {steps: 4, batch: 8}\n"
        + "sweep: {parameters: {diffusion.schedule.kind: [linear, cosine]}}\n")
    try place.run()
    let runs = try place.runs().map { String($0.id.prefix(10)) }
    let why = try place.workbench("why", runs[0], runs[1])
    #expect(!why.contains("none, then none") && !why.contains("diffusion.schedule.beta_end"))
  }

  /// One of three ends in NaN: every answer counts it.
  @Test func whatEndedInNaNIsCounted() throws {
    let place = try Workplace(
      "training: {steps: 12, batch: 8}\nobjective: {metric: eval/loss}\n"
        + "sweep: {parameters: {training.optimizer.lr: [1.0e-4, 1.0e+30, 1.0e-2]}}\n")
    let ending = try place.run(code: 1)
    let answer = #/ is the best of 3 settings; 1 ended in NaN\. In eval/loss it is ahead of /#
    #expect(ending.output.contains(answer), "\(ending.output)")
    let best = try place.workbench("best", "tiny")
    #expect(best.replacing("\n", with: " ").contains("the lowest of 3 settings; 1 ended in NaN."))
    #expect(!best.contains("may change this"))
    let table = try place.workbench("compare", "tiny")
    #expect(table.contains(/1e\+30 +NaN .* 1 +0 +1\n/), "\(table)")
  }

  /// 0 ± 50000 says nothing: the middle run, with the slowest and the fastest.
  @Test func speedsAreMedians() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      var experiment = demoExperiment(runs: Array(demoRuns().prefix(3)))
      experiment.objective = nil
      try store.register(experiment)
      for (run, speeds) in zip(experiment.runs, [[100.0, 9000, 120], [90], [480, 500, 2000]]) {
        try store.beginAttempt(run: run.id, environment: [:])
        try store.appendPoints(
          [
            SeriesPoints(
              name: "speed/images_per_second", steps: Array(1...speeds.count), values: speeds)
          ], run: run.id)
        try store.finishAttempt(run: run.id, state: .finished)
      }
      let arguments = ["demo", "--metric", "speed/images_per_second"]
      let text = try CompareCommand.parse(arguments).output(store)
      #expect(text.contains("  120 (90 to 500)  3  "))
      let document = try object(CompareCommand.parse(arguments + ["--json"]).output(store))
      let row = try #require((document["rows"] as? [[String: Any]])?.first)
      let speed = (row["metrics"] as? [String: [String: Any]])?["speed/images_per_second"]
      #expect(speed?["mean"] as? Double == 120 && speed?["halfWidth"] is NSNull)
      let ranges = row["ranges"] as? [String: [Double]]
      #expect(ranges?["speed/images_per_second"] == [90, 500])
    }
  }
}
