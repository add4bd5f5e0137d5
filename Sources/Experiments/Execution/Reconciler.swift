import Diffusion
import Foundation
import Synchronization

/// Makes the store hold what a plan asks for: executes the runs that are missing, each in a process of its own.
public final class Reconciler: Sendable {
  public struct Options: Sendable {
    /// Runs at once.
    public var jobs: Int
    /// Threads of each; nil: the machine's processors shared out among the jobs.
    public var workers: Int?
    /// Start no further run after one has failed.
    public var failFast: Bool
    /// Do finished runs again.
    public var force: Bool

    public init(jobs: Int = 1, workers: Int? = nil, failFast: Bool = false, force: Bool = false) {
      self.jobs = max(1, jobs)
      self.workers = workers
      self.failFast = failFast
      self.force = force
    }
  }

  /// One run as it stands.
  public struct RunStatus: Sendable {
    public enum State: Sendable, Hashable {
      /// Was in the store already.
      case kept
      case waiting
      case running
      case finished
      case interrupted
      case failed(String)
    }

    public let id: String
    public let label: String
    public var state: State
    public var progress: RunProgress?
    public var seconds: Double?
  }

  private let store: RunStore
  private let plan: Plan
  private let options: Options
  /// The command that executes a run, to which its id is appended.
  private let command: [String]
  private let state: Mutex<State>
  private let wakeUp = DispatchSemaphore(value: 0)

  private struct State {
    var runs: [RunStatus]
    var processes: [String: RunProcess] = [:]
    var starts: [String: ContinuousClock.Instant] = [:]
    var isStopping = false
  }

  /// - Parameter command: program and arguments that execute one run; `--workers N RUN` is appended, and
  ///   before them `--anew` to train a run again that was forced.
  /// - Throws: `StoreError`.
  public init(plan: Plan, store: RunStore, options: Options, command: [String]) throws {
    self.plan = plan
    self.store = store
    self.options = options
    self.command = command
    // What a plan asks for comes back: the store then holds it without doing it again.
    for run in try store.restore(plan.runs.map(\.id)) {
      try store.logEvent(run: run.id, "brought back: 'workbench run' asks for it")
    }
    let known = try store.states()
    state = Mutex(
      State(
        runs: plan.runs.map { run in
          let isDone = known[run.id]?.isDone == true && !options.force
          return RunStatus(id: run.id, label: run.label, state: isDone ? .kept : .waiting)
        }))
  }

  /// All runs of the plan, as they stand now.
  public var status: [RunStatus] {
    state.withLock { state in
      state.runs.map { run in
        var run = run
        if let process = state.processes[run.id] { run.progress = process.progress }
        if let start = state.starts[run.id], run.state == .running {
          run.seconds = (ContinuousClock.now - start).seconds
        }
        return run
      }
    }
  }

  /// Asks everything under way to save and stop; nothing more is started. A second time, ends it at once.
  public func stop() {
    let (processes, again) = state.withLock { state in
      defer { state.isStopping = true }
      return (Array(state.processes.values), state.isStopping)
    }
    for process in processes { if again { process.kill() } else { process.stop() } }
    wakeUp.signal()
  }

  public var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Executes what is missing; returns when nothing is under way any more.
  /// - Parameter watch: called a few times a second, and at each change.
  /// - Throws: `StoreError`.
  public func run(watch: ([RunStatus]) -> Void) throws {
    if options.force {
      for run in status where run.state == .waiting { try begin(again: run.id) }
    }
    while true {
      try startWhatCan()
      watch(status)
      let (busy, waiting) = state.withLock { state in
        (!state.processes.isEmpty, state.runs.contains { $0.state == .waiting })
      }
      if !busy && (!waiting || isHalted) { break }
      _ = wakeUp.wait(timeout: .now() + .milliseconds(250))
    }
    watch(status)
  }

  /// Results of before are forgotten, and a checkpoint too.
  private func begin(again run: String) throws {
    let lock = try RunLock(run: run, store: store.folder)
    try withExtendedLifetime(lock) {
      try? FileManager.default.removeItem(
        atPath: RunLock.trainingState(run: run, store: store.folder))
      try store.clearResults(run: run)
    }
  }

  private var isHalted: Bool {
    state.withLock { state in
      state.isStopping
        || options.failFast
          && state.runs.contains { if case .failed = $0.state { true } else { false } }
    }
  }

  private func startWhatCan() throws {
    guard !isHalted else { return }
    let workers =
      options.workers ?? max(1, ProcessInfo.processInfo.activeProcessorCount / options.jobs)
    while !isHalted, let run = nextRun() {
      let process = try RunProcess(
        run: run.id,
        command: command + (options.force ? ["--anew"] : []) + [
          "--workers", String(workers), run.id,
        ]
      ) { [weak self] process, status in self?.ended(process, status) }
      let isTooLate = state.withLock { state in
        // A process that has ended already has been taken out of `running` by then.
        guard state.runs[run.index].state == .running else { return false }
        state.processes[run.id] = process
        return state.isStopping
      }
      // `stop` came while the process was starting, and did not know of it.
      if isTooLate { process.stop() }
    }
  }

  /// The first waiting run that can start. Runs that train the same wait for the first of them, whose weights they
  /// take; runs that another process is working on wait for that.
  private func nextRun() -> PlannedRun? {
    state.withLock { state in
      let running = state.runs.indices.filter { state.runs[$0].state == .running }
      guard running.count < options.jobs else { return nil }
      let inTraining = Set(running.map { trainingKey(plan.runs[$0]) })
      guard
        let index = state.runs.indices.first(where: {
          state.runs[$0].state == .waiting && !inTraining.contains(trainingKey(plan.runs[$0]))
            && !RunLock.isHeld(run: plan.runs[$0].id, store: store.folder)
        })
      else { return nil }
      state.runs[index].state = .running
      state.starts[state.runs[index].id] = .now
      return plan.runs[index]
    }
  }

  private func trainingKey(_ run: PlannedRun) -> String {
    "\(run.trainKey) \(run.settings.training.steps)"
  }

  private func ended(_ process: RunProcess, _ status: Int32) {
    let outcome: RunStatus.State
    switch status {
    case 0: outcome = .finished
    case RunExit.interrupted: outcome = .interrupted
    // Another process took the run in the same moment: wait for it.
    case RunExit.busy: outcome = .waiting
    // Ended at once, or before it listened to signals.
    case _ where isStopping && [-SIGKILL, -SIGTERM, -SIGINT].contains(status):
      _ = try? store.markCrashedRuns()
      outcome = .interrupted
    default:
      if status < 0 {
        _ = try? store.markCrashedRuns()
        let why = process.errorText.isEmpty ? "no word" : process.errorText
        try? store.logEvent(
          run: process.run, level: .error, "its process died of signal \(-status): \(why)")
      }
      outcome = .failed(
        status < 0
          ? "its process died of signal \(-status)"
          : process.errorText.split(separator: "\n").last.map(String.init)
            ?? "exit code \(status)")
    }
    state.withLock { state in
      state.processes[process.run] = nil
      if let index = state.runs.firstIndex(where: { $0.id == process.run }) {
        state.runs[index].state = outcome
        state.runs[index].seconds = state.starts[process.run].map {
          (ContinuousClock.now - $0).seconds
        }
      }
    }
    wakeUp.signal()
  }
}

/// Exit codes between a run's process and its parent.
public enum RunExit {
  public static let interrupted: Int32 = 130
  /// Another process works on the run, or keeps the store from being written.
  public static let busy: Int32 = 75
}
