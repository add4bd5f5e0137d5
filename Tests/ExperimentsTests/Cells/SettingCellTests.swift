import Store
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Values

/// Cells that speak of settings as wholes, over `CellStore`: `answer`, `sweep`, `results`, `speed`, and `setting` in plots.
@Suite struct SettingCellTests: DrawnPlot {
  private func page(
    _ cells: String, seeds: Int = 3, precisions: [String] = ["fp32", "bf16"],
    states: [Int: RunState] = [:]
  ) throws -> (page: String, report: ExperimentReport) {
    let text = "name: hand\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n\(cells)"
    let json = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
    return try withTemporaryFolder { folder in
      let store = try CellStore.make(
        folder, seeds: seeds, precisions: precisions, states: states, cells: json)
      let report = try ExperimentReport(store: store, experiment: "hand")
      return (String(decoding: report.files[0].bytes, as: UTF8.self), report)
    }
  }

  /// bf16 is 0.5 above fp32 in every seed; cosine less linear is 1, 1.1, 0.9 by seed.
  @Test func answers() throws {
    let (text, report) = try page(
      """
        - answer:
          name: verdict
        - answer: {where: training.precision == "fp32"}
          name: fp32
        - answer: {metric: train/loss, goal: maximize}
        - markdown: "{{ verdict.setting }}, {{ verdict.decided }}; {{ fp32.setting }} by {{ fp32.lead | digits 3 }}."
        - assert: fp32.lead > 0.5
      """)
    #expect(
      text.contains(
        "**linear · fp32 is the best of 4 settings** in `eval/frechet_pca64`, ahead of linear · bf16 by 0.5"
      ))
    #expect(text.contains("- `training.precision`: fp32 beats bf16 by 0.5"))
    #expect(text.contains("**linear beats cosine by 1.00 ± 0.2"))
    #expect(
      text.contains(
        "**No setting is best**: `train/loss` is not comparable across `diffusion.schedule.kind`"))
    #expect(text.contains("\nlinear · fp32, true; linear by 1.00.\n"))
    #expect(report.claims.map(\.verdict) == [.holds])
    // The terminal has the answers, then the claims.
    let lines = report.answer.split(separator: "\n")
    #expect(lines[0].hasPrefix("linear · fp32 is the best of 4 settings in eval/frechet_pca64"))
    #expect(lines.contains { $0.hasPrefix("linear beats cosine by 1.00 ± 0.2") })
    #expect(lines.suffix(2) == ["HOLDS: fp32.lead > 0.5", "12 of 12 runs finished."])
  }

  @Test func tables() throws {
    let (text, report) = try page(
      """
        - sweep:
        - results: {by: diffusion.schedule.kind}
          name: kinds
        - results: {metric: [train/loss, eval/frechet_pca64], bars: false, where: seed < 2}
        - speed:
      """, states: [11: .failed])
    #expect(
      text.contains(
        """
        - `diffusion.schedule.kind`: linear, cosine
        - `training.precision`: fp32, bf16
        - repeated over `training.seed`: 0, 1, 2

        4 settings, 12 runs.
        """))
    // Linear: seeds 10.25, 13.25, 7.25. Of cosine, seed 2 lacks bf16: 11.25 and 14.35.
    #expect(text.contains("| schedule | `eval/frechet_pca64` ↓ | seeds |"))
    #expect(text.contains("| linear | **10 ± 7** | 3 |"))
    #expect(text.contains("| cosine | 13 ± 20 | 5 of 6 (failed) |"))
    #expect(
      text.contains("| linear | fp32 | 2.000 | **12 ± 19** | 2 |"), "train/loss is the same in all")
    #expect(report.files.map(\.name) == ["hand.md", "hand/kinds.svg"])
    #expect(text.contains("| setting | whole run |"))
    #expect(text.contains("| cosine · bf16 | "))
  }

  @Test func nothingYet() throws {
    let states = Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, RunState.queued) })
    let (text, report) = try page(
      """
        - answer:
          name: verdict
        - results:
        - speed:
        - markdown: "So {{ verdict.setting }}."
      """, states: states)
    #expect(report.failedCells.isEmpty)
    for line in [
      "**No answer yet:** no run has finished.", "*No run has a result yet.*",
      "*No run has finished.*",
    ] {
      #expect(text.contains(line))
    }
  }

  // MARK: In plots

  /// Every run of a seed logs the same loss, whatever its setting: they were trained as one.
  @Test func settingsThatWereTrainedAsOneAreOneLine() throws {
    let lines = objects(try plot("{y: train/loss, color: setting, band: range}").data)
    #expect(lines.map { $0["label"] ?? .null } == [.string("all settings")])
    // One seed each, and a line of its own.
    let own = objects(
      try plot("{y: train/loss, color: setting, where: seed == 1}").data)
    #expect(own.count == 1 && numbers(own[0]["y"]) == [2, 1, 2])
  }

  @Test func aSettingIsWhatIsNotOnAnAxis() throws {
    let bars = objects(try plot("{y: eval/frechet_pca64, x: setting}").data)
    #expect(
      bars.map { $0["of"] ?? .null }
        == ["linear · fp32", "linear · bf16", "cosine · fp32", "cosine · bf16"].map {
          .array([.string($0)])
        })
    let coloured = objects(
      try plot("{y: eval/frechet_pca64, x: training.precision, color: setting}").data)
    #expect(coloured.map { $0["of"] ?? .null }[1] == .array([.string("fp32"), .string("cosine")]))
    #expect(coloured.map { number($0["mean"]) } == [10, 11, 10.5, 11.5])
  }

  /// 24 settings: the ten lowest are cosine's and linear's of the first precisions, which have no rank among them.
  @Test func ofManySettingsTheBestAreDrawn() throws {
    let (markdown, _, data) = try plot(
      "{y: train/loss, color: setting, band: range}", seeds: 2,
      precisions: ["fp32", "bf16"] + (3...12).map { "p\($0)" })
    #expect(markdown.contains("The best 10 of 24 settings."))
    #expect(objects(data).count == 1)
  }

  @Test func setting() throws {
    func errors(_ cell: String) -> String {
      let text = "data: {source: shapes}\ntraining: {steps: 1}\nreport:\n  - \(cell)\n"
      do {
        _ = try ExperimentFile.read(text: text, path: "x.yaml")
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(errors("plot: {y: setting}").contains("there is no metric, setting or attribute"))
    #expect(errors("grid: {rows: setting, columns: setting}").contains("are the same"))
    #expect(errors("answer: {goal: up}").contains("'answer.goal' is minimize or maximize"))
    #expect(errors("sweep: {by: seed}").contains("unknown key 'by' in 'sweep'"))
    #expect(errors("results: {metric: eval/los}").contains("did you mean 'eval/loss'?"))
  }
}
