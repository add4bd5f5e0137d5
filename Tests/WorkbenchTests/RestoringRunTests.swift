import Foundation
import Images
import Store
import TestSupport
import Testing
import Values

/// Restoring images from the file to the report.
@Suite struct RestoringRunTests {
  @Test func conditionSampleAndTruthAreShown() throws {
    let place = try Workplace(
      """
      data: {source: shapes, size: 16, limit: 64}
      conditioning: {kind: image, task: inpainting}
      training: {steps: 10, batch: 8}
      evaluation: {images: 8, metrics: [loss, psnr]}
      report:
        - grid: {columns: image, images: [0, 1, 2], condition: true}

      """)
    try place.run()
    let run = try #require(try place.runs().first)
    #expect(run.state == .finished)
    #expect((run.metrics["eval/psnr"]?.last ?? 0) > 0)
    let store = try place.store()
    let artifacts = try store.artifacts(run: run.id)
    let sheets = ["samples.png", "condition.png", "truth.png"].compactMap { name in
      artifacts.first { $0.name == name }
    }
    #expect(sheets.count == 3 && Set(sheets.map(\.width)).count == 1)
    #expect(Set(sheets.map(\.sha256)).count == 3)
    let page = String(decoding: try place.contents("reports/tiny.md"), as: UTF8.self)
    #expect(page.contains("what it was restored from, the sample, the image itself"))
    // The verb tells the network the same held-out images.
    let output = place.path + "/drawn.safetensors"
    let drawn = try place.start(["sample", "last", "--count", "2", "--output", output]).wait()
    #expect(drawn.code == 0, "\(drawn.errors)")
    let edit = try place.start(
      ["interpolate", "last", "--output", place.path + "/row.safetensors"]
    ).wait()
    #expect(edit.code != 0 && edit.errors.contains("restores images that it is told"))
  }
}
