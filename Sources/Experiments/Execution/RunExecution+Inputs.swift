package import Diffusion
import Planning
package import Store
import Values

/// What a run names is not what it was when the run was planned.
package struct InputsChanged: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  package static func of(_ what: String, _ planned: RunInput, found: String) -> InputsChanged {
    InputsChanged(
      description:
        "\(what) since this run was planned (content \(planned.shortHash) then, "
        + "\(found.prefix(ShortID.minimumLength)) now); run 'workbench run' again to plan with the current content, or restore "
        + "the earlier one")
  }
}

extension RunExecution {
  /// The weights that the run was planned to begin with.
  /// - Throws: `InputsChanged` where they are others by now; `StoreError`, `DiffusionError` where they cannot be had.
  package func initialNetwork(_ settings: RunSettings, _ inputs: [RunInput]) throws -> NetworkFile?
  {
    try network(
      .weights, settings.training.from, settings, inputs, untold: settings.model.residual)
  }

  /// The network that the run was planned to be guided by.
  /// - Throws: as ``initialNetwork(_:_:)``.
  package func guideNetwork(_ settings: RunSettings, _ inputs: [RunInput]) throws -> NetworkFile? {
    try network(.guide, settings.sampling.guide, settings, inputs, untold: nil)
  }

  private func network(
    _ kind: NamedInput, _ text: String?, _ settings: RunSettings, _ inputs: [RunInput],
    untold: ResidualUNetSettings?
  ) throws -> NetworkFile? {
    guard let text else { return nil }
    guard let planned = inputs.content(of: kind) else {
      let found = try NamedWeights.find(
        text, as: kind, in: nil, seed: settings.training.seed, untold: untold, store: { store })
      if !inputs.isEmpty {
        throw InputsChanged(
          description:
            "\(kind.name): '\(text)' could not be read when this run was planned; run 'workbench run' again "
            + "to plan with it")
      }
      guard let network = found.network else { throw NamedWeights.hasNoNetwork(text, kind) }
      return network
    }
    let network: NetworkFile
    if let run = planned.run {
      do {
        guard let found = try NamedWeights(of: run, named: text, as: kind, store).network else {
          throw NamedWeights.hasNoNetwork(text, kind)
        }
        network = found
      } catch let error as StoreError where error.kind == .notFound {
        throw NamedWeights.isGone(planned, from: store)
      }
    } else {
      network = try NetworkFile(contentsOf: text, untold: untold)
    }
    let content = network.contentHash
    guard content == planned.sha256 else {
      throw InputsChanged.of("\(kind.name): \(planned.text) changed", planned, found: content)
    }
    return network
  }

  /// That the run has loaded what it was planned with.
  /// - Throws: `InputsChanged`.
  package func check(_ session: RunSession, _ inputs: [RunInput]) throws {
    var loaded: [(NamedInput, what: String, content: String)] = [
      (.data, "the data changed", session.data.fingerprint),
      (.heldOut, "the held-out images changed", session.heldOutFingerprint),
    ]
    if let schedule = session.scheduleHash {
      loaded.append((.schedule, "the betas of the schedule changed", schedule))
    }
    if let inception = session.inceptionHash {
      loaded.append((.inception, "the weights of the Inception network changed", inception))
    }
    for (input, what, content) in loaded {
      guard let planned = inputs.content(of: input), planned.sha256 != content else { continue }
      throw InputsChanged.of(what, planned, found: content)
    }
  }
}
