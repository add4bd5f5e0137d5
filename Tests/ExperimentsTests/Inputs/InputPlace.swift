import Diffusion
import Foundation
import TestSupport
import Values

@testable import Execution
@testable import ExperimentFiles
@testable import Planning
@testable import Store

/// A folder with data, networks and a store that tests change under the program's feet.
final class InputPlace {
  let folder: TemporaryFolder
  let store: RunStore
  /// Moves on by a second each time that the store asks.
  let clock = SteppingClock()

  init() throws {
    folder = try TemporaryFolder()
    let clock = clock
    store = try RunStore(
      folder: folder.path + "/runs", creating: true,
      options: RunStore.Options(clock: { clock.now() }))
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// Images (40, 8, 8) of one byte each: `value` + image number, the last tenth `heldOut` + image number.
  func writeImages(_ value: UInt8, heldOut: UInt8, count: Int = 40) throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(count), 8, 8), }"
    var text = Array(header.utf8)
    text += [UInt8](repeating: 32, count: 63 - (10 + text.count) % 64) + [10]
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(text.count & 255), UInt8(text.count >> 8)] + text
    for image in 0..<count {
      let first = image < count - count / 10 ? value : heldOut
      bytes += (0..<64).map { UInt8(truncatingIfNeeded: Int(first) + image + $0) }
    }
    try folder.write(bytes, "images.npy")
  }

  /// The network of the experiments below, freshly initialised.
  static func network(seed: UInt64) throws -> NetworkFile {
    let file = try ExperimentFile.read(text: text("network"), path: "x.yaml")
    var settings = try Plan(file) { _ in "" }.runs[0].settings
    settings.training.seed = seed
    guard let network = try RunSession(settings, workers: 1).networkFile() else {
      throw CancellationError()
    }
    return network
  }

  func writeNetwork(seed: UInt64, _ name: String = "base.safetensors") throws {
    try folder.write(try Self.network(seed: seed).bytes(), name)
  }

  // MARK: Experiments

  static func text(
    _ name: String, steps: Int = 2, sampling: Int = 2, from: String? = nil, more: String = ""
  ) -> String {
    """
    name: \(name)
    data: {source: shapes, size: 8, limit: 32}
    model: {base_channels: 8, time_embedding: {dim: 16}}
    training: {steps: \(steps), batch: 8\(from.map { ", from: '\($0)'" } ?? "")}
    sampling: {sampler: ddim, steps: \(sampling), count: 2}
    evaluation: {images: 8}
    objective: {metric: eval/loss}
    \(more)
    """
  }

  func images(_ name: String = "live", steps: Int = 2, more: String = "") -> String {
    """
    name: \(name)
    data: {source: npy, path: '\(path("images.npy"))'}
    model: {base_channels: 8, time_embedding: {dim: 16}}
    training: {steps: \(steps), batch: 8}
    sampling: {sampler: ddim, steps: 2, count: 2}
    evaluation: {images: 4}
    objective: {metric: eval/loss}
    \(more)
    """
  }

  func file(_ text: String) throws -> ExperimentFile {
    try ExperimentFile.read(text: text, path: "x.yaml")
  }

  /// As each invocation of the program plans: nothing is remembered.
  func plan(_ text: String) throws -> Plan {
    try Plan(try file(text), store: store, inputs: InputReader { [store] in store })
  }

  func status(_ text: String) throws -> PlanStatus { try PlanStatus(plan(text), store: store) }

  @discardableResult
  func register(_ text: String) throws -> Plan {
    let plan = try plan(text)
    try store.register(
      try plan.registration(of: try file(text)), marksOrphans: plan.makesOrphans)
    return plan
  }

  func execute(_ run: String) throws {
    let outcome = try RunExecution(store: store, run: run, workers: 1, environment: [:])(
      shouldStop: { false }, report: { _ in })
    guard case .finished = outcome else { throw CancellationError() }
  }

  /// Plans and executes what is not done, and says what its runs are called.
  @discardableResult
  func run(_ text: String) throws -> [String] {
    let plan = try register(text)
    let states = try store.states()
    for run in plan.runs where states[run.id] != .finished { try execute(run.id) }
    return plan.runs.map(\.id)
  }

  /// The value at the end, by its bits.
  func loss(_ run: String) throws -> UInt64? {
    try store.memberships(run: run)[0].metrics["eval/loss"]?.last.bitPattern
  }

  func network(of run: String) throws -> String? {
    try store.artifacts(run: run).first { $0.name == "network.safetensors" }?.sha256
  }
}
