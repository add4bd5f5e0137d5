import StoreTestSupport
import TestSupport
import Testing

@testable import Plots
@testable import Reports
@testable import Values

/// Runs that a sweep has ended early: they have results too, of fewer steps.
@Suite struct PrunedRunTests: DrawnPlot {
  /// All of cosine · bf16, and one seed of linear · fp32.
  private let states: [Int: RunState] = [1: .pruned, 9: .pruned, 10: .pruned, 11: .pruned]

  private func faint(_ svg: String, _ name: String) throws -> Int {
    try #require(xmlElements(svg)).count { $0.name == name && $0.classes.contains("faint") }
  }

  @Test func pointsAreFainter() throws {
    let (markdown, svg, data) = try plot(
      "{kind: scatter, y: train/loss, x: seed, color: training.precision}", states: states)
    #expect(objects(data).count == 12)
    #expect(try faint(svg, "circle") + faint(svg, "path") == 4)
    #expect(markdown.contains("What was pruned is drawn fainter, with what was measured by then."))
  }

  /// What was pruned is no part of a mean, unless there is nothing else.
  @Test func barsAndCells() throws {
    let (_, svg, data) = try plot(
      "{y: train/loss, x: diffusion.schedule.kind, color: training.precision}",
      states: states)
    #expect(objects(data).map { number($0["mean"]) } == [2, 2, 2, 2])
    #expect(objects(data).map { number($0["count"]) } == [2, 3, 3, 3])
    #expect(try faint(svg, "rect") == 1)

    let (_, map, _) = try plot(
      """
      {kind: heatmap, x: training.precision, y: diffusion.schedule.kind, color: train/loss}
      """, states: states)
    #expect(try faint(map, "rect") == 1)
  }

  /// A line is of what has finished; beside it stand the points of what has not.
  @Test func linesOverASetting() throws {
    let (_, svg, data) = try plot(
      "{kind: line, y: train/loss, x: seed, color: training.precision, where: diffusion.schedule.kind == 'cosine'}",
      states: states)
    #expect(objects(data).map { numbers($0["y"]).count } == [3, 0])
    #expect(try faint(svg, "circle") + faint(svg, "path") == 3)
  }

  /// Curves go on to where they end, each by itself.
  @Test func curves() throws {
    let (markdown, svg, data) = try plot(
      "{y: train/loss, color: diffusion.schedule.kind, facet: training.precision, band: interval}",
      states: states)
    #expect(objects(data).allSatisfy { numbers($0["x"]) == [10, 20, 30] })
    // Four runs by themselves, three means.
    #expect(objects(data).count == 7)
    #expect(try faint(svg, "path") == 4)
    #expect(markdown.contains("What was pruned is drawn fainter"))
  }

  /// A condition on states means what it says.
  @Test func whereStatesAreNamed() throws {
    let (markdown, svg, data) = try plot(
      "{kind: scatter, y: train/loss, x: seed, where: state == 'pruned'}", states: states)
    #expect(objects(data).count == 4)
    #expect(try faint(svg, "circle") == 0, "there is nothing to be fainter than")
    #expect(!markdown.contains("No run has finished"))
    let (_, _, open) = try plot(
      "{kind: scatter, y: train/loss, x: seed, where: state != 'pruned'}",
      states: [0: .running, 1: .pruned])
    #expect(objects(open).count == 11)
  }
}
