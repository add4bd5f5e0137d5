import Diffusion
import Foundation
import Store
import TestSupport
import Testing
import Values

/// Experiments over points from end to end.
@Suite struct PointRunTests {
  private static let points = """
    data: {source: points, shape: moons}
    model: {architecture: mlp, width: 16, layers: 2}
    training: {steps: 200, batch: 64, optimizer: {lr: 1.0e-2}}
    sampling: {count: 20, every: 100}
    evaluation: {images: 50, metrics: [loss, wasserstein2, energy-distance, within-class-variance]}
    report:
      - scatter: {over: training}
      - scatter: {over: sampling, paths: 3}
      - field: {levels: 0.5}

    """

  @Test func samplesAreKeptAndDrawn() throws {
    let place = try Workplace(Self.points)
    try place.run()
    let store = try place.store()
    let run = try #require(try place.runs().first)
    #expect(run.state == .finished)
    let artifacts = try store.artifacts(run: run.id)
    let measures = Set(run.metrics.keys.filter { $0.hasPrefix("eval/") })
    #expect(
      Set(artifacts.map(\.name)) == ["network.safetensors", "samples.npy", "samples-00000100.npy"])
    for artifact in artifacts where artifact.name.hasPrefix("samples") {
      let table = try PointTable(
        npy: try store.content(sha256: artifact.sha256), name: artifact.name)
      #expect((table.count, table.dimensions) == (20, 2))
      #expect(table.values.allSatisfy { $0.isFinite })
    }
    // Two dimensions are measured along lines, and named so.
    #expect(
      measures == [
        "eval/loss", "eval/within_class_variance", "eval/sliced_wasserstein",
        "eval/sliced_wasserstein_floor", "eval/energy_distance", "eval/energy_distance_floor",
      ])
    for picture in ["scatter-1", "scatter-2", "field-1"] {
      let svg = String(decoding: try place.contents("reports/tiny/\(picture).svg"), as: UTF8.self)
      #expect(svg.hasPrefix("<svg") && svg.utf8.count > 3000, "\(picture)")
    }
    // Untrained, the loss of the noise is about 1.
    #expect((run.metrics["eval/loss"]?.last ?? 9) < 0.8)
  }

  /// A file without cells of its own.
  @Test func theAutomaticReportDrawsThem() throws {
    let cells = try #require(Self.points.range(of: "report:"))
    let place = try Workplace(String(Self.points[..<cells.lowerBound]))
    try place.run()
    let page = String(decoding: try place.contents("reports/tiny.md"), as: UTF8.self)
    #expect(page.contains("(tiny/samples.svg)") && page.contains("(tiny/growth.svg)"))
  }

  @Test func theSameBitsWithOneWorkerAndTwo() throws {
    let places = try ["1", "2"].map { workers in
      let place = try Workplace(Self.points)
      try place.run("--workers", workers)
      return place
    }
    let hashes = try places.map { place in
      let run = try #require(try place.runs().first)
      return try place.store().artifacts(run: run.id).map(\.sha256)
    }
    #expect(hashes[0] == hashes[1] && hashes[0].count == 3)
  }

  /// Nothing to train: the same cells draw what the exact denoiser of the mixture does.
  @Test func theExactDenoiserIsDrawnToo() throws {
    let place = try Workplace(
      """
      data: {source: mixture, limit: all}
      model: {architecture: exact}
      conditioning: {kind: none}
      sampling: {count: 40, steps: 50}
      evaluation: {images: 400, metrics: [sample-mean, sample-variance, wasserstein2]}
      report:
        - scatter: {over: sampling}
        - field: {of: velocity, levels: [0.2, 0.05]}

      """)
    try place.run()
    let run = try #require(try place.runs().first)
    #expect(run.state == .finished)
    // r²/2 + σ² less what fifty steps of ddim lose.
    #expect(abs((run.metrics["eval/sample_variance"]?.last ?? 0) - 0.28375) < 0.03)
    #expect(abs(run.metrics["eval/sample_mean"]?.last ?? 9) < 0.1)
    for picture in ["scatter-1", "field-1"] {
      let svg = String(decoding: try place.contents("reports/tiny/\(picture).svg"), as: UTF8.self)
      #expect(svg.utf8.count > 3000, "\(picture)")
    }
  }
}
