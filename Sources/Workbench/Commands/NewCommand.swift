import ArgumentParser
import Diffusion
import ExperimentFiles
import Foundation
import Text

struct NewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write an experiment file to start from.",
    discussion: "Templates:\n"
      + Template.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

  @Argument(help: "The experiment's name; NAME.yaml is written, or a notebook for NAME.md.")
  var name: String

  @Option(
    help: ArgumentHelp(
      "What to start from: \(Template.all.map(\.name).joined(separator: ", ")).",
      valueName: "template"))
  var from = "quickstart"

  func validate() throws {
    if Template.named(from) == nil {
      throw ValidationError(
        "There is no template '\(printable(from))'; there are "
          + Template.all.map(\.name).joined(separator: ", ") + ".")
    }
    if let problem = ExperimentName.problem(with: experiment) {
      throw ValidationError("'\(printable(experiment))' is not a valid name: \(problem).")
    }
  }

  private var isNotebook: Bool { name.hasSuffix(".md") }

  /// `folder/name` for `folder/name.yaml`
  private var stem: String {
    for ending in [".yaml", ".md"] where name.hasSuffix(ending) {
      return String(name.dropLast(ending.count))
    }
    return name
  }

  private var experiment: String {
    stem.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? stem
  }

  func run() async throws {
    guard let template = Template.named(from) else { return }
    let path = stem + (isNotebook ? ".md" : ".yaml")
    let text =
      isNotebook ? template.notebook(name: experiment) : template.text(name: experiment)
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure(.cannotCreate, "\(printable(path)) already exists; choose another name")
    }
    try Array(text.utf8).withUnsafeBytes {
      try AtomicFile.write([$0], to: path)
    }
    printText("\(printable(path))\n")
    printDiagnostic("next: workbench check \(printable(path)); workbench plan \(printable(path))")
  }
}
