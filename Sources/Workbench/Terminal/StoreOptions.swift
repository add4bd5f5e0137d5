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
  /// - Throws: `ExperimentFileError`, `DiffusionError` where data are missing, `StoreError`.
  func register(_ file: ExperimentFile) throws -> (plan: Plan, store: RunStore) {
    let plan = try Plan(file) { try DataSet.load($0).fingerprint }
    let store = try RunStore(folder: folder, creating: true)
    try store.markCrashedRuns()
    try store.register(try plan.registration(of: file), marksOrphans: plan.makesOrphans)
    return (plan, store)
  }
}
