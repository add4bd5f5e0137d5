import ArgumentParser

@main
struct Workbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workbench",
    abstract: "Diffusion-model experiments on ordinary CPUs.",
    version: "0.1.0",
    subcommands: [
      ArtifactsCommand.self,
      CheckCommand.self,
      CompareCommand.self,
      DiffCommand.self,
      LogsCommand.self,
      NewCommand.self,
      NoteCommand.self,
      PlanCommand.self,
      ReportCommand.self,
      RunsCommand.self,
      ScheduleCommand.self,
      SchemaCommand.self,
      ShowCommand.self,
      SQLCommand.self,
      TagCommand.self,
    ])

  /// Every error ends here, as one message and its exit code.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(with: error)
    }
  }
}
