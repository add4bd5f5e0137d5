import Diffusion
package import ExperimentFiles
import Foundation
import Images
import Planning
package import Store
import Synchronization
import Values

/// Executes one run of the store in this process: takes its lock, resumes from its checkpoint if there is one,
/// and writes the results into the store.
///
/// Each run has a process of its own, so that a crash ends one run alone.
package struct RunExecution: Sendable {
  package let store: RunStore
  package let run: String
  package let workers: Int?
  /// Provenance to keep with the attempt.
  package let environment: [String: String]

  package enum Outcome: Sendable {
    case finished
    /// Asked to stop: everything is saved, and the next execution continues.
    case interrupted
    /// Reached `pause`: everything is saved, and the next execution continues.
    case paused
    /// Out of bounds: it ends here.
    case pruned
    /// It failed because its training diverged, and how.
    case diverged(String)
  }

  /// Takes no weights of another run that was trained with the same settings.
  package let trainsAnew: Bool
  /// The step to pause at.
  package let pause: Int?
  /// Ends the run at once when it is out of bounds.
  package let bound: PruningRule?

  package init(
    store: RunStore, run: String, workers: Int?, environment: [String: String],
    trainsAnew: Bool = false, pause: Int? = nil, bound: PruningRule? = nil
  ) {
    self.store = store
    self.run = run
    self.workers = workers
    self.environment = environment
    self.trainsAnew = trainsAnew
    self.pause = pause
    self.bound = bound
  }

  /// - Parameters:
  ///   - shouldStop: asked at each step.
  ///   - report: told how far the work is, now and then, by any thread.
  /// - Throws: what went wrong, after the store has been told.
  package func callAsFunction(
    shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (RunProgress) -> Void
  ) throws -> Outcome {
    let lock = try RunLock(run: run, store: store.folder)
    defer { withExtendedLifetime(lock) {} }
    // A run that ended while this process waited for the lock is not done again.
    if try store.states()[run] == .finished {
      try store.removeLeftState(ofFinished: run)
      return .finished
    }
    // The same settings would diverge again.
    if !trainsAnew,
      let told = try store.divergence(of: run, program: environment["program.version"])
    {
      let watch = try bound.map { try BoundWatch($0, run: run, seen: store) }
      return watch?.decision == nil ? .diverged(told) : .pruned
    }
    let attempt = try store.beginAttempt(run: run, environment: environment)
    // It stands still while the machine sleeps.
    let begin = SuspendingClock.now
    func finish(_ state: RunState, error: String? = nil, durably: Bool = false) throws {
      try store.finishAttempt(
        run: run, state: state, error: error, seconds: (SuspendingClock.now - begin).seconds,
        durably: durably)
    }
    do {
      try store.logEvent(run: run, "attempt \(attempt) begins")
      let outcome = try execute(shouldStop: shouldStop, report: report)
      switch outcome {
      case .finished:
        try store.logEvent(run: run, "finished")
        // On the disk before the checkpoint goes, which is all that else remains of the training.
        try finish(.finished, durably: true)
      case .interrupted:
        try store.logEvent(run: run, "interrupted; the next 'workbench run' resumes here")
        try finish(.interrupted)
      case .paused:
        try store.logEvent(
          run: run, "pauses at step \(pause ?? 0), where its sweep compares runs")
        try finish(.interrupted)
      case .pruned:
        try finish(.pruned)
      case .diverged(let why):
        try store.logEvent(run: run, level: .error, why)
        try finish(.failed, error: why, durably: true)
        // There is nothing to resume from.
        try? FileManager.default.removeItem(
          atPath: RunLock.trainingState(run: run, store: store.folder))
      }
      if case .finished = outcome { try? store.removeLeftState(ofFinished: run) }
      return outcome
    } catch {
      try? store.logEvent(run: run, level: .error, "\(error)")
      try? finish(.failed, error: "\(error)")
      throw error
    }
  }

  private func execute(
    shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (RunProgress) -> Void
  ) throws -> Outcome {
    let settings = try FrozenSettings.decode(try store.settingsJSON(run: run))
    let inputs = try store.inputs(run: run)
    let initial = try initialNetwork(settings, inputs)
    let session = try RunSession(
      settings, initial: initial, guide: try guideNetwork(settings, inputs), workers: workers,
      kernels: try Engine.kernels())
    try check(session, inputs)
    try store.addFacts(run: run, session.dataSummary.facts)
    if let weights = inputs.content(of: .weights) {
      try store.logEvent(
        run: run, "training begins with \(weights.text), content \(weights.shortHash)")
    }
    if let guide = inputs.content(of: .guide) {
      try store.logEvent(
        run: run, "samples are guided by \(guide.text), content \(guide.shortHash)")
    }
    let statePath = RunLock.trainingState(run: run, store: store.folder)
    let writer = PointWriter(store: store, run: run)
    session.averageSnapshots = { [layout = session.state?.layout] in
      try layout.map { try store.averages(of: run, layout: $0) } ?? []
    }
    try restore(session, from: statePath)
    let watch = try bound.map { try BoundWatch($0, run: run, seen: store) }
    if watch?.decision != nil { return .pruned }

    let throttle = Throttle()
    let outcome = try session.run(
      pausingAt: pause, shouldStop: { shouldStop() || watch?.decision != nil }
    ) { progress in
      if throttle.passes() || progress.done == progress.of { report(RunProgress(progress)) }
    } handle: { event in
      switch event {
      case .logged(let step, let values):
        for value in values {
          writer.log(value.name, step: step, value.value)
          watch?.see(value.name, step: step, value.value)
        }
      case .sampled(let step, let final, let images):
        try save(
          images, of: session.data, name: final ? "samples" : Self.samplesName(step),
          step: final ? nil : step)
      case .averaged(let snapshot): try save(snapshot, of: session)
      case .checkpoint:
        // The store first: it must never lag behind a checkpoint that says a step is done.
        try writer.flush()
        // Adopted weights are adopted again: their run has them.
        if !session.hasAdoptedWeights { try session.state?.save(to: statePath, owner: run) }
      }
    }
    guard case .finished = outcome else {
      try writer.flush()
      if watch?.decision != nil { return .pruned }
      switch outcome {
      case .diverged(let divergence): return .diverged(divergence.description)
      case .paused: return .paused
      case .stopped, .finished: return .interrupted
      }
    }
    if watch?.decision != nil {
      try writer.flush()
      return .pruned
    }
    writer.log("memory/peak_mib", step: session.state?.step ?? 0, Self.peakMemoryMiB)
    try writer.flush()
    if let conditions = session.sampledConditions(session.settings.sampling.count) {
      try store.saveArtifact(
        run: run, name: "conditions.npy", mediaType: Artifact.arrayType, bytes: conditions.npy)
    }
    if let restored = session.restored(session.settings.sampling.count) {
      try save(restored.from, of: session.data, name: Artifact.conditionName, step: nil)
      try save(restored.truth, of: session.data, name: Artifact.truthName, step: nil)
    }
    if let nearest = session.nearestImages {
      try save(nearest, of: session.data, name: Artifact.nearestName, step: nil)
    }
    try saveNetworks(session)
    return .finished
  }

  // MARK: Artifacts

  /// Without an ending.
  package static func samplesName(_ step: Int) -> String {
    let digits = String(step)
    return "samples-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)"
  }

  /// A sheet of samples, with a column per class if there are classes; vectors as an array (N, D).
  private func save(
    _ images: SampledImages, of data: DataSet, name: String, step: Int?
  ) throws {
    guard images.count > 0 else { return }
    guard images.height * images.width > 1 else {
      try store.saveArtifact(
        run: run, name: name + ".npy", step: step, mediaType: Artifact.arrayType,
        bytes: PointTable(images.values, dimensions: images.channels).npy)
      return
    }
    let isByClass = !images.labels.isEmpty && (2...16).contains(data.classes)
    let columns = isByClass ? data.classes : min(10, images.count)
    // As many whole rows as a picture may hold: what was trained is not lost for its sheet.
    let rows = Image.mostPixels / ((images.height + 2) * (images.width + 2) * columns) - 1
    let shown = images.prefix(max(1, rows) * columns)
    let pictures = Image.pictures(
      shown.values, count: shown.count, height: images.height, width: images.width,
      channels: images.channels)
    let sheet = Image.grid(
      pictures, columns: columns, padding: 2,
      columnLabels: isByClass ? Image.labels(ofClasses: data.classNames) : [])
    try store.saveArtifact(
      run: run, name: name + ".png", step: step, mediaType: "image/png", bytes: try sheet.png())
  }

  private func saveNetworks(_ session: RunSession) throws {
    guard let network = session.networkFile() else { return }
    func save(_ network: NetworkFile, as name: String) throws {
      try store.saveArtifact(
        run: run, name: name, mediaType: Self.networkType, bytes: network.bytes())
    }
    try save(network, as: RunStore.NetworkName.drawing)
    let kept = session.keptNetworkFile()
    if session.settings.training.keepsAverage || kept != nil,
      let raw = session.networkFile(raw: true)
    {
      try save(raw, as: RunStore.NetworkName.raw)
    }
    if let kept { try save(kept, as: RunStore.NetworkName.kept) }
    if let guide = session.guideNetworkFile() {
      try save(guide, as: RunStore.NetworkName.guide)
    }
  }

  static let networkType = "application/x-safetensors"

  /// The largest resident size of this process so far.
  package static var peakMemoryMiB: Double {
    var usage = rusage()
    getrusage(Self.thisProcess, &usage)
    #if os(Linux)
      return Double(usage.ru_maxrss) / 1024
    #else
      return Double(usage.ru_maxrss) / 1_048_576
    #endif
  }

  #if os(Linux)
    private static let thisProcess = Int32(RUSAGE_SELF.rawValue)
  #else
    private static let thisProcess = RUSAGE_SELF
  #endif

  /// Lets something pass a few times a second.
  private final class Throttle: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    func passes() -> Bool {
      let now = ContinuousClock.now
      return last.withLock { last in
        if let last, now - last < .milliseconds(200) { return false }
        last = now
        return true
      }
    }
  }
}
