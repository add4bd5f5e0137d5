import ArgumentParser

@main
struct Workbench: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "workbench",
    abstract: "Diffusion-model experiments on ordinary CPUs.",
    version: version,
    subcommands: [
      ArtifactsCommand.self,
      BenchCommand.self,
      BestCommand.self,
      CheckCommand.self,
      CompareCommand.self,
      DataCommand.self,
      DiffCommand.self,
      DoctorCommand.self,
      EditCommand.self,
      ExecuteRunCommand.self,
      ExportCommand.self,
      GcCommand.self,
      ImportCommand.self,
      InterpolateCommand.self,
      InvertCommand.self,
      LogCommand.self,
      LogsCommand.self,
      ModelCommand.self,
      NewCommand.self,
      NoteCommand.self,
      PinCommand.self,
      PlanCommand.self,
      PlotCommand.self,
      ServeCommand.self,
      PredictCommand.self,
      ReportCommand.self,
      RestoreCommand.self,
      RmCommand.self,
      RunCommand.self,
      RunsCommand.self,
      SampleCommand.self,
      ScheduleCommand.self,
      SchemaCommand.self,
      ShowCommand.self,
      SQLCommand.self,
      TagCommand.self,
      UnpinCommand.self,
      VerifyCommand.self,
      WatchCommand.self,
      WhyCommand.self,
    ])

  /// Every error ends here, as one message and its exit code.
  static func main() async {
    StandardStreams.prepare()
    InterruptSignals.prepare()
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
