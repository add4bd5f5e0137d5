package import Diffusion
import Foundation
import Planning
import Store
import Values

/// Where an execution starts from: its checkpoint if there is a sound one, the weights or state of another run, or
/// the beginning.
extension RunExecution {
  /// - Throws: `StoreError`, `DiffusionError`.
  package func restore(_ session: RunSession, from path: String) throws {
    guard let state = session.state else { return try store.clearResults(run: run) }
    if FileManager.default.fileExists(atPath: path) {
      do {
        try state.load(from: path, owner: run, steps: session.settings.training.steps)
        try store.truncatePoints(run: run, beyond: state.step)
        try store.logEvent(run: run, "resumes from its checkpoint at step \(state.step)")
        return
      } catch let error as DiffusionError {
        try store.logEvent(
          run: run, level: .warning, "its checkpoint cannot be used, so it starts over: \(error)")
      }
    }
    try store.clearResults(run: run)
    if trainsAnew { return }
    let points = try StartingPoints(try store.runs(), store: store)
    guard let own = points.candidate(run) else { return }
    for start in points.starts(of: own, session.settings) {
      switch start {
      case .weights(let twin): if try adopt(twin, session) { return }
      case .state(let other, _): if try resume(from: other, session, state) { return }
      }
    }
  }

  /// Takes over the weights and training curves of a finished run that differs only in how it samples and measures.
  /// - Returns: whether they are there, sound, and fit.
  private func adopt(_ id: String, _ session: RunSession) throws -> Bool {
    let twin = try store.memberships(run: id)[0]
    func network(_ name: String) throws -> NetworkFile? {
      try store.network(of: twin.id, name)
    }
    let averages = try store.artifacts(run: twin.id).filter {
      $0.name == RunStore.NetworkName.averages
    }
    if session.settings.sampling.needsAverages && averages.isEmpty { return false }
    do {
      guard
        let best = try network(RunStore.NetworkName.kept)
          ?? network(RunStore.NetworkName.drawing),
        session.adopt(best: best, raw: try network(RunStore.NetworkName.raw))
      else { return false }
      try take(averages)
    } catch  where error is StoreError || error is DiffusionError {
      try store.logEvent(
        run: run, level: .warning,
        "the weights of run \(twin.id.prefix(8)), trained with the same settings, cannot be used: "
          + "\(error)")
      return false
    }
    let settings = session.settings
    try takeCurves(of: twin) { name, step in
      if Self.isMeasuredOnSamples(name) { return false }
      if name.hasPrefix(RoundingNames.prefix) { return true }
      guard name == MetricName.evalLoss else {
        return step % settings.training.logEvery == 0 || step == settings.training.steps
      }
      return settings.evaluation.every.map { step % $0 == 0 } ?? false
    }
    try store.logEvent(
      run: run,
      "reuses the weights of run \(twin.id.prefix(8)), trained with the same settings: only sampling and evaluation differ"
    )
    return true
  }

  /// Resumes from the training state of a run that differs in fewer steps, and maybe in how it samples and measures.
  /// - Returns: whether it is sound.
  private func resume(
    from id: String, _ session: RunSession, _ state: TrainingState
  ) throws -> Bool {
    let own = try store.memberships(run: run)[0]
    let other = try store.memberships(run: id)[0]
    let samples = own.sharesSettings(with: other, under: "sampling.")
    let grids: [Grid]
    do {
      // What may be damaged comes first: once a state is loaded, training continues from it.
      grids = samples ? try self.grids(of: other, every: session.settings.sampling.every) : []
      try state.load(
        from: RunLock.trainingState(run: id, store: store.folder), owner: id,
        steps: other.trainingSteps)
    } catch  where error is StoreError || error is DiffusionError {
      try store.logEvent(
        run: run, level: .warning, "cannot resume from run \(id.prefix(8)): \(error)")
      return false
    }
    // Of what it logged, what this run would have logged by now.
    let settings = session.settings
    let against = try [NamedInput.heldOut, .inception].map { try store.contents(of: $0.name) }
    let evaluates =
      own.sharesSettings(with: other, under: "evaluation.")
      && against.allSatisfy { $0[own.id] == $0[id] }
    try takeCurves(of: other) { [state] name, step in
      guard step <= state.step else { return false }
      if name.hasPrefix(RoundingNames.prefix) { return true }
      guard name.hasPrefix("eval/") else { return step % settings.training.logEvery == 0 }
      return evaluates && (samples || !Self.isMeasuredOnSamples(name))
        && settings.evaluation.every.map { step % $0 == 0 } ?? false
    }
    // Those of its end are none that this run would have made.
    try take(
      try store.artifacts(run: other.id).filter {
        $0.name == RunStore.NetworkName.averages
          && ($0.step ?? 0).isMultiple(of: session.settings.training.emaEvery)
          && $0.step ?? 0 <= state.step
      })
    for grid in grids where grid.step <= state.step {
      try store.saveArtifact(
        run: run, name: Self.samplesName(grid.step) + grid.ending, step: grid.step,
        mediaType: grid.mediaType, bytes: grid.bytes)
    }
    try store.logEvent(
      run: run,
      "resumes from step \(state.step) of run \(id.prefix(8)), trained with the same settings for fewer "
        + "steps")
    return true
  }

  private static func isMeasuredOnSamples(_ metric: String) -> Bool {
    metric.hasPrefix("eval/") && metric != MetricName.evalLoss
  }

  /// Copies a run's training curves and measures.
  private func takeCurves(
    of other: RunSummary, where isWanted: (_ metric: String, _ step: Int) -> Bool
  ) throws {
    let names = other.metrics.keys.filter {
      $0.hasPrefix("train/") || $0.hasPrefix("time/") || $0 == "speed/images_per_second"
        || $0.hasPrefix("eval/") || $0.hasPrefix(RoundingNames.prefix)
    }
    let curves = try names.sorted().map { name in
      let all = try store.history(run: other.id, metric: name)
      var wanted = SeriesPoints(name: name)
      for (step, value) in zip(all.steps, all.values) where isWanted(name, step) {
        wanted.append(step: step, value: value)
      }
      return wanted
    }
    try store.appendPoints(curves, run: run)
  }

  private struct Grid {
    var step: Int
    var mediaType: String
    var bytes: [UInt8]

    var ending: String { mediaType == Artifact.arrayType ? ".npy" : ".png" }
  }

  /// The sheets of samples that a run made during training; the last one was made at its last step.
  private func grids(of other: RunSummary, every: Int?) throws -> [Grid] {
    guard let every else { return [] }
    return try store.artifacts(run: other.id).compactMap { artifact in
      let step = artifact.step ?? other.trainingSteps
      guard artifact.areSamples, step % every == 0 else { return nil }
      return Grid(
        step: step, mediaType: artifact.mediaType,
        bytes: try store.content(sha256: artifact.sha256))
    }
  }
}
