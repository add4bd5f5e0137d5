import Foundation
import TestSupport
import Testing

@testable import Experiments

/// Plots of stores whose every number is known: what was drawn is read from the cell's own numbers
/// and from the drawing.
@Suite struct PlotCellTests {
  /// Renders one plot of `CellStore`.
  private func plot(
    _ keys: some StringProtocol, states: [Int: RunState] = [:], seeds: Int = 3,
    precisions: [String] = ["fp32", "bf16"], label: (String) -> String = { $0 }
  ) throws -> (markdown: String, svg: String, data: JSONValue) {
    try withTemporaryFolder { folder in
      let text =
        "name: hand\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
      let store = try CellStore.make(
        folder + "/runs", seeds: seeds, precisions: precisions, states: states, label: label,
        cells: json)
      let report = try ExperimentReport(store: store, experiment: "hand", usesCache: false)
      #expect(report.cells.map(\.error) == [nil])
      guard case .object(let cell) = report.cells[0].json,
        case .string(let markdown)? = cell["markdown"]
      else { return ("", "", .null) }
      let svg = report.files.first { $0.mediaType == "image/svg+xml" }
      return (
        markdown, String(decoding: svg?.bytes ?? [], as: UTF8.self), cell["data"] ?? .null
      )
    }
  }

  private func errors(_ keys: String) -> String {
    let text = "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
    do {
      _ = try ExperimentFile.read(text: text, path: "x.yaml")
      return ""
    } catch {
      return "\(error)"
    }
  }

  private func objects(_ data: JSONValue) -> [[String: JSONValue]] {
    guard case .array(let items) = data else { return [] }
    return items.compactMap { if case .object(let object) = $0 { object } else { nil } }
  }

  private func numbers(_ value: JSONValue?) -> [Double] {
    guard case .array(let items)? = value else { return [] }
    return items.map(number)
  }

  private func number(_ value: JSONValue?) -> Double {
    switch value {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: .nan
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
      let report = try ExperimentReport(store: store, experiment: "demo", usesCache: false)
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

  // MARK: Intervals over seeds

  private static let precisions = ["fp32", "bf16", "fp16"]

  /// What of the losses a schedule has for each seed, averaged over `precisions`.
  private func seedMeans(cosine: Bool, _ seeds: Int) -> [Double] {
    (0..<seeds).map { seed in
      let losses = Self.precisions.map {
        CellStore.loss(cosine: cosine, bf16: $0 == "bf16", seed: seed)
      }
      return losses.reduce(0, +) / 3
    }
  }

  /// Three runs of one seed are no three seeds.
  @Test(arguments: [
    ("{y: eval/frechet_pca64, x: diffusion.schedule.kind}", "Means"),
    ("{x: training.batch, y: diffusion.schedule.kind, color: eval/frechet_pca64}", "Means"),
    (
      "{x: training.batch, y: eval/frechet_pca64, color: diffusion.schedule.kind, band: interval}",
      "Points are means"
    ),
    ("{y: train/loss, color: diffusion.schedule.kind, band: interval}", "Lines are means"),
  ])
  func oneSeedHasNoInterval(keys: String, subject: String) throws {
    let (markdown, svg, data) = try plot(keys, seeds: 1, precisions: Self.precisions)
    #expect(
      markdown.contains("*\(subject) over training.precision of one seed: no interval.*"),
      "\(markdown)")
    #expect(!svg.contains("±"))
    let drawn = objects(data)
    #expect(drawn.count == 2)
    for one in drawn {
      #expect(one["low"] == nil && one["high"] == nil)
      #expect((one["halfWidth"] ?? JSONValue.null) == JSONValue.null)
      #expect((one["count"] ?? JSONValue.integer(1)) == JSONValue.integer(1))
    }
  }

  @Test(arguments: [
    "{y: eval/frechet_pca64, x: diffusion.schedule.kind}",
    "{x: training.batch, y: diffusion.schedule.kind, color: eval/frechet_pca64}",
  ])
  func intervalsAreOverSeeds(keys: String) throws {
    for seeds in [2, 3] {
      let (markdown, _, data) = try plot(keys, seeds: seeds, precisions: Self.precisions)
      let drawn = objects(data)
      try #require(drawn.count == 2)
      for (one, cosine) in zip(drawn, [false, true]) {
        let expected = Statistics.interval(of: seedMeans(cosine: cosine, seeds))
        #expect(abs(number(one["mean"]) - expected.mean) < 1e-12)
        let half = try #require(expected.halfWidth)
        #expect(abs(number(one["halfWidth"]) - half) < 1e-9)
        #expect(number(one["count"]) == Double(seeds))
      }
      #expect(
        markdown.contains(
          "Means of \(seeds) seeds, each averaged over training.precision, with their 95 % intervals."
        ))
    }
  }

