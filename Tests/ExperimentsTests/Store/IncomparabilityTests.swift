import TestSupport
import Testing

@testable import Values

/// Which metrics mean the same across which settings.
@Suite struct IncomparabilityTests {
  @Test(arguments: [
    ("eval/loss", "diffusion.schedule.kind"), ("eval/loss", "diffusion.steps"),
    ("eval/loss", "diffusion.prediction"), ("eval/loss", "data.size"),
    ("eval/loss", "evaluation.images"), ("train/loss", "diffusion.schedule.beta_end"),
    ("train/loss", "data.source"), ("train/loss", "data.flip"),
    ("train/loss", "data.brightness"),
    ("eval/frechet_pca64", "data.size"), ("eval/frechet_pca64", "data.limit"),
    ("eval/frechet_pca64", "evaluation.images"), ("eval/class_agreement", "data.path"),
    ("eval/class_agreement", "evaluation.images"), ("eval/sample_variance", "data.variance"),
  ])
  func notComparable(metric: String, path: String) throws {
    let reason = try #require(Incomparability(metric, across: ["training.batch", path]))
    #expect(reason.metric == metric && reason.settings == [path])
    #expect(reason.sentence.hasPrefix("\(metric) is not comparable across \(path): "))
  }

  @Test(arguments: [
    ("eval/loss", "diffusion.variance"), ("eval/loss", "training.batch"),
    ("eval/loss", "model.base_channels"), ("eval/loss", "data.flip"),
    ("eval/loss", "data.shift"), ("eval/frechet_pca64", "data.brightness"),
    ("eval/loss", "sampling.steps"), ("train/loss", "evaluation.images"),
    ("train/loss", "training.precision"), ("eval/frechet_pca64", "diffusion.schedule.kind"),
    ("eval/frechet_pca64", "diffusion.steps"), ("eval/frechet_pca64", "sampling.sampler"),
    ("eval/frechet_pca64", "data.flip"), ("eval/class_agreement", "conditioning.inject"),
    ("speed/images_per_second", "data.size"), ("seconds", "evaluation.images"),
  ])
  func comparable(metric: String, path: String) {
    #expect(Incomparability(metric, across: [path]) == nil)
  }

  @Test func itIsSaidInASentence() throws {
    #expect(
      Incomparability("eval/frechet_pca64", across: ["data.size", "data.limit", "seed"])?.sentence
        == "eval/frechet_pca64 is not comparable across data.limit and data.size: each is measured against images of its own"
    )
    #expect(
      Incomparability("eval/frechet_pca64", across: ["evaluation.images"])?.sentence
        == "eval/frechet_pca64 is not comparable across evaluation.images: the fewer images are measured, the larger it is"
    )
  }

  /// Groups of runs, each run as its settings.
  private func apart(_ groups: [[[String: Int]]], matched: Bool = false) -> [String] {
    let paths = Set(groups.joined().flatMap(\.keys)).sorted()
    return Incomparability.paths(apart: groups, among: paths, matched: matched) { path, run in
      run[path].map { .integer($0) }
    }
  }

  @Test func whatIsAveragedOverAlikeDoesNotCount() {
    let alike = [["a": 1, "x": 1], ["a": 1, "x": 2]]
    #expect(apart([alike, [["a": 2, "x": 2], ["a": 2, "x": 1]]]) == ["a"])
    // One lacks a value of x: as wholes they differ, matched value by value they do not.
    let part = [["a": 2, "x": 2]]
    #expect(apart([alike, part]) == ["a", "x"])
    #expect(apart([alike, part], matched: true) == ["a"])
    #expect(apart([[["x": 1]], [["x": 2]]], matched: true) == ["x"])
    #expect(apart([[["x": 1]], [[:]]]) == ["x"])
    #expect(apart([alike, []]).isEmpty && apart([]).isEmpty)
  }

  /// A linear schedule's ends go with its kind, and are not named beside it.
  @Test func whatGoesWithAKindIsNotNamed() {
    #expect(
      apart([
        [["diffusion.schedule.kind": 1, "diffusion.schedule.beta_end": 2]],
        [["diffusion.schedule.kind": 2, "diffusion.schedule.offset": 3]],
      ]) == ["diffusion.schedule.kind"])
    #expect(
      apart([[["data.source": 1, "data.path": 2]], [["data.source": 2]]]) == ["data.source"])
    #expect(
      apart([[["diffusion.schedule.beta_end": 2]], [["diffusion.schedule.beta_end": 3]]])
        == ["diffusion.schedule.beta_end"])
  }
}
