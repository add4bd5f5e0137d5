import ArgumentParser
import Diffusion
import Experiments
import Foundation

/// Which run store a verb means.
struct StoreOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The run store's folder (default: $WORKBENCH_STORE, or 'runs').", valueName: "dir"))
  var store: String?

  var folder: String {
    if let store { return store }
    let named = ProcessInfo.processInfo.environment["WORKBENCH_STORE"] ?? ""
    return named.isEmpty ? "runs" : named
  }

  /// Opens a store that is there, having looked which of its runs have died.
  /// - Throws: `StoreError`.
  func open() throws -> RunStore {
    let store = try RunStore(folder: folder)
    try store.markCrashedRuns()
    return store
  }

  /// Saves what an experiment file asks for into the store, which is made if there is none.
  /// - Parameter proposes: whether a search may go beyond the rounds that it has proposed.
  /// - Throws: `ExperimentFileError`, `DiffusionError` where data are missing, `StoreError`.
  func register(
    _ file: ExperimentFile, proposes: Bool = false
  ) throws -> (plan: Plan, store: RunStore) {
    // Before there is a store: nothing is left behind where the data are missing.
    let fingerprints = try Fingerprints(of: file)
    let store = try RunStore(folder: folder, creating: true)
    try store.markCrashedRuns()
    let plan = try Self.register(
      file, in: store, failed: [], proposes: proposes, fingerprints: fingerprints)
    return (plan, store)
  }

  /// Saves a plan as far as the results lead.
  @discardableResult
  static func register(
    _ file: ExperimentFile, in store: RunStore, failed: Set<String>, proposes: Bool,
    fingerprints: Fingerprints
  ) throws -> Plan {
    let plan = try Plan(
      file, store: store, failed: failed, proposes: proposes, fingerprint: fingerprints.of)
    try store.register(try plan.registration(of: file), marksOrphans: plan.makesOrphans)
    return plan
  }
}
