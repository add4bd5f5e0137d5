import ArgumentParser
import Experiments
import Foundation

struct NewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write an experiment file to start from.",
    discussion: "Templates:\n"
      + Template.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

  @Argument(help: "The experiment's name; NAME.yaml is written.")
  var name: String

  @Option(
    name: .long,
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
      throw ValidationError("'\(printable(experiment))' is no name: \(problem).")
    }
  }

  /// `folder/name` for `folder/name.yaml`
  private var stem: String {
    name.hasSuffix(".yaml") ? String(name.dropLast(".yaml".count)) : name
  }

  private var experiment: String {
    stem.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? stem
  }

  func run() async throws {
    guard let template = Template.named(from) else { return }
    let path = stem + ".yaml"
    do {
      try Data(template.text(name: experiment).utf8)
        .write(to: URL(filePath: path), options: .withoutOverwriting)
    } catch let error as CocoaError where error.code == .fileWriteFileExists {
      throw Failure(
        .cannotCreate, "error: \(printable(path)) is there already; choose another name")
    } catch {
      throw Failure(
        .cannotCreate, "error: \(printable(path)) cannot be written: \(error.localizedDescription)")
    }
    printText("\(printable(path))\n")
    printDiagnostic("next: workbench check \(printable(path)); workbench plan \(printable(path))")
  }
}
