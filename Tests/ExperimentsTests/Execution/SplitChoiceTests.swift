import Diffusion
import ExperimentFiles
import TestSupport
import Testing

@testable import Execution
@testable import Planning

/// How processors are divided among runs; what that gains is for benchmarks to say.
@Suite struct SplitChoiceTests {
  private func plan(_ sweep: String, _ more: String = "") throws -> Plan {
    let file = try ExperimentFile.read(
      text: """
        data: {source: shapes, size: 8, limit: 64}
        model: {architecture: small-unet, levels: 2, base_channels: 8}
        training: {steps: 2, batch: 4\(more)}
        sampling: {steps: 2, count: 2}
        sweep: {\(sweep)}
        """, path: "splits.yaml")
    return try Plan(file) { _ in "data" }
  }

  @Test func processorsAreDividedEvenly() {
    func all(_ processors: Int, _ most: Int) -> [[Int]] {
      RunSplit.all(processors: processors, most: most).map { [$0.runs, $0.workers] }
    }
    #expect(all(1, 9) == [[1, 1]])
    #expect(all(2, 9) == [[1, 2], [2, 1]])
    #expect(all(12, 99) == [[1, 12], [2, 6], [3, 4], [4, 3], [6, 2], [12, 1]])
    // Three runs on sixteen: five workers each, and one processor has nothing to do.
    #expect(all(16, 3) == [[1, 16], [2, 8], [3, 5]])
    #expect(all(0, 0) == [[1, 1]])
  }

  /// Nine runs of three trainings of one kind, and three of another.
  @Test func trainingsCountOnce() throws {
    let seeds = try plan(
      "parameters: {sampling.seed: [0, 1, 2]}, repeat: {training.seed: 3}", ", ema: 0.9")
    let work = SplitChoice.work(seeds.runs)
    #expect(work.map(\.trainings) == [3] && work.map(\.steps) == [2])
    let kinds = try plan("parameters: {model.base_channels: [8, 16], training.seed: [1, 2]}")
    #expect(SplitChoice.work(kinds.runs).map(\.trainings) == [2, 2])
    #expect(SplitChoice.work(kinds.runs).map(\.settings.model.baseChannels) == [8, 16])
  }

  @Test func whatIsShortIsDoneOneAfterTheOther() throws {
    let runs = try plan("parameters: {training.seed: [1, 2, 3]}").runs
    for chosen in [runs, Array(runs.prefix(1)), []] {
      let choice = try SplitChoice.choose(chosen, processors: 4)
      #expect(choice == SplitChoice(RunSplit(runs: 1, workers: 4)))
    }
    #expect(
      try SplitChoice.choose(runs, processors: 1) == SplitChoice(RunSplit(runs: 1, workers: 1)))
  }

  /// Each with threads of its own, also more of them than there are processors.
  @Test func severalRunsAreTimedTogether() throws {
    let timer = try SplitTimer(plan("parameters: {training.seed: [1, 2]}").runs[0].settings)
    for split in [RunSplit(runs: 1, workers: 2), RunSplit(runs: 3, workers: 2)] {
      let rate = timer.rate(split, seconds: 0)
      #expect(rate.isFinite && rate > 0)
    }
  }

  @Test func inWords() {
    #expect(
      SplitChoice(RunSplit(runs: 4, workers: 2), gain: 1.234).text
        == "4 runs at once with 2 workers each, 1.23 times as fast as one after another")
    #expect(
      SplitChoice(RunSplit(runs: 2, workers: 1)).text == "2 runs at once with 1 worker each")
    #expect(
      SplitChoice(RunSplit(runs: 1, workers: 8)).text == "one run at a time, with 8 workers")
  }
}
