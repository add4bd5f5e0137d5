import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Values

/// Plots of stores whose every number is known.
@Suite struct PlotCellTests: DrawnPlot {
  private func errors(_ keys: String) -> String {
    let text = "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
    do {
      _ = try ExperimentFile.read(text: text, path: "x.yaml")
      return ""
    } catch {
      return "\(error)"
    }
  }

  // MARK: Lines

  /// At step 10 three seeds have 3, 2, 1: mean 2, s = 1, half width t(0.975; 2)/√3 = 2.48414.
  @Test func bandOverSeeds() throws {
    let (markdown, svg, data) = try plot(
      "{y: train/loss, color: diffusion.schedule.kind, facet: training.precision, band: interval}")
    let lines = objects(data)
    #expect(
      lines.map { $0["label"] ?? .null }
        == ["linear", "cosine", "linear", "cosine"].map { .string($0) })
    #expect(
      lines.map { $0["facet"] ?? .null }
        == ["fp32", "fp32", "bf16", "bf16"].map { .string("precision = \($0)") })
    for line in lines {
      #expect(numbers(line["x"]) == [10, 20, 30] && numbers(line["y"]) == [2, 1, 2])
      let high = numbers(line["high"])
      try #require(high.count == 3)
      #expect(abs(high[0] - 4.48414) < 1e-5 && high[1] == 1 && high[2] == 2)
      #expect(abs(numbers(line["low"])[0] + 0.48414) < 1e-5)
    }
    #expect(
      markdown.contains(
        "Lines are means of 3 runs each (over seeds); bands are 95 % intervals of the mean."))
    let elements = try #require(xmlElements(svg))
    #expect(elements.count { $0.classes.contains("line") && $0.name == "path" } == 4)
    #expect(elements.contains { $0.text == "precision = bf16" })
  }

  /// What a mean goes over besides seeds is said.
  @Test func rangeOverEverything() throws {
    let (markdown, _, data) = try plot(
      "{y: train/loss, color: diffusion.schedule.kind, band: range}")
    let lines = objects(data)
    #expect(lines.count == 2)
    #expect(numbers(lines[0]["low"]) == [1, 1, 2] && numbers(lines[0]["high"]) == [3, 1, 2])
    #expect(markdown.contains("means of 6 runs each (over seeds and training.precision)"))
    #expect(markdown.contains("bands reach from the lowest to the highest run"))
  }

  @Test func aLineARun() throws {
    let (_, svg, data) = try plot("{y: train/loss, where: training.precision == 'fp32'}")
    #expect(objects(data).count == 6)
    #expect(
      objects(data).map { numbers($0["y"]) } == [
        [3, 1, 2], [2, 1, 2], [1, 1, 2], [3, 1, 2], [2, 1, 2], [1, 1, 2],
      ])
    // Six runs are named by their labels.
    #expect(svg.contains("kind=linear,precision=fp32,seed=0</text>"))
  }

  /// Runs that have not finished are drawn without a band, and left out with one.
  @Test func unfinishedRuns() throws {
    let states: [Int: RunState] = [0: .failed, 1: .running, 3: .queued]
    let (all, _, lines) = try plot("{y: train/loss, color: seed}", states: states)
    #expect(objects(lines).count == 11)
    #expect(all.contains("1 run has no train/loss."))
    #expect(all.contains("Of 12 runs: 1 failed, 1 still running, 1 not begun."))
    let (means, _, groups) = try plot("{y: train/loss, band: range}", states: states)
    #expect(objects(groups).count == 1)
    #expect(means.contains("The line is the mean of 9 runs"))
  }

  @Test func smoothing() throws {
    let (markdown, svg, data) = try plot("{y: train/loss, where: seed == 0, smooth: 0.5}")
    // Three points, half of them: the middle one is the mean of all three.
    #expect(objects(data).allSatisfy { numbers($0["y"]) == [3, 2, 1.5] })
    #expect(markdown.contains("Running means over 50 % of the points."))
    #expect(svg.contains(" raw\""))
  }

  /// Against the clock: 64 images a step at 390 a second, so step 200 is second 32.8.
  @Test(arguments: ["range", "interval"]) func time(band: String) throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let text =
        "name: demo\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: {y: train/loss, x: time, band: \(band), color: training.precision}\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "demo.yaml").cellsJSON)
      var registration = demoExperiment(runs: demoRuns())
      registration.cellsJSON = json
      try store.register(registration)
      let report = try ExperimentReport(
        store: store, experiment: "demo", usesCache: false, keepsNumbers: true)
      guard case .object(let cell) = report.cells[0].json else { return }
      let lines = objects(cell["data"] ?? .null)
      try #require(lines.count == 2)
      let ends = lines.map { numbers($0["x"]).last ?? .nan }
      #expect(abs(ends[0] - 200.0 * 64 / 390) < 1e-9 && abs(ends[1] - 200.0 * 64 / 620) < 1e-9)
      #expect(String(decoding: report.files[1].bytes, as: UTF8.self).contains("training time (s)"))
    }
  }

  // MARK: Bars, heat maps, points

  /// linear: 10 and 10.5 over precisions; cosine one more.
  @Test func bars() throws {
    let (markdown, svg, data) = try plot("{y: eval/frechet_pca64, x: diffusion.schedule.kind}")
    #expect(objects(data).map { number($0["mean"]) } == [10.25, 11.25])
    #expect(objects(data).map { number($0["count"]) } == [3, 3])
    #expect(
      markdown.contains(
        "Means of 3 seeds, each averaged over training.precision, with their 95 % intervals."))
    let bars = try #require(xmlElements(svg)).filter { $0.name == "rect" && $0.classes == ["f0"] }
      .compactMap { $0.number("width") }
    try #require(bars.count == 2)
    #expect(abs(bars[1] / bars[0] - 11.25 / 10.25) < 0.002)
  }

  @Test func barsByColourAndFacet() throws {
    let (_, svg, data) = try plot(
      "{y: eval/frechet_pca64, x: diffusion.schedule.kind, color: training.precision, facet: seed}")
    // Four bars in each of three panels: seeds bring 0, 3, −3.
    let expected: [Double] = [
      10, 10.5, 11, 11.5, 13, 13.5, 14.1, 14.6, 7, 7.5, 7.9, 8.4,
    ]
    let means = objects(data).map { number($0["mean"]) }
    #expect(zip(means, expected).allSatisfy { abs($0 - $1) < 1e-12 } && means.count == 12)
    for text in ["seed = 1", "diffusion.schedule.kind = cosine", "bf16", "eval/frechet_pca64 ↓"] {
      #expect(svg.contains(">\(text)</text>"))
    }
  }

  /// Without `x` a bar a setting.
  @Test func barsOfSettings() throws {
    let (_, svg, data) = try plot("{kind: bar, y: eval/frechet_pca64}")
    #expect(objects(data).map { number($0["mean"]) } == [10, 10.5, 11, 11.5])
    #expect(svg.contains(">cosine · bf16</text>"))
  }

  @Test func heatMap() throws {
    let (_, svg, data) = try plot(
      "{x: training.precision, y: diffusion.schedule.kind, color: eval/frechet_pca64}")
    #expect(objects(data).map { number($0["mean"]) } == [10, 10.5, 11, 11.5])
    let elements = try #require(xmlElements(svg))
    let cells = elements.filter {
      $0.name == "rect" && ($0.number("width") ?? 0) > 60 && $0.attributes["x"] != nil
    }
    #expect(cells.map { $0.classes[0] } == ["h0", "h5", "h10", "h15"])
    #expect(elements.contains { $0.classes == ["frame"] })
  }

  @Test func scatter() throws {
    let (_, svg, data) = try plot("{x: seed, y: eval/frechet_pca64, color: training.precision}")
    #expect(objects(data).count == 12)
    #expect(objects(data).prefix(3).map { number($0["y"]) } == [10, 13, 7])
    let elements = try #require(xmlElements(svg))
    // fp32 as circles, bf16 as squares, one of each more in the legend.
    #expect(elements.count { $0.name == "circle" } == 7)
    #expect(elements.count { $0.name == "path" && $0.classes == ["f1", "soft"] } == 7)
  }

  @Test func parallel() throws {
    let (_, svg, data) = try plot("{kind: parallel}")
    #expect(objects(data).map { number($0["y"]) }.min() == 7)
    let elements = try #require(xmlElements(svg))
    #expect(elements.count { $0.name == "path" && $0.classes.contains("soft") } == 11)
    #expect(elements.contains { $0.text == "best: kind=linear,precision=fp32,seed=2" })
    #expect(elements.contains { $0.text == "eval/frechet_pca64 ↓" })
  }

  /// The lowest of 3 − seed, 1, 2.
  @Test func summaries() throws {
    let (_, _, lowest) = try plot("{x: seed, y: train/loss, summary: min}")
    #expect(objects(lowest).map { number($0["y"]) } == Array(repeating: 1, count: 12))
    let (_, _, highest) = try plot("{x: seed, y: train/loss, summary: max}")
    #expect(objects(highest).prefix(3).map { number($0["y"]) } == [3, 2, 2])
  }

  // MARK: Little or nothing

  @Test(arguments: [
    "{y: train/loss}", "{y: eval/frechet_pca64, x: diffusion.schedule.kind}", "{kind: parallel}",
    "{x: seed, y: eval/frechet_pca64}",
    "{x: training.precision, y: diffusion.schedule.kind, color: eval/frechet_pca64}",
    "{y: train/loss, band: interval}", "{x: training.batch, y: eval/frechet_pca64, band: interval}",
  ])
  func nothingAndOne(keys: String) throws {
    let none = try plot(
      keys, states: Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, .queued) }))
    #expect(none.markdown.contains("Nothing to draw") && none.svg.isEmpty)
    let one = try plot(
      keys.dropLast() + ", where: \"label == 'kind=linear,precision=fp32,seed=0'\"}")
    #expect(xmlElements(one.svg) != nil)
    #expect(!one.svg.contains("nan") && !one.svg.contains("inf"))
    let noSuch = try plot(keys.dropLast() + ", where: seed == 99}")
    #expect(noSuch.markdown.contains("No run meets the condition."))
  }

  @Test func hostileLabels() throws {
    let (markdown, svg, _) = try plot("{y: train/loss}") { label in
      "</text><script>alert(1)</script>|`*[x](javascript:y)\u{202E}" + label
    }
    let elements = try #require(xmlElements(svg))
    #expect(!elements.contains { $0.name == "script" })
    #expect(!(svg + markdown).contains("\u{202E}") && !markdown.contains("<script>"))
  }

  @Test func theSameTwice() throws {
    for keys in [
      "{y: train/loss, color: seed}", "{kind: parallel}", "{y: eval/frechet_pca64, kind: bar}",
    ] {
      let (a, b) = (try plot(keys), try plot(keys))
      #expect(a.svg == b.svg && a.markdown == b.markdown)
    }
  }

  // MARK: Errors

  @Test(arguments: [
    ("{y: train/los}", "x.yaml:4:15: error: nothing logs 'train/los'|did you mean 'train/loss'?"),
    (
      "{y: training.precison}",
      "x.yaml:4:15: error: 'plot.y': there is no metric, setting or attribute 'training.precison'|did you mean 'training.precision'?"
    ),
    (
      "{y: train/loss, colour: seed}",
      "x.yaml:4:27: error: unknown key 'colour' in 'plot'|did you mean 'color'?"
    ),
    (
      "{y: train/loss, band: intervals}",
      "x.yaml:4:33: error: 'plot.band' is interval or range, not 'intervals'|did you mean 'interval'?"
    ),
    ("{x: step}", "x.yaml:4:5: error: a plot needs 'y'|y: train/loss"),
    ("{y: training.precision}", "x.yaml:4:15: error: a line needs a metric as 'y'|kind: scatter"),
    (
      "{kind: scatter, y: train/loss}",
      "a scatter plot has one point per run|leave out kind: scatter"
    ),
    ("{y: eval/frechet_pca64, x: training.precision, log: y}", "bars start at 0|kind: scatter"),
    (
      "{kind: heatmap, x: training.batch, y: model.levels}", "a heat map needs a metric as 'color'|"
    ),
    ("{kind: parallel, x: seed}", "parallel coordinates have no 'x'|"),
    ("{y: train/loss, axes: [seed]}", "|"),
    ("{y: train/loss, log: z}", "x.yaml:4:32: error: 'plot.log' is x, y or color, not 'z'|"),
    ("{y: train/loss, smooth: 2}", "'plot.smooth' must be|"),
    ("{y: eval/frechet_pca64, x: training.batch, smooth: 0.1}", "'smooth' is for curves|"),
    ("{y: train/loss, facet: eval/frechet_pca64}", "a panel for each value of a metric|"),
    ("{y: train/loss, x: t}", "'train/loss' is not logged by timesteps|leave out x"),
    ("{y: vlb/term, x: progress}", "'vlb/term' is logged by timesteps, and has no progress|x: t"),
    ("{y: vlb/term, x: t, xrange: [1, 9]}", "|"), ("{y: vlb/term}", "|"),
    ("{y: train/loss, log: color}", "a logarithmic scale needs numbers as 'color'|"),
  ])
  func errors(keys: String, expected: String) {
    let text = errors(keys)
    for part in expected.split(separator: "|") { #expect(text.contains(part), "\(text)") }
    #expect(expected == "|" ? text.isEmpty : !text.isEmpty)
  }
}
