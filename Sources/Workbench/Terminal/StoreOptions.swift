import ArgumentParser
import Diffusion
import ExperimentFiles
import Foundation
import Planning
import Store

/// Which run store a verb means.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The run store's folder, or to ask it, a capsule (default: $WORKBENCH_STORE, or 'runs').",
      valueName: "dir"))
  var store: String?

  var folder: String {
    if let store { return store }
    let named = ProcessInfo.processInfo.environment["WORKBENCH_STORE"] ?? ""
    return named.isEmpty ? "runs" : named
  }

  /// Opens an existing store and marks the runs whose processes have died. A store that may not be written, or whose
  /// disk is full, can still be asked, and so can a capsule.
  /// - Parameter scratch: such a store takes writes too, which are lost when the program ends.
  /// - Throws: `StoreError`.
  func open(scratch: Bool = false) throws -> RunStore {
    CapsuleStore.isMeant(folder)
      ? try CapsuleStore.open(folder) : try RunStore.opened(folder, scratch: scratch)
  }

  /// The store, if there is one.
  /// - Throws: `StoreError`.
  func openIfThere() throws -> RunStore? { try Self.openIfThere(folder) }

  private static func openIfThere(_ folder: String) throws -> RunStore? {
    do {
      return try RunStore.opened(folder)
    } catch let error as StoreError where error.kind == .notFound {
      return nil
    }
  }

  /// Reads what the runs of a file name, before there is a store: nothing is left behind where data are missing.
  /// - Throws: `DiffusionError`, `StoreError`.
  func inputs(of file: ExperimentFile) throws -> InputReader {
    let inputs = InputReader { [folder] in try Self.openIfThere(folder) }
    _ = try Plan(file, inputs: inputs)
    return inputs
  }

  /// Saves what an experiment file defines into the store, which is made if there is none. In one that may only be
  /// read, it lasts as long as the program.
  /// - Parameter proposes: whether a search may go beyond the rounds that it has proposed.
  /// - Throws: `ExperimentFileError`, `DiffusionError` where data are missing, `StoreError`.
  func register(
    _ file: ExperimentFile, proposes: Bool = false
  ) throws -> (plan: Plan, store: RunStore) {
    let inputs = try inputs(of: file)
    func registered(in store: RunStore) throws -> (Plan, RunStore) {
      let plan = try Self.register(
        file, in: store, failed: [], proposes: proposes, inputs: inputs)
      return (plan, store)
    }
    do {
      let store = try RunStore(folder: folder, creating: true)
      try store.markCrashedRuns()
      return try registered(in: store)
    } catch let error as StoreError where [.cannotCreate, .inputOutput].contains(error.kind) {
      guard let store = try? RunStore(reading: folder, scratch: true) else { throw error }
      return try registered(in: store)
    }
  }

  /// Saves a plan, as far as the results allow.
  @discardableResult
  static func register(
    _ file: ExperimentFile, in store: RunStore, failed: Set<String>, proposes: Bool,
    inputs: InputReader
  ) throws -> Plan {
    let plan = try Plan(
      file, store: store, failed: failed, proposes: proposes, inputs: inputs)
    try store.register(try plan.registration(of: file), marksOrphans: plan.makesOrphans)
    return plan
  }
}

/// A verb that answers from the run store with one text.
protocol StoreQuestion: AsyncParsableCommand {
  var store: StoreOptions { get }

  /// What is printed.
  func output(_ store: RunStore, style: TerminalStyle) throws -> String
}

extension StoreQuestion {
  func run() async throws {
    printText(try output(store.open(), style: .standardOutput))
  }

  func output(_ store: RunStore) throws -> String { try output(store, style: .plain) }
}
