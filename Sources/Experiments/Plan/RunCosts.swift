internal import Diffusion

/// What a run will take, by guess.
public struct RunCost: Sendable, Hashable {
  public var seconds: Double
  public var bytes: Int
}

/// Guesses from finished runs of the same network at the same batch and precision: their time in
/// proportion to the steps, their artifacts as they are.
struct RunCosts {
  private struct Finished {
    var seconds: Double
    var steps: Int
    var bytes: Int
  }

  private var byKind: [String: Finished] = [:]

  /// - Parameter known: the store's runs; of like ones the latest counts.
  init(_ known: [RunSummary], store: RunStore?) throws {
    guard let store else { return }
    var latest: [String: RunSummary] = [:]
    for run in known where run.state == .finished && run.seconds != nil {
      let kind = Self.kind(run.parameters)
      if latest[kind].map({ $0.created <= run.created }) ?? true { latest[kind] = run }
    }
    for (kind, run) in latest {
      byKind[kind] = Finished(
        seconds: run.seconds ?? 0, steps: run.step,
        bytes: try store.artifacts(run: run.id).reduce(0) { $0 + $1.bytes })
    }
  }

  func cost(of run: PlannedRun) -> RunCost? {
    guard let like = byKind[Self.kind(run.parameters)] else { return nil }
    let share =
      like.steps > 0 ? Double(run.settings.training.steps) / Double(like.steps) : 1
    return RunCost(seconds: like.seconds * share, bytes: like.bytes)
  }

  /// What the time of a step depends on, as one text.
  private static func kind(_ parameters: [String: ParameterValue]) -> String {
    parameters.filter { path, _ in
      path.hasPrefix("model.") || path.hasPrefix("conditioning.")
        || ["data.source", "data.size", "training.batch", "training.precision"].contains(path)
    }
    .sorted { $0.key < $1.key }
    .map { "\($0.key)=\($0.value.text)" }.joined(separator: " ")
  }
}
