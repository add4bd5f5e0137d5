import Diffusion
import ExperimentFiles
package import Foundation
package import Planning
package import Store
package import Synchronization
import Values

/// Makes the store hold the runs of a plan: executes the runs that are missing, each in a process of its own, asks a
/// search for its next round when one has ended, and ends runs that their sweep prunes.
package final class Reconciler: Sendable {
  package struct Options: Sendable {
    /// Runs at once.
    package var jobs: Int
    /// Threads of each; nil: the processors that may be used, divided among the jobs.
    package var workers: Int?
    /// Start no further run after one has failed.
    package var failFast: Bool
    /// Repeat finished runs.
    package var force: Bool
    /// The version of the program that executes runs: what diverged with it is not tried again.
    package var program: String?

    package init(
      jobs: Int = 1, workers: Int? = nil, failFast: Bool = false, force: Bool = false,
      program: String? = nil
    ) {
      self.jobs = max(1, jobs)
      self.workers = workers
      self.failFast = failFast
      self.force = force
      self.program = program
    }
  }

  /// One run as it stands.
  package struct RunStatus: Sendable {
    package enum State: Sendable, Hashable {
      /// Was in the store already.
      case kept
      case waiting
      case running
      case finished
      case interrupted
      /// Ended by its sweep, and why.
      case pruned(String)
      case failed(String)
      /// Not started, or not resumed, because the sweep's time is spent.
      case postponed
    }

    package let id: String
    package let label: String
    package var state: State
    package var progress: RunProgress?
    package var seconds: Double?
    /// The step at which it waits to be compared with the other runs of the sweep, if it does.
    package var waitsAt: Int?
  }

  /// A larger plan, whose first runs are those of the one before; nil where there is nothing more.
  /// - Parameter failed: runs that failed and are not tried again.
  package typealias NextRound = @Sendable (_ failed: Set<String>) throws -> Plan?

  package let store: RunStore
  package let options: Options
  /// The command that executes a run, to which its id is appended.
  package let command: [String]
  private let nextRound: NextRound
  package let state: Mutex<State>
  package let wakeUp = DispatchSemaphore(value: 0)

  package struct State {
    package var plan: Plan
    package var runs: [RunStatus]
    package var processes: [String: RunProcess] = [:]
    package var starts: [String: SuspendingClock.Instant] = [:]
    package var isStopping = false
    /// How far each run of a pruned sweep may go; empty where nothing is pruned.
    package var gates: [String: PruningScheduler.Gate] = [:]
    /// How far the latest process of a run was to go, if not to the end. Its gate may have moved on by the time the
    /// process is gone.
    package var targets: [String: Int] = [:]
    /// Where runs have paused.
    package var paused: [String: Int] = [:]
    /// Runs that diverged before, and are not tried again.
    package var failedBefore: Set<String> = []
    /// Runs whose process died and that are tried once more.
    package var retried: Set<String> = []
    /// Something has ended: ask again which runs may continue.
    package var isStale = true
    /// What the store's counter of others' changes was when that was asked last.
    package var storeVersion: Int?
    package var isOutOfTime = false
    /// Data or weights are no longer those of the plan, so its results are no basis for another round.
    package var isOutdated = false

    /// Runs that failed and are not tried again.
    package var failed: Set<String> {
      Set(runs.filter { if case .failed = $0.state { true } else { false } }.map(\.id))
    }
  }

  /// - Parameters:
  ///   - command: program and arguments that execute one run; `--workers N RUN` is appended, and
  ///     before them `--anew` to train a forced run again.
  ///   - nextRound: asked when all runs of the plan have ended.
  /// - Throws: `StoreError`.
  package init(
    plan: Plan, store: RunStore, options: Options, command: [String],
    nextRound: @escaping NextRound = { _ in nil }
  ) throws {
    self.store = store
    self.options = options
    self.command = command
    self.nextRound = nextRound
    let runs = try Self.statuses(plan.runs[...], of: plan, store, options, force: options.force)
    state = Mutex(State(plan: plan, runs: runs))
    state.withLock { $0.failedBefore = $0.failed }
  }

  private static func statuses(
    _ runs: ArraySlice<PlannedRun>, of plan: Plan, _ store: RunStore, _ options: Options,
    force: Bool
  ) throws -> [RunStatus] {
    // A deleted run of the plan is restored, so that it need not be executed again.
    for run in try store.restore(runs.map(\.id)) {
      try store.logEvent(run: run.id, "restored: 'workbench run' needs it")
    }
    try store.removeLeftWork(of: runs.map(\.id))
    let known = try store.states()
    let log = try PruningLog(plan, store: store)
    // Where a bound ends what is not finite, a run that diverged was pruned: its process says so.
    let keepsDiverged = !force && plan.pruning?.kind != .bound
    return try runs.map { run in
      var state = RunStatus.State.waiting
      if log.isDone(run.id, known[run.id]) && !force {
        state = .kept
      } else if keepsDiverged, known[run.id] == .failed,
        let told = try store.divergence(of: run.id, program: options.program)
      {
        state = .failed("\(told); it would diverge again, so it is not retried")
      }
      return RunStatus(id: run.id, label: run.label, state: state)
    }
  }

  /// All runs of the plan, as they stand now.
  package var status: [RunStatus] {
    state.withLock { state in
      state.runs.map { run in
        var run = run
        if let process = state.processes[run.id] { run.progress = process.progress }
        if let start = state.starts[run.id], run.state == .running {
          run.seconds = (SuspendingClock.now - start).seconds
        }
        if run.state == .waiting, case .waits(let step)? = state.gates[run.id] {
          run.waitsAt = step
        }
        return run
      }
    }
  }

  /// Asks everything that runs to save and stop; nothing more is started. A second call ends it at once.
  package func stop() {
    let (processes, again) = state.withLock { state in
      defer { state.isStopping = true }
      return (Array(state.processes.values), state.isStopping)
    }
    for process in processes { if again { process.kill() } else { process.stop() } }
    wakeUp.signal()
  }

  package var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Runs that the plan's search has not proposed yet.
  package var pending: Int { state.withLock { $0.plan.pending } }
  /// Whether the work ended because the sweep's time was spent.
  package var isOutOfTime: Bool { state.withLock { $0.isOutOfTime } }

  /// Executes what is missing; returns when nothing runs any more.
  /// - Parameter watch: called a few times a second, and at each change.
  /// - Throws: `StoreError`, and what the next round's proposal throws.
  package func run(watch: ([RunStatus]) -> Void) throws {
    if options.force { try beginAgain() }
    while true {
      try prune()
      let isSpent = try isTimeSpent()
      if isSpent { postpone() } else { try startWhatCan() }
      watch(status)
      let (busy, waiting) = state.withLock { state in
        (!state.processes.isEmpty, state.runs.contains { $0.state == .waiting })
      }
      if !busy {
        if isHalted || isSpent { break }
        if !waiting {
          guard try extend() else { break }
          continue
        }
      }
      _ = wakeUp.wait(timeout: .now() + .milliseconds(250))
    }
    watch(status)
  }

  // MARK: Rounds and time

  /// Takes up the search's next round, if there is one.
  private func extend() throws -> Bool {
    let (failed, known, isOutdated) = state.withLock {
      ($0.failed, $0.plan.runs.count, $0.isOutdated)
    }
    guard !isOutdated, let plan = try nextRound(failed), plan.runs.count > known else {
      return false
    }
    let added = try Self.statuses(
      plan.runs.dropFirst(known), of: plan, store, options, force: false)
    state.withLock { state in
      for run in added {
        if case .failed = run.state { state.failedBefore.insert(run.id) }
      }
      state.plan = plan
      state.runs += added
      state.isStale = true
    }
    return true
  }

  /// Whether the experiment's runs have taken the time that the sweep gives them.
  private func isTimeSpent() throws -> Bool {
    let plan = state.withLock { $0.plan }
    guard let most = plan.maximumSeconds else { return false }
    let standings = try store.standings()
    var spent = plan.runs.reduce(0) { $0 + (standings[$1.id]?.seconds ?? 0) }
    for run in status where run.state == .running { spent += run.seconds ?? 0 }
    return spent >= most
  }

  private func postpone() {
    state.withLock { state in
      state.isOutOfTime = true
      for index in state.runs.indices where state.runs[index].state == .waiting {
        state.runs[index].state = .postponed
      }
    }
  }

  // MARK: Pruning

  /// Decides the rungs that are due and notes which runs that ends. Another program may be at work on the same sweep, so
  /// that while there is nothing else to start, what it changes is looked at too.
  private func prune() throws {
    let version = try store.dataVersion()
    let (plan, isDue, failed, paused) = state.withLock { state in
      let isIdle =
        state.processes.count < options.jobs && state.runs.contains { $0.state == .waiting }
      let isDue = state.isStale || isIdle && state.storeVersion != version
      state.isStale = false
      if isDue { state.storeVersion = version }
      return (state.plan, isDue, state.failed, state.paused)
    }
    guard isDue, var scheduler = try PruningScheduler(plan, store: store) else { return }
    let gates = try scheduler.update(failed: failed, paused: paused)
    state.withLock { state in
      state.gates = gates
      for index in state.runs.indices where state.runs[index].state == .waiting {
        guard case .ended(let decision)? = gates[state.runs[index].id] else { continue }
        // Without a decision it was finished by another program.
        state.runs[index].state = decision.map { .pruned($0.reason) } ?? .finished
      }
    }
  }
}
