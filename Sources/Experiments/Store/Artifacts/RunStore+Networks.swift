package import Diffusion
package import Kernels

/// Networks and snapshots of averages that runs have left.
extension RunStore {
  /// Names of artifacts.
  package enum NetworkName {
    /// What the run's samples are drawn by.
    package static let drawing = "network.safetensors"
    /// The weights as trained, where an average draws.
    package static let raw = "network.raw.safetensors"
    /// What training kept, where `sampling.ema` draws by something else.
    package static let kept = "network.kept.safetensors"
    /// The worse network of `sampling.guide` or `sampling.guide_step`.
    package static let guide = "network.guide.safetensors"
    /// Of one step each.
    package static let averages = "averages.safetensors"
  }

  /// - Returns: nil where the run has none of that name.
  /// - Throws: `StoreError`, `DiffusionError`.
  package func network(of run: String, _ name: String = NetworkName.drawing) throws -> NetworkFile?
  {
    guard let artifact = try artifacts(run: run).first(where: { $0.name == name }) else {
      return nil
    }
    return try NetworkFile(bytes: try content(sha256: artifact.sha256), name: artifact.name)
  }

  /// What loads each snapshot of a run's averages, in the order of their steps.
  package func averages(
    of run: String, layout: ParameterLayout
  ) throws -> [() throws -> AverageSnapshot] {
    try artifacts(run: run).filter { $0.name == NetworkName.averages }
      .sorted { ($0.step ?? 0) < ($1.step ?? 0) }
      .map { artifact in
        {
          try AverageSnapshot(
            bytes: try self.content(sha256: artifact.sha256), name: artifact.name, layout: layout)
        }
      }
  }
}
