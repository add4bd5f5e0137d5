import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Foundation
import Store
import Synchronization
import Text

/// What `run` starts for each run of a plan; not for people.
struct ExecuteRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "execute-run", abstract: "Execute one run of the store in this process.",
    shouldDisplay: false)

  @Argument(help: "The run's whole id.")
  var run: String

  @Option(help: "Threads.")
  var workers: Int?

  @Flag(help: "Train even if another run has trained with the same settings.")
  var anew = false

  @Option(help: "Pause at this step.")
  var until: Int?

  @Option(help: "End the run when it is out of these bounds: a pruning rule as JSON.")
  var bound: String?

  @OptionGroup var store: StoreOptions

  func run() async throws {
    let stopping = StopFlag()
    let signals = InterruptSignals { stopping.set() }
    // At the end of the input this shall stop, or the parent is gone and nobody reads the output.
    Thread.detachNewThread {
      while let data = try? FileHandle.standardInput.read(upToCount: 256), !data.isEmpty {}
      stopping.set()
    }
    var environment = Provenance.capture(programVersion: Workbench.version)
    environment.merge(try Engine.facts()) { $1 }
    environment["engine.workers"] = String(workers ?? Engine.processors)
    let execution = RunExecution(
      store: try RunStore(folder: store.folder), run: run, workers: workers,
      environment: environment, trainsAnew: anew, pause: until,
      bound: try bound.map { try JSONDecoder().decode(PruningRule.self, from: Data($0.utf8)) })
    let outcome: RunExecution.Outcome
    do {
      outcome = try withExtendedLifetime(signals) {
        try execution(shouldStop: { stopping.isSet }) { progress in
          _ = writeText(progress.line + "\n", to: STDOUT_FILENO)
        }
      }
    } catch let error as InputsChanged {
      printDiagnostic("error: \(printable(error.description))")
      throw ExitCode(RunExit.inputsChanged)
    }
    switch outcome {
    case .finished: break
    case .interrupted: throw ExitCode(RunExit.interrupted)
    case .paused: throw ExitCode(RunExit.paused)
    case .pruned: throw ExitCode(RunExit.pruned)
    case .diverged: throw ExitCode(RunExit.diverged)
    }
  }

  private final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
  }
}
