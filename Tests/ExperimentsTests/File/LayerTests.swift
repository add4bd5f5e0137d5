import Diffusion
import Statistics
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// Files over files, and overrides over both.
@Suite struct LayerTests {
  /// Reads `x.yaml` of a folder that is a dictionary.
  private func read(
    _ files: [String: String], _ overrides: [String] = [], path: String = "x.yaml"
  ) throws -> Plan {
    let file = try ExperimentFile.read(path: path, overrides: overrides) { asked in
      guard let text = files[asked] else {
        throw ExperimentFileError(.notFound, "no such file: \(asked)")
      }
      return text
    }
    return try Plan(file) { _ in "" }
  }

  private func parameters(
    _ files: [String: String], _ overrides: [String] = []
  ) throws -> [String: ParameterValue] {
    try #require(try read(files, overrides).runs.first).parameters
  }

  private func problem(_ files: [String: String], _ overrides: [String] = []) -> String {
    do {
      _ = try read(files, overrides)
      return "none"
    } catch let error as ExperimentFileError {
      return error.description
    } catch {
      return "another"
    }
  }

  static let shapes = "data: {source: shapes, size: 16}\ntraining: {steps: 5, batch: 8}\n"

  // MARK: extends

  @Test func laterFilesLieOverEarlierOnes() throws {
    let files = [
      "x.yaml": "extends: [a.yaml, b.yaml]\ntraining: {seed: 3}\n",
      "a.yaml": Self.shapes + "sampling: {steps: 10, count: 4}\n",
      "b.yaml": "training: {batch: 32}\nsampling: {steps: 20}\n",
    ]
    let values = try parameters(files)
    #expect(values["training.steps"] == .integer(5))
    #expect(values["training.batch"] == .integer(32))
    #expect(values["training.seed"] == .integer(3))
    #expect(values["sampling.steps"] == .integer(20))
    #expect(values["sampling.count"] == .integer(4))
  }

  @Test func pathsAreRelativeToTheFileTheyStandIn() throws {
    let files = [
      "e/x.yaml": "extends: base/a.yaml\n",
      "e/base/a.yaml": "extends: ../b.yaml\n",
      "e/base/../b.yaml": Self.shapes,
    ]
    #expect(try read(files, path: "e/x.yaml").runs.count == 1)
  }

  @Test func nameIsNotInheritedQuestionAndObjectiveAre() throws {
    let files = [
      "x.yaml": "extends: a.yaml\n",
      "a.yaml": "name: base\nquestion: Why?\nobjective: {metric: eval/loss}\n" + Self.shapes,
    ]
    let file = try ExperimentFile.read(path: "x.yaml", overrides: []) { files[$0] ?? "" }
    #expect(file.name == "x")
    #expect(file.question == "Why?")
    #expect(file.objective == Objective(metric: "eval/loss", goal: .minimize))
    #expect(file.sources.map(\.name) == ["x.yaml", "a.yaml"])
    #expect(file.fullText.hasPrefix("# --- x.yaml\nextends: a.yaml\n# --- a.yaml\nname: base\n"))
  }

