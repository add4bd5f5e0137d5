package import Diffusion
package import Store
package import Values

extension RunSettings {
  private func isOnTheWay(_ every: Int?) -> Bool { every.map { $0 < training.steps } ?? false }

  /// What is drawn and measured on the way needs the weights of every such step, and a finished network is the last
  /// one's alone: whether all that a run asks for can be made with what another brought that was trained alike.
  /// - Parameter evaluatingAlike: whether the other one's `evaluation` is the same.
  package func takesWeights(evaluatingAlike: Bool) -> Bool {
    if isOnTheWay(sampling.every) { return false }
    guard isOnTheWay(evaluation.every) else { return true }
    return evaluatingAlike && evaluation.metrics.allSatisfy { $0 == .loss }
  }
}

extension RunSummary {
  /// `training.steps`
  package var trainingSteps: Int {
    guard case .integer(let steps)? = parameters["training.steps"] else { return 0 }
    return steps
  }

  package func sharesSettings(with other: RunSummary, under prefix: String) -> Bool {
    settings(under: prefix) == other.settings(under: prefix)
  }

  package func settings(under prefix: String) -> [String: ParameterValue] {
    parameters.filter { $0.key.hasPrefix(prefix) }
  }
}
