import Diffusion
import Foundation
import Testing

@testable import ExperimentFiles
@testable import Planning

/// The ids that the project's own experiments have always had.
@Suite struct KnownIdentityTests {
  /// From the program before what settings name was looked at: `workbench plan experiments/FILE data.source=shapes --json
  /// --no-timing | jq -r '.runs[].id'`, the number of lines and the beginning of the SHA-256 of the lines with '\n'
  /// between them.
  @Test(
    arguments: [
      ("conditioning.md", "data.source=shapes", 6, "4385c5f9c54b6eda"),
      ("learning-rate.md", "data.source=shapes", 6, "f162e617c5752840"),
      ("precision.md", "data.source=shapes", 9, "797324e513201b7e"),
      ("quickstart.md", "data.source=shapes", 4, "a7fd7c264fe0dddf"),
      ("schedules.md", "data.source=shapes", 12, "c5448b320ee84677"),
      ("strided-gaussian.md", nil, 18, "00164d8a4a363308"),
      ("strided-sampler.md", "data.source=shapes", 6, "93f5ad63fe1e7a27"),
      ("bench/flatness.yaml", nil, 112, "c3a4bc5256948207"),
      ("bench/residual-unet.yaml", nil, 1, "c46dd7587b0926c5"),
      ("bench/small-unet.yaml", nil, 1, "44a651f6dadbb6d2"),
    ] as [(String, String?, Int, String)])
  func idsOfExperiments(name: String, override: String?, count: Int, hash: String) throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent().path
    // What the project no longer asks, as it was asked, is beside this test.
    let folder = name == "quickstart.md" ? here + "/Experiments" : here + "/../../../experiments"
    let file = try ExperimentFile.load(
      path: "\(folder)/\(name)", overrides: override.map { [$0] } ?? [])
    let plan = try Plan(file, inputs: InputReader())
    #expect(plan.runs.count == count)
    let ids = plan.runs.map(\.id).joined(separator: "\n")
    #expect(SHA256.hexadecimal(of: ids).prefix(16) == hash)
  }
}