  @Test func aCircleAMissingFileAndAnErrorBelow() {
    #expect(
      problem(["x.yaml": "extends: a.yaml\n", "a.yaml": "extends: ./x.yaml\n"]).hasPrefix(
        "a.yaml:1:10: error: 'extends' is circular: './x.yaml' extends this file"))
    #expect(
      problem(["x.yaml": "extends: [a.yaml]\n"]).hasPrefix(
        "x.yaml:1:11: error: no such file: a.yaml"))
    #expect(
      problem(["x.yaml": "extends: a.yaml\n", "a.yaml": Self.shapes + "nmae: x\n"]).hasPrefix(
        "a.yaml:3:1: error: unknown key 'nmae'"))
    #expect(problem(["x.yaml": "extends: {a: b}\n" + Self.shapes]).contains("expects a file"))
  }

  /// Doubling at each level would read 2^40 files.
  @Test func extendsIsBounded() {
    var files = ["x.yaml": "extends: [a0, a0]\n"]
    for i in 0..<40 { files["a\(i)"] = "extends: [a\(i + 1), a\(i + 1)]\n" }
    files["a40"] = Self.shapes
    #expect(problem(files).contains("more than 64 files are included by 'extends'"))
  }

  // MARK: Kinds

  @Test func anotherKindDropsKeysOfTheOld() throws {
    let base = Self.shapes + "diffusion: {schedule: {kind: cosine, offset: 0.01}}\n"
    let child = "extends: a.yaml\ndiffusion: {schedule: {kind: linear}}\n"
    let values = try parameters(["x.yaml": child, "a.yaml": base])
    #expect(values["diffusion.schedule.offset"] == nil)
    #expect(values["diffusion.schedule.beta_start"] == .null)
    #expect(values["training.batch"] == .integer(8))

    let overridden = try parameters(["x.yaml": base], ["diffusion.schedule.kind=linear"])
    #expect(overridden["diffusion.schedule.offset"] == nil)
  }

  @Test func theSameKindKeepsThem() throws {
    let base = Self.shapes + "diffusion: {schedule: {kind: cosine, offset: 0.01}}\n"
    let child = "extends: a.yaml\ndiffusion: {schedule: {kind: cosine}}\n"
    let values = try parameters(["x.yaml": child, "a.yaml": base])
    #expect(values["diffusion.schedule.offset"] == .number(0.01))
  }

  @Test func aKindAboveDropsAWholeMapping() throws {
    let base = Self.shapes + "model: {levels: 3, time_embedding: {kind: sinusoidal, dim: 64}}\n"
    let child = """
      extends: a.yaml
      data: {source: gaussian}
      model: {architecture: exact-gaussian}
      training: {steps: 0}
      """
    let values = try parameters(["x.yaml": child, "a.yaml": base])
    #expect(values.keys.filter { $0.hasPrefix("model.") } == ["model.architecture"])
    // 16 pixels became 16 dimensions: `size` belongs to both sources.
    #expect(values["data.size"] == .integer(16))
  }

  @Test func aKeyMayRelyOnTheKindBelow() throws {
    let base = Self.shapes + "conditioning: {kind: class}\n"
    let child = "extends: a.yaml\nconditioning: {dropout: 0.2}\n"
    let values = try parameters(["x.yaml": child, "a.yaml": base])
    #expect(values["conditioning.dropout"] == .number(0.2))
  }

  // MARK: Overrides

  @Test func overridesAreReadLikeTheFile() throws {
    let values = try parameters(
      ["x.yaml": Self.shapes],
      [
        "training.steps=7", "training.optimizer={lr: 1e-2, eps: 1e-6}", "training.ema=none",
        "conditioning.kind=class", "data.flip=true", "question=a: b, [c",
      ])
    #expect(values["training.steps"] == .integer(7))
    #expect(values["training.batch"] == .integer(8))
    #expect(values["training.optimizer.lr"] == .number(0.01))
    #expect(values["training.optimizer.eps"] == .number(1e-6))
    #expect(values["conditioning.dropout"] == .number(0.1))
    #expect(values["data.flip"] == .boolean(true))
  }

  @Test func overridesOfTheSweep() throws {
    let files = ["x.yaml": Self.shapes + "sweep: {parameters: {training.batch: [1, 2, 3]}}\n"]
    #expect(try read(files).runs.map(\.label) == ["batch=1", "batch=2", "batch=3"])
    #expect(try read(files).makesOrphans)
    let smaller = try read(files, ["sweep.parameters.training.batch=[4]"])
    #expect(smaller.runs.map(\.label) == ["x"])
    #expect(smaller.runs.first?.settings.training.batch == 4)
    #expect(!smaller.makesOrphans)
    #expect(
      try read(files, ["sweep.parameters.training.precision=[fp32, bf16]"]).runs.count == 6)
    #expect(try read(files, ["sweep.where=training.batch > 1"]).runs.count == 2)
    #expect(try read(files, ["sweep.repeat.training.seed=2"]).runs.count == 6)
    #expect(try read(files, ["sweep=none", "training.batch=5"]).runs.count == 1)
  }

  @Test(arguments: [
    ("training.stepss=1", "command line: error: unknown key 'stepss' in 'training'"),
    (
      "training.steps=many",
      "command line: error: 'training.steps' expects a whole number, not 'many'"
    ),
    ("training.steps", "command line: error: 'training.steps' is not an override"),
    ("=3", "command line: error: '=3' is not an override"),
    ("training..steps=3", "command line: error: 'training..steps' is not the path of a key"),
    ("training.steps=", "command line: error: 'training.steps' has no value"),
    ("training.steps=[", "command line: error: this is not YAML: "),
    ("extends=a.yaml", "command line: error: 'extends' cannot be overridden"),
    (
      "training.batch=4",
      "command line: error: 'training.batch' is swept, so this would change nothing"
    ),
    (
      "sweep.parameters.training.bach=[1]",
      "command line: error: there is no parameter 'training.bach'"
    ),
  ])
  func wrongOverrides(override: String, message: String) {
    let files = ["x.yaml": Self.shapes + "sweep: {parameters: {training.batch: [1, 2]}}\n"]
    #expect(problem(files, [override]).hasPrefix(message))
  }

  @Test func anOverridesCaretPointsIntoTheArgument() {
    #expect(
      problem(["x.yaml": Self.shapes], ["training.optimizer={lr: 0}"]) == """
        command line: error: 'training.optimizer.lr' must be above 0, not 0
          training.optimizer={lr: 0}
                                  ^
        """)
    #expect(
      problem(["x.yaml": Self.shapes], ["training.steps=1", "training.steps=2"]).hasPrefix(
        "command line: error: 'training.steps' is given twice"))
  }
}
