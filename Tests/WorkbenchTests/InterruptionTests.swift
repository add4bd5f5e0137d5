import Foundation
import Store
import TestSupport
import Testing
import Values

/// Runs that are stopped or killed half-way lose nothing: the next `run` goes on, to the same bits.
@Suite struct InterruptionTests {
  private static let steps = 600
  private static let every = 20
  /// Everything that a checkpoint has to keep: weights, moments, average, loss scale, learning rate, order of the data.
  private static let experiment = """
    data: {flip: true}
    training: {steps: \(steps), batch: 32, log_every: 1, checkpoint_every: \(every), ema: 0.99,
      clip: 0.5, precision: fp16, optimizer: {kind: adam, lr: 1.0e-3},
      lr_schedule: {kind: cosine, warmup: 5}}
    sampling: {every: 150}
    evaluation: {every: 100}

    """

  /// Of a run done in one go.
  private static let reference = Result {
    let place = try Workplace(experiment)
    try place.run()
    return try place.bits()
  }

  /// Waits until the run has a checkpoint.
  /// - Returns: the process that executes it.
  private func processUnderWay(_ place: Workplace, of parent: WorkbenchProcess) throws -> pid_t {
    while true {
      let work = place.storeFolder + "/work"
      for run in (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [] {
        guard
          FileManager.default.fileExists(atPath: "\(work)/\(run)/state.safetensors"),
          let holder = try? String(contentsOfFile: "\(work)/\(run)/lock", encoding: .utf8),
          let match = holder.firstMatch(of: /^process (\d+) on\b/)
        else { continue }
        let process = try #require(pid_t(match.1))
        // Or else it is the earlier one, whom the next has not followed yet.
        if kill(process, 0) == 0 { return process }
      }
      try #require(parent.isRunning, "it ended before its first checkpoint")
      usleep(500)
    }
  }

  /// Expects that the only attempt ended half-way, goes on, and expects the bits of a run in one go.
  private func expectGoesOn(
    _ place: Workplace, after state: RunState, _ arguments: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let store = try place.store()
    try store.markCrashedRuns()
    let run = try place.runs()[0]
    #expect(run.state == state, sourceLocation: sourceLocation)
    #expect(
      (Self.every..<Self.steps).contains(run.step), "half-way", sourceLocation: sourceLocation)
    #expect(
      try store.attempts(run: run.id).map(\.state) == [state], sourceLocation: sourceLocation)

