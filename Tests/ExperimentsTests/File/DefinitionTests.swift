import Diffusion
import Foundation
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// The table of keys against everything that must agree with it.
@Suite struct DefinitionTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let experiments: [String] = {
    let folder = root.appending(path: "experiments").path
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".md") }.sorted().map {
      "\(folder)/\($0)"
    }
  }()

  @Test func thereAreExperiments() {
    #expect(Self.experiments.count >= 8)
  }

  @Test(arguments: experiments)
  func everyExperimentIsSound(path: String) throws {
    let file = try ExperimentFile.load(path: path)
    #expect(file.question != nil)
    // A reader meets the question first.
    let text = file.sources.first?.text ?? ""
    #expect(text.hasPrefix("question:") || text.hasPrefix("---\nquestion:"))
  }

  @Test(arguments: Template.all.map(\.name))
  func everyTemplateIsSound(name: String) throws {
    let template = try #require(Template.named(name))
    let file = try ExperimentFile.read(text: template.text(name: "mine"), path: "mine.yaml")
    #expect(file.name == "mine")
    #expect(file.question != nil)
  }

  @Test func pathsAreUniqueAndKindsComeBeforeWhatHangsOnThem() {
    var seen: Set<String> = []
    for definition in KeyDefinitions.all {
      #expect(seen.insert(definition.path).inserted, "\(definition.path) is given twice")
      for condition in definition.conditions {
        #expect(seen.contains(condition.path))
        let kind = KeyDefinitions.byPath[condition.path]
        #expect(kind?.isKind == true)
        if case .word(let words, _)? = kind?.type {
          #expect(Set(condition.values).isSubset(of: words))
        }
      }
    }
  }

  /// Defaults here and in the engine's types are the same: an empty file is an empty `init`.
  @Test func defaultsAreTheEngines() throws {
    let file = try ExperimentFile.read(text: "training: {steps: 9}\n", path: "x.yaml")
    let run = try #require(try Plan(file) { _ in "" }.runs.first)
    #expect(
      run.settings == RunSettings(data: DataSettings(), training: TrainingSettings(steps: 9)))
    let gaussian = try ExperimentFile.read(
      text: "data: {source: gaussian}\nmodel: {architecture: exact-gaussian}\n", path: "x.yaml")
    let exact = try #require(try Plan(gaussian) { _ in "" }.runs.first).settings
    #expect(exact.data.source == .gaussian(variance: 1, mean: 0))
    #expect(exact.training.steps == 0)
  }

  /// Every default passes its own check of type and range.
  @Test func defaultsAreInRange() {
    for definition in KeyDefinitions.all {
      guard case .value(let value) = definition.fallback else { continue }
      let source = SourceText(name: "default", text: "")
      func node(_ value: ParameterValue) -> SourceNode {
        if case .list(let items) = value {
          return SourceNode(content: .sequence(items.map(node)), place: source.start)
        }
        return SourceNode(
          content: .scalar(SourceScalar(text: value.text, isPlain: true)), place: source.start)
      }
      var diagnostics = Diagnostics()
      #expect(definition.read(node(value), into: &diagnostics) == value)
      #expect(diagnostics.isEmpty, "\(definition.path)")
    }
  }

  @Test func theDocumentationHasTheTable() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "docs/experiment-file.md"), encoding: .utf8)
    let parts = text.components(
      separatedBy: "<!-- keys: written by 'workbench schema --markdown' -->\n")
    try #require(parts.count == 2)
    let table = try #require(parts[1].components(separatedBy: "<!-- end of keys -->").first)
    #expect(table == KeyTable.markdown, "write it anew: workbench schema --markdown")
  }

  /// The documentation's own examples.
  @Test func theDocumentationsExamplesAreSound() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "docs/experiment-file.md"), encoding: .utf8)
    let blocks = text.components(separatedBy: "```yaml\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    var whole = 0
    for block in blocks where block.contains("\ntraining:") {
      whole += 1
      #expect(try errors(of: block) == [])
    }
    #expect(whole == 2)
    let first = try #require(blocks.first)
    let broken = first.replacingOccurrences(
      of: "steps: 1000, schedule:", with: "steps: 1000, shedule:")
    let error = try #require(try errors(of: broken, path: "few-steps.yaml").first)
    #expect(text.contains(error.description))
  }
}
