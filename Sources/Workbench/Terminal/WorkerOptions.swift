import ArgumentParser
import Kernels

/// How many threads compute.
struct WorkerOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads of each run (default: the usable processors, divided among the runs).",
      valueName: "n"))
  var workers: Int?

  func validate() throws {
    try check("--workers", workers, in: 1...1024, " threads")
  }

  /// As many threads as the option or the processors say.
  func pool() -> WorkerPool { WorkerPool(count: workers ?? WorkerPool.processors) }
}

/// - Parameter value: of an option; nil where it is not given.
/// - Throws: `ValidationError` for a value out of range.
func check(
  _ option: String, _ value: Int?, in range: ClosedRange<Int>, _ unit: String = ""
) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError("\(option) takes \(range.lowerBound) to \(range.upperBound)\(unit).")
}
