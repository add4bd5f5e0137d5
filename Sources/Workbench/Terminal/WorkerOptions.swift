import ArgumentParser

/// How many threads compute.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Threads of each run (default: the usable processors, divided among the runs).",
      valueName: "n"))
  var workers: Int?

  func validate() throws {
    guard workers.map({ (1...1024).contains($0) }) ?? true else {
      throw ValidationError("--workers takes 1 to 1024 threads.")
    }
  }
}
