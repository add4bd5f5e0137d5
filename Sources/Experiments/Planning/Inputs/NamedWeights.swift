import Analysis
package import Diffusion
internal import Foundation
package import Store
package import Values

/// The network that `training.from` or `sampling.guide` names: a network file, a diffusers model's folder, or a run of the
/// store.
package struct NamedWeights {
  package let input: RunInput
  /// Nil where the network itself is gone, and only its content is known.
  package let network: NetworkFile?

  /// - Parameters:
  ///   - kind: which of the two names it.
  ///   - experiment: whose runs are planned: those of them that begin with what the same words mean are not meant. So
  ///     `last` is the run begun last before them, however often they are planned.
  ///   - seed: of the run that begins with them: of several runs that differ in it alone, the one of the same is meant.
  ///   - untold: options that the tensors of a bare file do not tell; the content does not depend on them.
  ///   - store: opens the store, if the text means no file.
  /// - Throws: `StoreError`, `DiffusionError`.
  package static func find(
    _ from: String, as kind: NamedInput = .weights, in experiment: String?, seed: UInt64? = nil,
    untold: ResidualUNetSettings? = .ofAnyChannels,
    store: () throws -> RunStore?
  ) throws -> NamedWeights {
    if FileManager.default.fileExists(atPath: from) {
      let network = try NetworkFile(contentsOf: from, untold: untold)
      return NamedWeights(
        input: RunInput(
          name: kind.name, sha256: network.contentHash,
          text: "the network in \(from)"),
        network: network)
    }
    guard let store = try store() else { throw isNeither(from, kind) }
    let run: String
    do {
      let own = try experiment.map {
        try store.runs(of: $0, setting: kind.name, to: from)
      }
      // Planned once, an experiment that begins with its own best no longer has that run.
      run = try store.resolve(
        from, without: own ?? [], orphans: from == "best:\(experiment ?? "")", seed: seed)
    } catch let error as StoreError where error.kind == .badInput {
      throw named(error, kind)
    } catch let error as StoreError where error.kind == .notFound {
      // What was made of it is done still.
      if let gone = try store.gone(kind.name, setting: kind.name, to: from) {
        return NamedWeights(input: gone, network: nil)
      }
      guard from == "last" || from.hasPrefix("best:") else { throw isNeither(from, kind) }
      throw named(error, kind)
    }
    return try NamedWeights(of: run, named: from, as: kind, store)
  }

  private static func named(_ error: StoreError, _ kind: NamedInput) -> StoreError {
    StoreError(error.kind, "\(kind.name): \(error.description)")
  }

  private static func isNeither(_ from: String, _ kind: NamedInput) -> StoreError {
    StoreError(
      .notFound, "\(kind.name): '\(from)' is neither a file nor a run of this store")
  }

  package static func isGone(_ input: RunInput, from store: RunStore) -> StoreError {
    let deleted = input.run.flatMap { try? store.resolveDeleted($0) }
    let advice =
      deleted.map {
        "deleted; 'workbench restore \($0.prefix(ShortID.minimumLength))' brings it back"
      }
      ?? "gone from the store; run it again, or name another"
    return StoreError(.notFound, "\(input.name): \(input.text) is \(advice)")
  }

  package static func hasNoNetwork(_ from: String, _ kind: NamedInput) -> StoreError {
    StoreError(.notFound, "\(kind.name): run \(from) has no network yet; run it first")
  }
}

extension NamedWeights {
  /// The network of a run.
  /// - Throws: `StoreError`, `DiffusionError`.
  package init(
    of run: String, named from: String, as kind: NamedInput = .weights, _ store: RunStore
  ) throws {
    let member = try store.memberships(run: run)[0]
    let name = member.experiment.map { " (\($0)/\(member.label ?? ""))" } ?? ""
    let artifact = try store.artifacts(run: run).first { $0.name == RunStore.NetworkName.drawing }
    let content: String
    if let artifact {
      let bytes: [UInt8]
      do { bytes = try store.content(sha256: artifact.sha256) } catch let error as StoreError {
        throw Self.named(error, kind)
      }
      let network = try NetworkFile(bytes: bytes, name: from)
      content = network.contentHash
      self.network = network
    } else {
      guard let known = try store.content(of: kind.name, from: run) else {
        if let told = try store.divergence(of: run, program: nil) {
          throw StoreError(.notFound, "\(kind.name): run \(from) has no network: it \(told)")
        }
        throw Self.hasNoNetwork(from, kind)
      }
      content = known
      network = nil
    }
    input = RunInput(
      name: kind.name, sha256: content, run: run,
      text: "the network of run \(run.prefix(ShortID.minimumLength))\(name)")
  }
}
