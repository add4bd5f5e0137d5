import Foundation
import Images
import Plots
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import Reports
@testable import Store
@testable import Values

@Suite struct ReportTests {
  private func text(_ report: ExperimentReport) -> String {
    String(decoding: report.files[0].bytes, as: UTF8.self)
  }

  // MARK: - The answer

  @Test func oneSeedSaysSo() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.runs = input.runs.filter { $0.settings["training.precision"] == .string("bf16") }
    input.runs[0].last["eval/frechet_pca64"] = 9.3
    input.runs[1].last["eval/frechet_pca64"] = 6.2
    let report = try ExperimentReport(input)
    #expect(
      report.answer == "cosine beats linear by 3.10 in eval/frechet_pca64: 6.200 against 9.300; "
        + "one seed, so no interval: this may be chance.")
    #expect(text(report).contains("One seed per setting, so no intervals"))
    #expect(!text(report).contains("±"))
  }

  /// Differences 3, 3.5, 2.5: mean 3, s = 0.5, 4.30265 · 0.5/√3 = 1.242 (t from a table).
  @Test func pairedOverSeeds() throws {
    var input = FakeReport.quickstart(seeds: 3)
    input.runs = input.runs.filter { $0.settings["training.precision"] == .string("bf16") }
    for (index, value) in [9.0, 10, 11, 6, 6.5, 8.5].enumerated() {
      input.runs[index].last["eval/frechet_pca64"] = value
    }
    #expect(
      try ExperimentReport(input).answer
        == "cosine beats linear by 3.0 ± 1.3 in eval/frechet_pca64: 7 ± 3 against 10.0 ± 2.5 "
        + "(3 seeds; 1 comparison, at 95 %: Student's t over paired seeds).")

    // The same numbers with the seeds of one setting in another order: the pairs differ.
    for index in 3..<6 {
      let seed = (index - 2) % 3
      input.runs[index].overrides[2] = Parameter("training.seed", .integer(seed))
    }
    // Differences 9 − 8.5, 10 − 6, 11 − 6.5: mean 3, s = 2.18, ± 5.7.
    #expect(
      try ExperimentReport(input).answer.hasPrefix(
        "No clear winner: cosine is ahead of linear by 3 ± 6 in eval/frechet_pca64"))
  }

  @Test func maximizedObjectiveAndEffects() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.objective = Objective(metric: "eval/class_agreement", goal: .maximize)
    for (index, value) in [0.5, 0.6, 0.4, 0.7, 0.65, 0.6].enumerated() {
      input.runs[index].last["eval/class_agreement"] = value
    }
    let report = try ExperimentReport(input)
    #expect(
      report.answer == """
        cosine · fp32 is the best of 6 settings in eval/class_agreement, ahead of cosine · bf16 by \
        0.0500: 0.7000 against 0.6500; one seed, so no interval: this may be chance.
        diffusion.schedule.kind: cosine beats linear by 0.150
        training.precision: bf16 is best, ahead of fp32 by 0.0250
        """)
    #expect(text(report).contains("| cosine | fp32 | **0.7000** |"))
  }

  @Test func aDivergedSeedCannotWin() throws {
    var input = FakeReport.quickstart(seeds: 3)
    input.runs = input.runs.filter { $0.settings["training.precision"] == .string("bf16") }
    input.runs[4].last["eval/frechet_pca64"] = .nan
    let report = try ExperimentReport(input)
    #expect(report.answer.hasPrefix("Only linear has a number: eval/frechet_pca64 "))
    #expect(report.answer.hasSuffix("; of 2 settings 1 ended in NaN."))
    #expect(text(report).contains("| cosine | NaN |"))
  }

  @Test func equalResultsAreATie() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.runs = input.runs.filter { $0.settings["training.precision"] == .string("bf16") }
    for index in input.runs.indices { input.runs[index].last["eval/frechet_pca64"] = 5 }
    #expect(try ExperimentReport(input).answer.hasPrefix("linear and cosine come out the same"))
    #expect(!text(try ExperimentReport(input)).contains("**5.000**"))
  }

  @Test func withoutTheDecidingMetric() throws {
    var input = FakeReport.quickstart(seeds: 1)
    input.objective = Objective(metric: "eval/bits_per_dim", goal: .minimize)
    #expect(
      try ExperimentReport(input).answer.hasPrefix(
        "No answer: no finished run has eval/bits_per_dim"))
    for index in input.runs.indices { input.runs[index].state = .queued }
    let report = try ExperimentReport(input)
    #expect(report.answer == "No answer yet: no run has finished.")
    #expect(text(report).contains("> 6 of 6 runs are missing (6 queued)."))
    #expect(!text(report).contains("## Results"))
  }

  // MARK: - The page

  /// A whole report, looked at before it was written down.
  @Test func exactGaussianWhole() throws {
    let report = try ExperimentReport(FakeReport.exactGaussian())
    #expect(report.files.map(\.name) == ["strided-sampler.md", "strided-sampler/results.svg"])
    #expect(
      text(report) == #"""
        # strided-sampler

        > Which samplers give the variance back?

        ## Answer

        **ddpm · fixed-large comes closest to the true 0.2500** in `eval/sample_variance`, nearer by 0.00942 than ddim · fixed-small: 0.2679 against 0.2227; one seed, so no interval: this may be chance.

        Each parameter by itself, averaged over the others:

        - `sampling.sampler`: ddim is best, ahead of ddpm by 0.0263
        - `diffusion.variance`: fixed-large comes closer than fixed-small by 0.0357

        ## What was swept

        - `sampling.sampler`: ddpm, ddim, naive-strided
        - `diffusion.variance`: fixed-small, fixed-large

        4 runs.

        ## Results

        | sampler | diffusion.variance | `eval/sample_variance` | seeds |
        | :-- | :-- | --: | --: |
        | ddpm | fixed-small | 0.1964 | 1 |
        | ddpm | fixed-large | **0.2679** | 1 |
        | ddim | fixed-small | 0.2227 | 1 |
        | naive-strided | fixed-small | 0.8769 | 1 |
        | *true variance* |  | *0.250* |  |

        One seed per setting, so no intervals: small differences may be chance. Bold is best.

        ![Bars of each metric by setting](strided-sampler/results.svg)

        ## Speed and memory

        | setting | whole run |
        | :-- | --: |
        | ddpm · fixed-small | 420 ms |
        | ddpm · fixed-large | 420 ms |
        | ddim · fixed-small | 420 ms |
        | naive-strided · fixed-small | 420 ms |

        *Medians over finished runs, speeds with the slowest and the fastest; images per second are the median over a run's training. Runs may have shared the machine: `workbench bench` measures speed with care.*

        ## Settings common to all runs

        ```yaml
        data:
          source: gaussian
          variance: 0.25
        ```

        ## Provenance

        |  |  |
        | :-- | :-- |
        | runs made | 2026-02-01 12:00 UTC to 2026-02-01 12:00 UTC |

        ## How to reproduce

        With the experiment file as `strided-sampler.yaml`:

        ```sh
        workbench run strided-sampler.yaml    # makes the runs that are missing, then this report
        workbench compare strided-sampler
        workbench sql --experiment strided-sampler "SELECT * FROM wide"
        ```

        <details>
        <summary>Runs</summary>

        | run | label | state | seed | steps | ended |
        | :-- | :-- | :-- | --: | --: | :-- |
        | `0abcdef0` | ddpm fixed-small | finished | 0 | 0 | 2026-02-01 12:00 UTC |
        | `1abcdef0` | ddpm fixed-large | finished | 0 | 0 | 2026-02-01 12:00 UTC |
        | `2abcdef0` | ddim fixed-small | finished | 0 | 0 | 2026-02-01 12:00 UTC |
        | `3abcdef0` | naive-strided fixed-small | finished | 0 | 0 | 2026-02-01 12:00 UTC |

        </details>

        """#)
  }

  @Test func picturesOfAWholeExperiment() throws {
    let report = try ExperimentReport(FakeReport.quickstart(seeds: 3))
    #expect(
      report.files.map(\.name) == [
        "quickstart.md", "quickstart/results.svg", "quickstart/samples.svg",
        "quickstart/growth.svg", "quickstart/train-loss.svg",
        "quickstart/eval-frechet-pca64.svg", "quickstart/eval-class-agreement.svg",
        "quickstart/eval-loss.svg", "quickstart/train-loss-scale.svg",
      ])
    // Every picture is shown, and every picture shown is there.
    let shown = text(report).matches(of: /\]\((quickstart\/[^)]+)\)/).map { String($0.1) }
    #expect(shown == report.files.dropFirst().map(\.name))
    let samples = try Image(inDrawing: report.files[2].bytes)
    // 8 columns and 6 rows of 64 pixels and a gap of 4.
    #expect((samples.width, samples.height) == (8 * 68 - 4, 6 * 68 - 4))
    #expect(
      text(report).contains(
        "Samples, rows: linear · fp32, linear · bf16, linear · fp16, cosine · fp32, cosine · bf16, "
          + "cosine · fp16; columns: image 0, image 1,"))
  }

  @Test func sameInputSameBytes() throws {
    let first = try ExperimentReport(FakeReport.quickstart(seeds: 3))
    let second = try ExperimentReport(FakeReport.quickstart(seeds: 3))
    #expect(first.files == second.files)
  }

  @Test func aSweptNumberMakesAnAxis() throws {
    let report = try ExperimentReport(FakeReport.samplerSteps())
    #expect(
      report.files.map(\.name) == [
        "strided-gaussian.md", "strided-gaussian/results.svg",
        "strided-gaussian/by-sampling-steps-eval-sample-variance.svg",
      ])
    let plot = String(decoding: report.files[2].bytes, as: UTF8.self)
    // A line and six dots a sampler, in its colour; the bars take the same.
    #expect(plot.matches(of: /class="s[0-2] line"/).count == 3)
    #expect(plot.matches(of: /<circle class="f1"/).count == 6)
    #expect(plot.contains(">true variance 0.250</text>"))
    let bars = String(decoding: report.files[1].bytes, as: UTF8.self)
    #expect(bars.matches(of: /<rect class="f1"/).count == 6)
    #expect(report.answer.hasPrefix("ddim · sampling.steps=1000 comes closest to the true 0.2500"))
  }

  @Test func samplerSweepDrawsItsOneTrainingOnce() throws {
    var input = FakeReport.exactGaussian()
    let curve = Curve((1...50).map { Point(Double($0), 1 / Double($0)) })
    for index in input.runs.indices { input.runs[index].curves["train/loss"] = curve }
    let report = try ExperimentReport(input)
    let svg = try #require(report.files.last { $0.name.hasSuffix("train-loss.svg") })
    let drawn = String(decoding: svg.bytes, as: UTF8.self)
    #expect(drawn.contains(">all settings</text>"))
    #expect(drawn.matches(of: /class="s[0-9] line"/).count == 1)
  }

  @Test func hostileTextStaysText() throws {
    var input = FakeReport.quickstart(seeds: 1)
    let evil = "</td>|`*_<img src=x onerror=alert(1)>\n# [x](javascript:alert(1))"
    input.name = "../../etc/\(evil)"
    input.question = evil
    input.fileText = "```\n\(evil)"
    for index in input.runs.indices {
      input.runs[index].label = evil
      input.runs[index].state = index == 1 ? .failed : .finished
      input.runs[index].error = evil
      input.runs[index].environment = [evil: evil]
      input.runs[index].settings[evil] = .string(evil)
      input.runs[index].overrides[1] = Parameter(
        "training.precision", .string("\(evil)\(index % 3)"))
    }
    let report = try ExperimentReport(input)
    for file in report.files {
      #expect(file.name.wholeMatch(of: /[A-Za-z0-9-]+(\.md|\/[A-Za-z0-9-]+\.(svg|png))/) != nil)
    }
    // Outside of fenced blocks, code spans and escapes no tag, no link and no heading of theirs.
    var fence: Substring?
    for line in text(report).split(separator: "\n") {
      let ticks = line.prefix { $0 == "`" }
      if let open = fence {
        if line == open { fence = nil }
        continue
      }
      if ticks.count >= 3 {
        fence = ticks
        continue
      }
      let bare = line.replacing(/(`+)[^`].*?[^`]?\1(?!`)/, with: "").replacing(/\\./, with: "")
      #expect(bare.firstMatch(of: /<(img|\/td)/) == nil, "\(line)")
      #expect(bare.firstMatch(of: /\]\((?!etc)/) == nil, "\(line)")
      #expect(!line.hasPrefix("# [") && !line.hasPrefix("# \\["), "\(line)")
    }
    #expect(fence == nil)
  }

  // MARK: - From the store, onto the disk

  @Test func fromTheStore() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let report = try ExperimentReport(store: store, experiment: "demo")
      let again = try ExperimentReport(
        store: RunStore(folder: folder + "/runs"), experiment: "demo")
      #expect(report.files == again.files)
      #expect(
        report.files.map(\.name) == [
          "demo.md", "demo/results.svg", "demo/samples.svg", "demo/train-loss.svg",
        ])
      #expect(try Image(inDrawing: report.files[2].bytes).width > 0)
      #expect(report.answer.contains("diffusion.schedule.kind: cosine beats linear by"))
      #expect(!text(report).contains("[!WARNING]"))
    }
  }

  @Test func incidentsAreInTheBanner() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: true)
      let page = text(try ExperimentReport(store: store, experiment: "demo"))
      #expect(
        page.hasPrefix(
          """
          # demo

          > [!WARNING]
          > 1 of 12 runs is missing (1 queued).
          >
          > 1 of 12 runs failed:
          > - kind=cosine,precision=bf16,seed=1 (failed): the loss is not a number at step 70
          >
          > `workbench run` on the experiment file makes what is missing.


          """))
      #expect(page.contains("| 1 of 3 (failed, queued) |"))
    }
  }

  @Test func unknownExperiment() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      #expect {
        try ExperimentReport(store: store, experiment: "nothing")
      } throws: { error in
        (error as? StoreError)?.kind == .notFound
      }
    }
  }

  @Test func writingLeavesOtherFilesAlone() throws {
    try withTemporaryFolder { folder in
      let report = try ExperimentReport(FakeReport.quickstart(seeds: 1))
      let path = try report.write(to: folder + "/out")
      #expect(path == folder + "/out/quickstart.md")
      let manager = FileManager.default
      for name in ["samples-99-gone.png", "eval-gone.svg", "notes.txt", "mine.png"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/out/quickstart/\(name)"))
      }
      try report.write(to: folder + "/out")
      let found = try manager.contentsOfDirectory(atPath: folder + "/out/quickstart").sorted()
      let expected =
        report.files.dropFirst().map { String($0.name.dropFirst("quickstart/".count)) }
        + ["notes.txt", "mine.png"]
      #expect(found == expected.sorted())
      for file in report.files {
        #expect(manager.contents(atPath: "\(folder)/out/\(file.name)") == Data(file.bytes))
      }
    }
  }

  @Test func aFileInTheWayIsAnError() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/out"))
      let report = try ExperimentReport(FakeReport.exactGaussian())
      #expect {
        try report.write(to: folder + "/out")
      } throws: { error in
        (error as? StoreError)?.kind == .cannotCreate
      }
    }
  }
}
