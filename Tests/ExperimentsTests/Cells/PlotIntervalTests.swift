import Statistics
import TestSupport
import Testing

@testable import Values

/// Means and 95 % intervals over seeds, of every kind of plot.
@Suite struct PlotIntervalTests: DrawnPlot {
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
}
