import ArgumentParser
import Diffusion
import ExperimentFiles
import Foundation
import Images
import Planning
import Store
import TestSupport
import Testing

@testable import Workbench

@Suite struct ExperimentFileVerbTests {
  private static let good = "data: {source: shapes}\ntraining: {steps: 5}\n"

  private func folder(_ files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(Array(text.utf8), name) }
    return folder
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: check

  @Test func checkSaysEveryErrorAndTheWorstCode() throws {
    let folder = try folder([
      "a.yaml": Self.good, "b.yaml": "nmae: x\n" + Self.good, "c.yaml": "name: [\n",
    ])
    let paths = ["a", "b", "c", "none"].map { "\(folder.path)/\($0).yaml" }
    let all = try CheckCommand.parse(paths).report()
    #expect(all.code == .badInput)
    #expect(all.output == "\(paths[0]): OK, 1 run\n")
    #expect(
      all.errors == """
        \(paths[1]):1:1: error: unknown key 'nmae'
          nmae: x
          ^
          hint: did you mean 'name'?
        \(paths[2]):1:8: error: this is not YAML: did not find expected node content while \
        parsing a flow node (begun on line 2)
          name: [
                 ^
        error: no such file: \(paths[3])
        """)
    #expect(try CheckCommand.parse([paths[0]]).report().code == nil)
    #expect(try CheckCommand.parse([paths[0]]).report().errors.isEmpty)
    #expect(try CheckCommand.parse([paths[0], paths[3]]).report().code == .notFound)
    #expect(try CheckCommand.parse([paths[3], paths[1]]).report().code == .badInput)
  }

  @Test func checkAsJSON() throws {
    let folder = try folder(["a.yaml": Self.good, "b.yaml": "nmae: x\n" + Self.good])
    let report = try CheckCommand.parse([
      "--json", "\(folder.path)/a.yaml", "\(folder.path)/b.yaml",
    ]).report()
    let files = try #require(try object(report.output)["files"] as? [[String: Any]])
    #expect(files.map { $0["ok"] as? Bool } == [true, false])
    #expect(files.map { $0["runs"] as? Int } == [1, 0])
    let error = try #require((files[1]["errors"] as? [[String: Any]])?.first)
    #expect(error["line"] as? Int == 1)
    #expect(error["column"] as? Int == 1)
    #expect(error["message"] as? String == "unknown key 'nmae'")
    #expect(error["hint"] as? String == "did you mean 'name'?")
  }

  // MARK: plan

  @Test func planWithoutAStore() throws {
    let folder = try folder([
      "x.yaml": Self.good + "sweep: {parameters: {training.batch: [2, 4]}}\n"
    ])
    let arguments = ["\(folder.path)/x.yaml", "training.steps=7", "--store", "\(folder.path)/runs"]
    let text = try PlanCommand.parse(arguments).output()
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 6)
    #expect(lines[0] == "x: 2 runs: 2 new")
    #expect(lines[1].hasPrefix("data: 12,000 synthetic images 32×32×3 from shapes, 8 classes; "))
    #expect(lines[2].contains(/^   #  run       label    state   +time   +disk$/))
    #expect(lines[3].contains(/^\+  0  [0-9a-f]{8}  batch=2  new   +[\d.]+ s +[\d.]+ KiB$/))
    #expect(lines[5].contains(/^to do: about [\d.]+ s, [\d.]+ [KM]iB$/))
    let untimed = try PlanCommand.parse(arguments + ["--no-timing"]).output().split(separator: "\n")
    #expect(untimed.count == 5)
    #expect(untimed[2] == "   #  run       label    state  time  disk")
    #expect(untimed[3].contains(/^\+  0  [0-9a-f]{8}  batch=2  new       –     –$/))

    let document = try object(try PlanCommand.parse(arguments + ["--json"]).output())
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(document["experiment"] as? String == "x")
    #expect(runs.map { $0["label"] as? String } == ["batch=2", "batch=4"])
    let settings = try #require(runs[1]["settings"] as? [String: [String: Any]])
    #expect(settings["training"]?["steps"] as? Int == 7)
    // Planning makes no store.
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/runs"))
  }

  @Test func planOfDataThatAreNotThere() throws {
    let folder = try folder([
      "x.yaml": "data: {source: npy, path: /nowhere/x.npy}\ntraining: {steps: 5}\n"
    ])
    do {
      _ = try PlanCommand.parse(["\(folder.path)/x.yaml"]).output()
      Issue.record("was planned")
    } catch {
      #expect(Failure(error)?.code == .notFound)
    }
  }

  // MARK: new

  private func ids(_ file: ExperimentFile) throws -> [String] {
    try Plan(file) { _ in "" }.runs.map(\.id)
  }

  @Test(arguments: Template.all.map(\.name))
  func newWritesASoundFile(template: String) async throws {
    let folder = try folder([:])
    let path = "\(folder.path)/mine"
    var command = try NewCommand.parse([path, "--from", template])
    try await command.run()
    #expect(try ExperimentFile.load(path: path + ".yaml").name == "mine")
    command = try NewCommand.parse([path + ".md", "--from", template])
    try await command.run()
    let notebook = try ExperimentFile.load(path: path + ".md")
    #expect(notebook.name == "mine")
    #expect(try ids(notebook) == ids(.load(path: path + ".yaml")))
    await #expect(throws: Failure.self) { try await command.run() }
    do {
      command = try NewCommand.parse([path + ".yaml"])
      try await command.run()
      Issue.record("was written again")
    } catch {
      #expect(Failure(error)?.code == .cannotCreate)
    }
  }

  @Test func newRefusesNamesAndTemplates() async throws {
    #expect(throws: (any Error).self) { try NewCommand.parse(["two words"]) }
    #expect(throws: (any Error).self) { try NewCommand.parse(["x", "--from", "nothing"]) }
    let folder = try folder([:])
    do {
      let command = try NewCommand.parse(["\(folder.path)/no/such/folder/x"])
      try await command.run()
      Issue.record("was written")
    } catch {
      #expect(Failure(error)?.code == .cannotCreate)
    }
  }

  // MARK: Exit codes

  @Test func everyErrorHasItsCode() {
    #expect(Failure(DiffusionError(.badInput, "x"))?.code.rawValue == 65)
    #expect(Failure(DiffusionError(.notFound, "x"))?.code.rawValue == 66)
    #expect(Failure(DiffusionError(.cannotCreate, "x"))?.code.rawValue == 73)
    #expect(Failure(DiffusionError(.inputOutput, "x"))?.code.rawValue == 74)
    #expect(Failure(ImageError(.badInput, "x"))?.code.rawValue == 65)
    #expect(Failure(ImageError(.cannotCreate, "x"))?.code.rawValue == 73)
    #expect(Failure(StoreError(.busy, "x"))?.code.rawValue == 75)
    #expect(Failure(StoreError(.notFound, "x"))?.code.rawValue == 66)
    #expect(Failure(ExperimentFileError(.inputOutput, "x"))?.code.rawValue == 74)
    #expect(Failure(StoreError(.busy, "wait"))?.message == "error: wait")
    // ArgumentParser prints its own, with 64 for wrong usage.
    #expect(Failure(ValidationError("x")) == nil)
    #expect(Workbench.exitCode(for: ValidationError("x")).rawValue == 64)
  }
}
