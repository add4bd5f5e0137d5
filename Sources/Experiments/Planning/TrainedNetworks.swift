internal import Diffusion
import Store
import Values

/// Which trained networks there are, or will be by the time a planned run begins: a run that only samples or measures
/// otherwise takes the weights of one that trained alike.
struct TrainedNetworks {
  private struct Trained {
    var id: String
    /// Settings under `evaluation.`
    var evaluation: [String: ParameterValue]
    /// Content of what it is measured against.
    var heldOut: String?
  }

  private var networks: [String: [Trained]] = [:]

  /// - Parameters:
  ///   - known: the store's runs.
  ///   - heldOut: content of what they were measured against, where it is known.
  init(_ known: [RunSummary], heldOut: [String: String]) {
    for run in known where run.state == .finished {
      networks[Self.key(run.trainKey, run.trainingSteps), default: []].append(
        Trained(
          id: run.id, evaluation: run.settings(under: "evaluation."), heldOut: heldOut[run.id]))
    }
  }

  private static func key(_ trainKey: String, _ steps: Int) -> String { "\(trainKey) \(steps)" }

  /// The run whose weights a planned run takes, if there is one, and a word about it; from then on the planned run is
  /// there too.
  mutating func weights(for run: PlannedRun) -> (source: String?, reason: String?) {
    let key = Self.key(run.trainKey, run.settings.training.steps)
    let evaluation = run.parameters.filter { $0.key.hasPrefix("evaluation.") }
    let alike = (networks[key] ?? []).filter { $0.id != run.id }
    let heldOut = run.inputs.recorded.content(of: .heldOut)?.sha256
    networks[key, default: []].append(
      Trained(id: run.id, evaluation: evaluation, heldOut: heldOut))
    guard run.settings.model.architecture != .exactGaussian, let first = alike.first else {
      return (nil, nil)
    }
    let source = alike.first {
      run.settings.takesWeights(
        evaluatingAlike: $0.evaluation == evaluation && $0.heldOut == heldOut)
    }
    func name(_ id: String) -> Substring { id.prefix(ShortID.minimumLength) }
    guard let source else {
      return (
        nil,
        "trains anew, though \(name(first.id)) trains alike: it draws or measures samples on the way"
      )
    }
    return (source.id, "takes the weights of \(name(source.id))")
  }
}
