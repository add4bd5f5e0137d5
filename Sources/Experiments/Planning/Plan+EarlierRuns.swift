internal import Diffusion
package import Store
import Values

extension Plan {
  /// Takes what the store has of the same runs under another identity for what it is:
  ///
  /// - A run that was planned before the content of `training.from` was part of its id keeps that id, if it is known to
  ///   have begun with the weights that are meant now.
  /// - Where the store's run of an id was measured against other held-out images than there are now, the planned run is
  ///   another one. So ids are what they always were, and nothing measured on other images counts as done.
  ///
  /// - Throws: `StoreError`.
  package mutating func recognise(in store: RunStore) throws {
    var families: [String: Set<String>] = [:]
    let candidates = runs.map { run in
      run.earlierTrainKey.map {
        Identity(run.parameters).runID(
          trainKey: $0, inputs: run.inputs.namedAfterTraining)
      }
    }
    let written = try store.inputs(runs: runs.map(\.id) + candidates.compactMap { $0 })
    for index in runs.indices {
      let run = runs[index]
      if let key = run.earlierTrainKey, let id = candidates[index],
        let weights = run.inputs.recorded.content(of: .weights)
      {
        if families[key] == nil {
          families[key] = try known(key, with: weights, run, in: store)
        }
        let isWritten = written[id]?.content(of: .weights)?.sha256 == weights.sha256
        if isWritten || families[key]?.contains(id) == true { runs[index].id = id }
      }
      guard let heldOut = run.inputs.recorded.content(of: .heldOut),
        let before = written[runs[index].id]?.content(of: .heldOut),
        before.sha256 != heldOut.sha256
      else { continue }
      runs[index].id = Identity.apart(runs[index].id, by: heldOut)
      runs[index].groupKey = Identity.apart(run.groupKey, by: heldOut)
      runs[index].isApart = true
    }
  }

  /// Runs of a key without the content of `training.from`, if all of them are known to have begun with these weights: what
  /// the setting says can have meant one run only, and that one's network has not changed since before the first of them
  /// began.
  private mutating func known(
    _ key: String, with weights: RunInput, _ run: PlannedRun, in store: RunStore
  ) throws -> Set<String> {
    guard let source = weights.run, let from = run.settings.training.from,
      try store.candidates(from) == [source]
    else { return [] }
    let (ids, began) = try store.runsWithout(weights.name, trainKey: key)
    let network = try store.artifacts(run: source).first { $0.name == RunStore.NetworkName.drawing }
    guard let began, let network, network.created < began else { return [] }
    earlier += ids.map { EarlierRun(id: $0, trainKey: run.trainKey, input: weights) }
    return Set(ids)
  }
}