  /// At step 10 the seeds have 3 and 2, whatever the precision.
  @Test func bandsAreOverSeeds() throws {
    let (markdown, _, data) = try plot(
      "{y: train/loss, color: diffusion.schedule.kind, band: interval}", seeds: 2,
      precisions: Self.precisions)
    let half = try #require(Statistics.interval(of: [3, 2]).halfWidth)
    for line in objects(data) {
      let (low, high) = (numbers(line["low"]), numbers(line["high"]))
      try #require(low.count == 3 && high.count == 3)
      #expect(abs(numbers(line["y"])[0] - 2.5) < 1e-12)
      #expect(abs(low[0] - (2.5 - half)) < 1e-9 && abs(high[0] - (2.5 + half)) < 1e-9)
      #expect(low[1] == 1 && high[1] == 1 && low[2] == 2 && high[2] == 2)
    }
    #expect(objects(data).count == 2)
    #expect(
      markdown.contains(
        "Lines are means of 2 seeds, each averaged over training.precision; bands are 95 % intervals of the mean."
      ))
    let (points, _, dependence) = try plot(
      "{x: training.batch, y: eval/frechet_pca64, color: diffusion.schedule.kind, band: interval}",
      seeds: 2, precisions: Self.precisions)
    for (line, cosine) in zip(objects(dependence), [false, true]) {
      let expected = Statistics.interval(of: seedMeans(cosine: cosine, 2))
      #expect(abs(numbers(line["high"])[0] - (expected.high ?? .nan)) < 1e-9)
    }
    #expect(points.contains("Points are means of 2 seeds, each averaged over training.precision; "))
  }

  /// Run 3 is seed 1 of linear, bf16: with it, seed 1 of linear, fp32 is left out.
  @Test func aSeedThatASettingLacksIsLeftOut() throws {
    let (markdown, _, data) = try plot(
      "{y: eval/frechet_pca64, x: diffusion.schedule.kind}", states: [3: .failed], seeds: 2)
    #expect(objects(data).map { number($0["count"]) } == [1, 2])
    #expect(number(objects(data)[0]["mean"]) == 10.25)
    #expect(
      markdown.contains(
        "Means of 1 to 2 seeds, each averaged over training.precision, with their 95 % intervals. 1 run whose seed some setting lacks is left out."
      ))
    let (curves, _, lines) = try plot(
      "{y: train/loss, color: diffusion.schedule.kind, band: interval}", states: [3: .failed],
      seeds: 2)
    try #require(objects(lines).count == 2)
    #expect(numbers(objects(lines)[0]["y"]) == [3, 1, 2] && objects(lines)[0]["low"] == nil)
    #expect(numbers(objects(lines)[1]["y"]) == [2.5, 1, 2] && objects(lines)[1]["low"] != nil)
    #expect(curves.contains("1 run whose seed some setting lacks is left out."))
    #expect(!curves.contains("no train/loss"))
  }

  @Test func whereNoSeedHasAllEachCountsWithWhatItHas() throws {
    let (markdown, _, data) = try plot(
      "{y: eval/frechet_pca64, x: diffusion.schedule.kind}", states: [0: .failed, 3: .failed],
      seeds: 2)
    // Linear: seed 1 of fp32 (13) and seed 0 of bf16 (10.5).
    let means = objects(data).map { number($0["mean"]) }
    #expect(means[0] == 11.75 && abs(means[1] - 12.8) < 1e-12)
    #expect(objects(data).map { number($0["count"]) } == [2, 2])
    #expect(
      markdown.contains("Where no seed has every setting, each is averaged over those it has."))
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
    #expect(noSuch.markdown.contains("No run fits the condition."))
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
    ("{kind: scatter, y: train/loss}", "a scatter plot has a point a run|leave out kind: scatter"),
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
    ("{y: train/loss, log: color}", "there are no numbers as 'color'|"),
  ])
  func errors(keys: String, expected: String) {
    let text = errors(keys)
    for part in expected.split(separator: "|") { #expect(text.contains(part), "\(text)") }
    #expect(expected == "|" ? text.isEmpty : !text.isEmpty)
  }
}
