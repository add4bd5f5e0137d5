package import Diffusion
import Foundation
import Planning
import Store
import Values

/// Where an execution starts from: its checkpoint if there is a sound one, what another run trained alike, or the
/// beginning.
extension RunExecution {
  /// - Throws: `StoreError`, `DiffusionError`.
  package func restore(_ session: RunSession, from path: String) throws {
    guard let state = session.state else { return try store.clearResults(run: run) }
    if FileManager.default.fileExists(atPath: path) {
      do {
        try state.load(from: path, owner: run, steps: session.settings.training.steps)
        try store.truncatePoints(run: run, beyond: state.step)
        try store.logEvent(run: run, "goes on from its checkpoint at step \(state.step)")
        return
      } catch let error as DiffusionError {
        try store.logEvent(
          run: run, level: .warning, "its checkpoint cannot be used, so it begins anew: \(error)")
      }
    }
    try store.clearResults(run: run)
    if trainsAnew { return }
    let known = try store.runs()
    guard let own = known.first(where: { $0.id == run }) else { return }
    let alike = known.filter { $0.id != run && $0.trainKey == own.trainKey }
    let heldOut = try store.contents(of: NamedInput.heldOut.name)
    let twins = alike.filter {
      $0.state == .finished && $0.trainingSteps == own.trainingSteps
        && session.settings.takesWeights(
          evaluatingAlike: own.sharesSettings(with: $0, under: "evaluation.")
            && heldOut[own.id] == heldOut[$0.id])
    }
    for twin in twins where try adopt(twin, session) { return }
    if !session.settings.training.learningRateSchedule.dependsOnTotal {
      try goOn(from: alike, own, session, state)
    }
  }

  /// Takes over the weights and training curves of a finished run that differs only in how it samples and measures.
  /// - Returns: whether they are there, sound, and fit.
  private func adopt(_ twin: RunSummary, _ session: RunSession) throws -> Bool {
    let artifacts = try store.artifacts(run: twin.id)
    func network(_ name: String) throws -> NetworkFile? {
      guard let artifact = artifacts.first(where: { $0.name == name }) else { return nil }
      return try NetworkFile(bytes: try store.content(sha256: artifact.sha256), name: name)
    }
    do {
      guard let best = try network("network.safetensors"),
        session.adopt(best: best, raw: try network("network.raw.safetensors"))
      else { return false }
    } catch  where error is StoreError || error is DiffusionError {
      try store.logEvent(
        run: run, level: .warning,
        "the weights of run \(twin.id.prefix(8)), trained alike, cannot be taken: \(error)")
      return false
    }
    let settings = session.settings
    try takeCurves(of: twin) { name, step in
      if Self.isMeasuredOnSamples(name) { return false }
      guard name == EvaluationNames.loss else {
        return step % settings.training.logEvery == 0 || step == settings.training.steps
      }
      return settings.evaluation.every.map { step % $0 == 0 } ?? false
    }
    try store.logEvent(
      run: run,
      "takes the weights of run \(twin.id.prefix(8)), trained alike: only sampling and measures differ"
    )
    return true
  }

  /// Goes on from the training state of the run that got furthest of those that differ in fewer steps, and maybe in how
  /// they sample and measure.
  private func goOn(
    from alike: [RunSummary], _ own: RunSummary, _ session: RunSession, _ state: TrainingState
  ) throws {
    let shorter = alike.filter { $0.trainingSteps < own.trainingSteps && !$0.hasDiverged }
      .sorted { ($1.step, $0.id) < ($0.step, $1.id) }
    for other in shorter {
      guard RunLock.hasTrainingState(run: other.id, store: store.folder) else { continue }
      let samples = own.sharesSettings(with: other, under: "sampling.")
      let grids: [Grid]
      do {
        // First what may be damaged: a state once taken is gone on from.
        grids = samples ? try self.grids(of: other, every: session.settings.sampling.every) : []
        try state.load(
          from: RunLock.trainingState(run: other.id, store: store.folder), owner: other.id,
          steps: other.trainingSteps)
      } catch  where error is StoreError || error is DiffusionError {
        try store.logEvent(
          run: run, level: .warning, "run \(other.id.prefix(8)) cannot be gone on from: \(error)")
        continue
      }
      // Of what it logged, what this run would have logged by now.
      let settings = session.settings
      let heldOut = try store.contents(of: NamedInput.heldOut.name)
      let evaluates =
        own.sharesSettings(with: other, under: "evaluation.")
        && heldOut[own.id] == heldOut[other.id]
      try takeCurves(of: other) { [state] name, step in
        guard step <= state.step else { return false }
        guard name.hasPrefix("eval/") else { return step % settings.training.logEvery == 0 }
        return evaluates && (samples || !Self.isMeasuredOnSamples(name))
          && settings.evaluation.every.map { step % $0 == 0 } ?? false
      }
      for grid in grids where grid.step <= state.step {
        try store.saveArtifact(
          run: run, name: Self.gridName(grid.step), step: grid.step, mediaType: grid.mediaType,
          bytes: grid.bytes)
      }
      return try store.logEvent(
        run: run,
        "goes on from step \(state.step) of run \(other.id.prefix(8)), trained alike for fewer steps"
      )
    }
  }

  private static func isMeasuredOnSamples(_ metric: String) -> Bool {
    metric.hasPrefix("eval/") && metric != EvaluationNames.loss
  }

  /// Copies a run's training curves and measures.
  private func takeCurves(
    of other: RunSummary, where isWanted: (_ metric: String, _ step: Int) -> Bool
  ) throws {
    let names = other.metrics.keys.filter {
      $0.hasPrefix("train/") || $0.hasPrefix("time/") || $0 == "speed/images_per_second"
        || $0.hasPrefix("eval/")
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
  }

  /// The sheets of samples that a run made under way; its last one was made at its last step.
  private func grids(of other: RunSummary, every: Int?) throws -> [Grid] {
    guard let every else { return [] }
    return try store.artifacts(run: other.id).compactMap { artifact in
      let step = artifact.step ?? other.trainingSteps
      guard artifact.mediaType == "image/png", step % every == 0 else { return nil }
      return Grid(
        step: step, mediaType: artifact.mediaType,
        bytes: try store.content(sha256: artifact.sha256))
    }
  }
}
