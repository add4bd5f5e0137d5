import ArgumentParser

@main
struct Workbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workbench",
    abstract: "Diffusion-model experiments on ordinary CPUs.",
    version: "0.1.0",
    subcommands: [
      ArtifactsCommand.self,
      CompareCommand.self,
      DiffCommand.self,
      LogsCommand.self,
      NoteCommand.self,
      ReportCommand.self,
      RunsCommand.self,
      ShowCommand.self,
      SQLCommand.self,
      TagCommand.self,
    ])
}
