import Foundation
public import Kernels

/// Which kernels this process computes with.
public enum Engine {
  /// The best set this machine runs, or the one that WORKBENCH_KERNELS names; without Winograd's algorithm if
  /// WORKBENCH_WINOGRAD is `off`.
  /// - Throws: `DiffusionError(.badInput)` if there is none of that name here, or WORKBENCH_WINOGRAD is neither `on`
  ///   nor `off`.
  public static func kernels() throws(DiffusionError) -> KernelSet {
    let set = try kernelSet()
    let winograd = ProcessInfo.processInfo.environment["WORKBENCH_WINOGRAD"] ?? ""
    switch winograd {
    case "", "on": return set
    case "off": return set.withoutWinograd
    default:
      throw DiffusionError(.badInput, "WORKBENCH_WINOGRAD is '\(winograd)'; it can be on or off")
    }
  }

  /// The processors that this process may use: as many threads as are of use.
  public static var processors: Int { WorkerPool.processors }

  private static func kernelSet() throws(DiffusionError) -> KernelSet {
    let name = ProcessInfo.processInfo.environment["WORKBENCH_KERNELS"] ?? ""
    guard !name.isEmpty else { return .best }
    guard let kernels = KernelSet(named: name) else {
      let available = KernelSet.available.map(\.description).joined(separator: ", ")
      throw DiffusionError(
        .badInput, "WORKBENCH_KERNELS is '\(name)'; this machine runs \(available)")
    }
    return kernels
  }

  /// What a result's bits depend on besides its settings: `engine.kernels`, `engine.winograd`, `engine.bf16`,
  /// `blas.core`, `blas.version`.
  package static func facts() throws(DiffusionError) -> [String: String] {
    let kernels = try kernels()
    return [
      "engine.kernels": kernels.description,
      "engine.winograd": kernels.usesWinograd ? "on" : "off",
      "engine.bf16": kernels.hasNativeBF16 ? "native" : "emulated",
      "blas.core": BLAS.coreName,
      "blas.version": BLAS.version,
    ]
  }
}
