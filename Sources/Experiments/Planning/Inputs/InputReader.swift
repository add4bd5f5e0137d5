package import Diffusion
package import Store
internal import Synchronization
import Values

/// What a run depends on beside its settings, as it was found when the run was planned.
package struct RunInputs: Sendable {
  /// Hash of the training data.
  var fingerprint: String
  /// What is written down of the run.
  var recorded: [RunInput] = []
  /// Why something that it names cannot be had, by what it is: it can be planned, and fails when its turn comes.
  private(set) var problems: [String: any Error] = [:]
  /// Why a network that it names cannot be had, though its content is known: what was made of it is done still.
  var gone: StoreError?

  init(fingerprint: String, recorded: [RunInput] = []) {
    self.fingerprint = fingerprint
    self.recorded = recorded
  }

  /// Why it cannot begin.
  var problem: (any Error)? { problems.max { $0.key < $1.key }?.value }

  /// Content of what belongs to `trainKey` beside the data, by name.
  var named: [String: String] { contents(of: .training) }

  /// Content of what belongs to the id and not to `trainKey`, by name.
  var namedAfterTraining: [String: String] { contents(of: .afterTraining) }

  private func contents(of part: NamedInput.Part) -> [String: String] {
    var named: [String: String] = [:]
    func add(_ name: String, _ content: String) {
      if name != NamedInput.data.name, NamedInput.named(name)?.part == part {
        named[name] = content
      }
    }
    for input in recorded { add(input.name, input.sha256) }
    // Not the identity of a run that names nothing, nor that of an earlier version.
    for name in problems.keys { add(name, "unknown") }
    return named
  }

  fileprivate mutating func add(
    _ found: Result<InputReader.Network, any Error>, as input: NamedInput
  ) {
    switch found {
    case .success(let network):
      recorded.append(network.input)
      gone = gone ?? network.gone
    case .failure(let error): problems[input.name] = error
    }
  }
}

/// Finds what runs name (data, held-out data, a schedule's numbers, the networks that training begins with, that guide samples
/// and that measure them) and reads it, each thing once: what a plan says stays as it is while the plan is worked on, whatever
/// becomes of files and of what `best:NAME` means.
package final class InputReader: Sendable {
  private let openStore: @Sendable () throws -> RunStore?
  private let known = Mutex(Known())

  private struct Known {
    var data: [DataSettings: [RunInput]] = [:]
    var summaries: [DataSummary] = []
    var networks: [String: Result<Network, any Error>] = [:]
    var schedules: [DiffusionSettings: RunInput] = [:]
    /// By path.
    var inceptions: [String: RunInput] = [:]
  }

  fileprivate struct Network {
    var input: RunInput
    var gone: StoreError?
  }

  /// - Parameter store: opens the store whose runs may be named; nil where there is none yet.
  package init(store: @escaping @Sendable () throws -> RunStore? = { nil }) {
    openStore = store
  }

  /// What became of the files of the data sets read so far, in their order, no two alike.
  package var summaries: [DataSummary] { known.withLock { $0.summaries } }

  /// - Throws: `DiffusionError` where data, a schedule or a network to measure by are missing or damaged.
  package func inputs(of settings: RunSettings, in experiment: String) throws -> RunInputs {
    let data = try data(settings.data)
    var inputs = RunInputs(
      fingerprint: data.content(of: .data)?.sha256 ?? "", recorded: data)
    if let schedule = try schedule(settings.diffusion) { inputs.recorded.append(schedule) }
    if let inception = try inception(settings.evaluation) { inputs.recorded.append(inception) }
    if let from = settings.training.from {
      inputs.add(
        network(from, as: .weights, in: experiment, seed: settings.training.seed), as: .weights)
    }
    if let guide = settings.sampling.guide {
      inputs.add(
        network(guide, as: .guide, in: experiment, seed: settings.training.seed), as: .guide)
    }
    return inputs
  }

  private func data(_ settings: DataSettings) throws -> [RunInput] {
    if let known = known.withLock({ $0.data[settings] }) { return known }
    let loaded = try LoadedData(settings)
    let read = [RunInput(.data, loaded.training), RunInput(.heldOut, loaded.heldOut)]
    known.withLock { known in
      known.data[settings] = read
      if !known.summaries.contains(loaded.summary) { known.summaries.append(loaded.summary) }
    }
    return read
  }

  /// Of a schedule that a file gives; nil of others.
  private func schedule(_ settings: DiffusionSettings) throws -> RunInput? {
    guard case .vp = settings.process, case .file(let path) = settings.schedule else { return nil }
    if let known = known.withLock({ $0.schedules[settings] }) { return known }
    guard let hash = try settings.read().scheduleHash else { return nil }
    let read = RunInput(
      name: NamedInput.schedule.name, sha256: hash, text: "\(settings.steps) betas of \(path)")
    known.withLock { $0.schedules[settings] = read }
    return read
  }

  /// Of the network that the FID is by; nil where it is not measured.
  private func inception(_ settings: EvaluationSettings) throws -> RunInput? {
    let path = settings.inception ?? ""
    guard settings.metrics.contains(.fid) else { return nil }
    if let known = known.withLock({ $0.inceptions[path] }) { return known }
    guard let file = try settings.inceptionFile() else { return nil }
    let read = RunInput(
      name: NamedInput.inception.name, sha256: file.contentHash,
      text: "the Inception network in \(path)")
    known.withLock { $0.inceptions[path] = read }
    return read
  }

  private func network(
    _ from: String, as input: NamedInput, in experiment: String, seed: UInt64
  ) -> Result<Network, any Error> {
    // What may become another meanwhile is looked at once, whatever the seed.
    let isMoving = from == "last" || from.hasPrefix("best:")
    let key = "\(input.name)\n\(experiment)\n\(from)\n\(isMoving ? 0 : seed)"
    if let known = known.withLock({ $0.networks[key] }) { return known }
    let read = Result {
      let found = try NamedWeights.find(
        from, as: input, in: experiment, seed: seed, store: openStore)
      let isThere = found.network != nil
      return Network(
        input: found.input,
        gone: isThere ? nil : try openStore().map { NamedWeights.isGone(found.input, from: $0) })
    }
    known.withLock { $0.networks[key] = read }
    return read
  }
}

extension RunInput {
  fileprivate init(_ input: NamedInput, _ data: DataSet) {
    let size =
      data.isImage
      ? "images of \(data.channels)×\(data.height)×\(data.width)"
      : "points in \(data.channels) dimensions"
    self.init(name: input.name, sha256: data.fingerprint, text: "\(data.count) \(size)")
  }
}