    let ending = try place.start(
      ["run", place.file, "-o", place.reports] + arguments
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)", sourceLocation: sourceLocation)
    #expect(
      try store.attempts(run: run.id).map(\.state) == [state, .finished],
      sourceLocation: sourceLocation)
    let events = try store.events(run: run.id).map(\.text)
    let step = events.compactMap { text in
      text.firstMatch(of: /^resumes from its checkpoint at step (\d+)$/).flatMap { Int($0.1) }
    }
    #expect(step.count == 1, "\(events)", sourceLocation: sourceLocation)
    #expect((step.first ?? 0) >= Self.every, sourceLocation: sourceLocation)
    if state == .crashed {
      #expect((step.first ?? 1) % Self.every == 0, sourceLocation: sourceLocation)
    }
    try expectReference(place, sourceLocation: sourceLocation)
  }

  private func expectReference(
    _ place: Workplace, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (bits, reference) = (try place.bits()["tiny"], try Self.reference.get()["tiny"])
    #expect(reference?.points["train/loss"]?.count == Self.steps, sourceLocation: sourceLocation)
    #expect(bits?.points == reference?.points, sourceLocation: sourceLocation)
    #expect(bits?.artifacts == reference?.artifacts, sourceLocation: sourceLocation)
    #expect(try place.runs()[0].step == Self.steps, sourceLocation: sourceLocation)
  }

  // MARK: Killed

  @Test func theRunsProcessIsKilled() throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun()
    kill(try processUnderWay(place, of: parent), SIGKILL)
    let ending = parent.wait()
    #expect(ending.code == 1)
    #expect(ending.errors.contains("✗ tiny failed"))
    #expect(ending.errors.contains("its process was killed by signal 9"))
    let run = try place.runs()[0]
    #expect(run.error == "its process died")
    #expect(
      try place.workbench("logs", run.id).contains("error: its process was killed by signal 9"))
    try expectGoesOn(place, after: .crashed)
  }

  /// As when the machine goes down.
  @Test func bothAreKilled() throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun()
    let child = try processUnderWay(place, of: parent)
    parent.send(SIGKILL)
    kill(child, SIGKILL)
    #expect(parent.wait().code == 128 + Int(SIGKILL))
    try waitForLock(place.runs()[0].id, place)
    // Said by whoever looks first.
    #expect(try place.workbench("runs", "--csv").contains("crashed"))
    try expectGoesOn(place, after: .crashed, "--workers", "1")
  }

  @Test func theParentIsKilledAndItsChildSavesAndStops() throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun()
    _ = try processUnderWay(place, of: parent)
    parent.send(SIGKILL)
    #expect(parent.wait().isSignalled)
    try waitForLock(place.runs()[0].id, place)
    try expectGoesOn(place, after: .interrupted)
  }

  /// Until nobody works on the run.
  private func waitForLock(_ run: String, _ place: Workplace) throws {
    for _ in 0..<30_000 where RunLock.isHeld(run: run, store: place.storeFolder) { usleep(2000) }
    #expect(!RunLock.isHeld(run: run, store: place.storeFolder), "the child went on by itself")
  }

  @Test func killedAgainAndAgain() throws {
    let place = try Workplace(Self.experiment)
    for round in 0..<3 {
      let parent = try place.startRun()
      let child = try processUnderWay(place, of: parent)
      // Each time somewhat further.
      let reached = (round + 1) * 120
      while try place.runs()[0].step < reached, parent.isRunning { usleep(1000) }
      kill(child, SIGKILL)
      #expect(parent.wait().code == 1)
    }
    try place.run()
    #expect(
      try place.store().attempts(run: place.runs()[0].id).map(\.state) == [
        .crashed, .crashed, .crashed, .finished,
      ])
    try expectReference(place)
  }

  // MARK: Asked to stop

  @Test(arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun("--workers", "2")
    _ = try processUnderWay(place, of: parent)
    parent.send(signal)
    let ending = parent.wait()
    #expect(ending.code == 128 + Int(signal))
    #expect(!ending.isSignalled, "it ends by itself")
    #expect(
      ending.errors.hasSuffix(
        "Interrupted; everything is saved. Run the same command to continue.\n"))
    #expect(ending.output.isEmpty)
    let step = try place.runs()[0].step
    #expect(
      try place.store().history(run: place.runs()[0].id, metric: "train/loss").steps
        == Array(1...max(step, 1)), "each step that was done is there")
    try expectGoesOn(place, after: .interrupted, "--workers", "1")
  }

  @Test func aSecondInterruptionEndsItAtOnce() throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun()
    let child = try processUnderWay(place, of: parent)
    // It cannot listen to the first one.
    kill(child, SIGSTOP)
    parent.send(SIGINT)
    usleep(100_000)
    #expect(parent.isRunning, "it waits for its child")
    while parent.isRunning {
      parent.send(SIGINT)
      usleep(20_000)
    }
    let ending = parent.wait()
    #expect(ending.code == 130)
    #expect(!ending.isSignalled)
    try expectGoesOn(place, after: .interrupted)
  }

  @Test func runsAtOnceMayBeLeftToTheProgram() throws {
    let place = try Workplace(
      Workplace.training + "\nsweep: {parameters: {training.seed: [0, 1, 2]}}\n")
    try place.run("-j", "auto")
    #expect(try place.runs().map(\.state) == [.finished, .finished, .finished])
    for wrong in ["many", "0", "257"] {
      #expect(try place.ending(of: "run", place.file, "-j", wrong).code == 64, "\(wrong)")
    }
  }

  @Test func waitingRunsAreNotStarted() throws {
    let place = try Workplace(
      Self.experiment + "sweep: {parameters: {training.seed: [0, 1, 2]}}\n")
    let parent = try place.startRun()
    _ = try processUnderWay(place, of: parent)
    parent.send(SIGINT)
    #expect(parent.wait().code == 130)
    #expect(try place.runs().map(\.state) == [.interrupted, .queued, .queued])
    let document = try place.json("plan", place.file) as? [String: Any]
    let planned = document?["runs"] as? [[String: Any]]
    #expect(planned?.map { $0["state"] as? String } == ["interrupted", "new", "new"])
  }

  /// A signal while processes are being started meets one that does not listen yet, or is not known yet.
  @Test func interruptedWhileStarting() throws {
    for delay in [0, 2000, 5000, 10_000, 20_000] as [UInt32] {
      let place = try Workplace(
        Self.experiment + "sweep: {parameters: {training.seed: [0, 1, 2, 3]}}\n")
      let parent = try place.startRun("-j", "4")
      while (try? place.runs().isEmpty) ?? true {
        try #require(parent.isRunning)
        usleep(200)
      }
      usleep(delay)
      parent.send(SIGINT)
      let ending = parent.wait()
      #expect(ending.code == 130, "\(ending.errors)")
      let runs = try place.runs()
      #expect(runs.allSatisfy { [.queued, .interrupted, .crashed].contains($0.state) })
      #expect(runs.allSatisfy { $0.step < Self.steps })
      for run in runs { #expect(!RunLock.isHeld(run: run.id, store: place.storeFolder)) }
    }
  }

  /// No child keeps another's input open.
  @Test func theParentOfSeveralIsKilled() throws {
    let place = try Workplace(
      Self.experiment + "sweep: {parameters: {training.seed: [0, 1, 2]}}\n")
    let parent = try place.startRun("-j", "3")
    while (try? place.runs().filter { $0.state == .running }.count) != 3 {
      try #require(parent.isRunning)
      usleep(500)
    }
    parent.send(SIGKILL)
    #expect(parent.wait().isSignalled)
    for run in try place.runs() { try waitForLock(run.id, place) }
    #expect(try place.runs().map(\.state) == [.interrupted, .interrupted, .interrupted])
  }

  // MARK: Damage

  @Test func aDamagedCheckpointIsNotUsed() throws {
    let place = try Workplace(Self.experiment)
    let parent = try place.startRun()
    _ = try processUnderWay(place, of: parent)
    parent.send(SIGINT)
    #expect(parent.wait().code == 130)
    let run = try place.runs()[0].id
    let path = "\(place.storeFolder)/work/\(run)/state.safetensors"
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.count - 100] ^= 1
    try bytes.write(to: URL(filePath: path))
    try place.run()
    let warnings = try place.store().events(run: run).filter { $0.level == .warning }
    #expect(warnings.count == 1)
    #expect(
      warnings[0].text.hasPrefix(
        "its checkpoint cannot be used, so it starts over: tensor 'weights/")
    )
    try expectReference(place)
  }
}
