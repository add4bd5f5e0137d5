import ArgumentParser
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
}
