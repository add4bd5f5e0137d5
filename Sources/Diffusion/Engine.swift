import Foundation
public import Kernels

/// Which kernels this process computes with.
public enum Engine {
  /// The best set this machine runs, or the one that WORKBENCH_KERNELS names.
  /// - Throws: `DiffusionError(.badInput)` if there is none of that name here.
  public static func kernels() throws(DiffusionError) -> KernelSet {
    let name = ProcessInfo.processInfo.environment["WORKBENCH_KERNELS"] ?? ""
    guard !name.isEmpty else { return .best }
    guard let kernels = KernelSet(named: name) else {
      let available = KernelSet.available.map(\.description).joined(separator: ", ")
      throw DiffusionError(
        .badInput, "WORKBENCH_KERNELS is '\(name)'; this machine runs \(available)")
    }
    return kernels
  }

  /// What a result's bits depend on besides its settings: `engine.kernels`, `engine.bf16`, `blas.core`,
  /// `blas.version`.
  public static func facts() throws(DiffusionError) -> [String: String] {
    let kernels = try kernels()
    return [
      "engine.kernels": kernels.description,
      "engine.bf16": kernels.hasNativeBF16 ? "native" : "emulated",
      "blas.core": BLAS.coreName,
      "blas.version": BLAS.version,
    ]
  }
}
