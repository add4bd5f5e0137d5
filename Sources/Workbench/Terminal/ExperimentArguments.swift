import ArgumentParser
import ExperimentFiles

/// An experiment file, and settings to override in it.
struct ExperimentArguments: ParsableArguments {
  @Argument(help: "The experiment file.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  /// - Throws: `ExperimentFileError`.
  func load() throws -> ExperimentFile {
    try ExperimentFile.load(path: file, overrides: overrides)
  }
}
