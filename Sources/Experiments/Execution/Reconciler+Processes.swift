import Diffusion
import ExperimentFiles
import Foundation
import Planning
import Store
import Synchronization
import Values

/// Which run is next, and what the end of its process means.
extension Reconciler {
  /// Earlier results are discarded, and checkpoints too.
  package func beginAgain() throws {
    let experiment = state.withLock { $0.plan.experiment }
    for run in status where run.state == .waiting {
      let lock = try RunLock(run: run.id, store: store.folder)
      try withExtendedLifetime(lock) {
        try? FileManager.default.removeItem(
          atPath: RunLock.trainingState(run: run.id, store: store.folder))
        try store.clearResults(run: run.id)
        try store.forgetDecisions(run: run.id, experiment: experiment)
      }
    }
  }

  package var isHalted: Bool {
    state.withLock { state in
      state.isStopping
        || options.failFast && !state.failed.isSubset(of: state.failedBefore)
    }
  }

  package func startWhatCan() throws {
    guard !isHalted else { return }
    while !isHalted, let (run, gate, rule) = nextRun() {
      var arguments = command + (options.force ? ["--anew"] : [])
      if case .go(let until?) = gate { arguments += ["--until", String(until)] }
      if let rule, rule.kind == .bound { arguments += ["--bound", rule.text] }
      // Fewer than may be at once share the processors among fewer.
      let atOnce = state.withLock { state in
        state.runs.count { $0.state == .running || $0.state == .waiting }
      }
      let workers =
        options.workers ?? max(1, Engine.processors / max(1, min(options.jobs, atOnce)))
      let process = try RunProcess(
        run: run.id, command: arguments + ["--workers", String(workers), run.id]
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
  private func nextRun() -> (PlannedRun, PruningScheduler.Gate, PruningRule?)? {
    state.withLock { state in
      let runs = state.plan.runs
      let running = state.runs.indices.filter { state.runs[$0].state == .running }
      guard running.count < options.jobs else { return nil }
      let inTraining = Set(running.map { trainingKey(runs[$0]) })
      for index in state.runs.indices where state.runs[index].state == .waiting {
        let run = runs[index]
        let gate = state.gates[run.id] ?? .go(until: nil)
        guard case .go(let until) = gate, !inTraining.contains(trainingKey(run)),
          !RunLock.isHeld(run: run.id, store: store.folder)
        else { continue }
        state.runs[index].state = .running
        state.starts[run.id] = .now
        state.targets[run.id] = until
        return (run, gate, state.plan.pruning)
      }
      return nil
    }
  }

  private func trainingKey(_ run: PlannedRun) -> String {
    "\(run.trainKey) \(run.settings.training.steps)"
  }

  private func ended(_ process: RunProcess, _ status: Int32) {
    let outcome = outcome(process, status)
    state.withLock { state in
      state.processes[process.run] = nil
      state.isStale = true
      if let index = state.runs.firstIndex(where: { $0.id == process.run }) {
        state.runs[index].state = outcome
        state.runs[index].seconds = state.starts[process.run].map {
          (SuspendingClock.now - $0).seconds
        }
      }
    }
    wakeUp.signal()
  }

  private func outcome(_ process: RunProcess, _ status: Int32) -> RunStatus.State {
    switch status {
    case 0: return .finished
    case RunExit.interrupted: return .interrupted
    // Another process took the run in the same moment: wait for it.
    case RunExit.busy: return .waiting
    case RunExit.paused:
      return state.withLock { state in
        if let until = state.targets[process.run] { state.paused[process.run] = until }
        return state.isStopping ? .interrupted : .waiting
      }
    case RunExit.pruned: return .pruned(outOfBounds(process.run))
    case RunExit.diverged:
      let told = try? store.divergence(of: process.run, program: nil)
      return .failed(told ?? "its training failed without a message")
    // Ended at once, or before it listened to signals.
    case _ where isStopping && [-SIGKILL, -SIGTERM, -SIGINT].contains(status):
      try? store.markStopped(run: process.run)
      return .interrupted
    default:
      if status == RunExit.inputsChanged { state.withLock { $0.isOutdated = true } }
      if status < 0 {
        _ = try? store.markCrashedRuns()
        // It had finished everything but its own exit.
        if (try? store.states()[process.run]) == .finished { return .finished }
        let why = process.errorText.isEmpty ? ", without a last message" : ": \(process.errorText)"
        try? store.logEvent(
          run: process.run, level: .error, "its process was killed by signal \(-status)\(why)")
        if retries(process.run) { return .waiting }
      }
      return .failed(
        status < 0
          ? "its process was killed by signal \(-status)"
          : process.errorText.split(separator: "\n").last.map(String.init)
            ?? "exit code \(status)")
    }
  }

  /// A run whose process died is tried once more if other runs depend on its result: what a sweep decides must
  /// not depend on an accident.
  private func retries(_ run: String) -> Bool {
    state.withLock { state in
      guard state.plan.search != nil || state.plan.pruning != nil, !state.isStopping else {
        return false
      }
      return state.retried.insert(run).inserted
    }
  }

  /// Writes down why a run is out of bounds.
  private func outOfBounds(_ run: String) -> String {
    let plan = state.withLock { $0.plan }
    guard let rule = plan.pruning else { return "" }
    do {
      guard let decision = try BoundWatch(rule, run: run, seen: store).decision else { return "" }
      let log = try PruningLog(plan, store: store)
      try store.decide([decision], experiment: plan.experiment, ruleKey: log.key)
      return decision.reason
    } catch {
      return "\(error)"
    }
  }
}

/// Exit codes between a run's process and its parent.
package enum RunExit {
  package static let interrupted: Int32 = 130
  /// Another process works on the run, or keeps the store from being written.
  package static let busy: Int32 = 75
  /// At the step where it was to pause.
  package static let paused: Int32 = 90
  /// Out of bounds.
  package static let pruned: Int32 = 91
  /// Its training diverged.
  package static let diverged: Int32 = 92
  /// What it names is not what it was when it was planned.
  package static let inputsChanged: Int32 = 93
}
