import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Diffusion

/// Guidance by another network, and by a classifier, from the file to the samples.
@Suite struct GuidedRunTests {
  private func text(_ name: String, _ sampling: String, _ rest: String = "") -> String {
    """
    name: \(name)
    data: {source: points, shape: rings}
    model: {architecture: mlp, width: 16, layers: 2}
    conditioning: {kind: none}
    training: {steps: 20, batch: 16}
    sampling: {sampler: ddim, steps: 4, count: 12, \(sampling)}
    evaluation: {images: 12, metrics: [loss]}
    \(rest)

    """
  }

  private func drawn(_ place: Workplace, _ arguments: String...) throws -> [Float] {
    let path = "\(place.path)/\(UUID().uuidString).safetensors"
    let ending = try place.start(["sample"] + arguments + ["--output", path]).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try Safetensors(contentsOf: path).floats("sample")
  }

  /// What the run itself has drawn.
  private func samples(_ place: Workplace, _ experiment: String) throws -> [Float] {
    let store = try place.store()
    let run = try #require(try store.runs(experiment: experiment).first)
    #expect(run.state == .finished, "\(run.error ?? "")")
    let artifact = try #require(
      try store.artifacts(run: run.id).first { $0.name == "samples.npy" })
    return try PointTable(npy: store.content(sha256: artifact.sha256), name: "samples").values
  }

  @Test func byAnotherNetwork() throws {
    let place = try Workplace(text("small", "guidance: 1").replacing("width: 16", with: "width: 8"))
    try place.run()
    try place.write(text("plain", "guidance: 1"))
    try place.run()
    try place.write(
      text(
        "led", "guidance: 3, guide: small",
        "report:\n  - scatter: {over: sampling, paths: 2}\n  - field: {}"))
    let ending = try place.run()
    #expect(!ending.errors.contains("warning"), "\(ending.errors)")
    let (plain, led) = (try samples(place, "plain"), try samples(place, "led"))
    #expect(led != plain)
    #expect(try drawn(place, "led") == led)
    #expect(try drawn(place, "led", "sampling.guide=none") == plain)
    // Tried out on a run that was not guided so.
    #expect(try drawn(place, "plain", "--guidance", "3", "sampling.guide=small") == led)
    let folder = place.path + "/networks"
    try place.workbench("artifacts", "small", "-o", folder)
    #expect(
      try drawn(
        place, "plain", "--guidance", "3", "sampling.guide=\(folder)/network.safetensors") == led)
    let wrong = try place.start(
      ["sample", "plain", "sampling.guide=nobody", "--output", place.path + "/x.safetensors"]
    ).wait()
    #expect(
      wrong.errors.contains("sampling.guide: 'nobody' is neither a file nor a run of this store"),
      "\(wrong.errors)")
    let shown = try place.workbench("show", "led")
    #expect(shown.contains("the network of run") && shown.contains("(small/small)"))
  }

  @Test func byAClassifier() throws {
    let place = try Workplace(
      text(
        "led", "classifier_guidance: 4",
        "report:\n  - scatter: {over: sampling, paths: 2}\n  - plot: {y: train/loss}"))
    let cache = ["WORKBENCH_CACHE": place.path + "/cache"]
    let ending = try place.start(
      ["run", place.file, "-o", place.reports], environment: cache
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let own = try samples(place, "led")
    let kept = try FileManager.default.contentsOfDirectory(atPath: place.path + "/cache")
    #expect(kept.count { $0.hasSuffix(".classifier") } == 1)
    func draw(_ arguments: String...) throws -> [Float] {
      let path = "\(place.path)/\(UUID().uuidString).safetensors"
      let ending = try place.start(
        ["sample", "led", "--output", path] + arguments, environment: cache
      ).wait()
      #expect(ending.code == 0, "\(ending.errors)")
      return try Safetensors(contentsOf: path).floats("sample")
    }
    #expect(try draw() == own)
    // Sample i is of class i mod 3.
    let middle = try draw("--class", "middle")
    #expect(middle[2..<4] == own[2..<4] && middle[0..<2] != own[0..<2])
    #expect(try draw("sampling.classifier_guidance=0") != own)
    // The same classifier throughout.
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path + "/cache") == kept)
    let folder = place.path + "/networks"
    try place.workbench("artifacts", "led", "-o", folder)
    let wrong = try place.start(
      [
        "sample", folder + "/network.safetensors", "sampling.classifier_guidance=2", "--output",
        place.path + "/x.safetensors",
      ]
    ).wait()
    #expect(wrong.code == 64 && wrong.errors.contains("this is no run of the store"))
  }
}
