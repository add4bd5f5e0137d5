import Diffusion
import Kernels
import Store

/// Snapshots of averages of the weights: artifacts of a run, one a step.
extension RunExecution {
  /// With the step.
  static let averagesName = "averages.safetensors"

  func save(_ snapshot: AverageSnapshot, of session: RunSession) throws {
    guard let layout = session.state?.layout else { return }
    try store.saveArtifact(
      run: run, name: Self.averagesName, step: snapshot.step, mediaType: Self.networkType,
      bytes: snapshot.bytes(layout: layout))
  }

  /// Takes over those of a run that trained alike; of the same content, they take no room.
  func take(_ averages: [Artifact]) throws {
    for artifact in averages {
      try store.saveArtifact(
        run: run, name: artifact.name, step: artifact.step, mediaType: artifact.mediaType,
        bytes: try store.content(sha256: artifact.sha256))
    }
  }

  /// What loads each, in the order of their steps.
  func averages(of run: String, layout: ParameterLayout) throws -> [() throws -> AverageSnapshot] {
    try store.artifacts(run: run).filter { $0.name == Self.averagesName }
      .sorted { ($0.step ?? 0) < ($1.step ?? 0) }
      .map { artifact in
        {
          try AverageSnapshot(
            bytes: try store.content(sha256: artifact.sha256), name: artifact.name, layout: layout)
        }
      }
  }
}
