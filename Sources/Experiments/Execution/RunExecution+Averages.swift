import Diffusion
import Store

/// Snapshots of averages of the weights: artifacts of a run, one a step.
extension RunExecution {
  func save(_ snapshot: AverageSnapshot, of session: RunSession) throws {
    guard let layout = session.state?.layout else { return }
    try store.saveArtifact(
      run: run, name: RunStore.NetworkName.averages, step: snapshot.step,
      mediaType: Self.networkType, bytes: snapshot.bytes(layout: layout))
  }

  /// Takes over those of a run that trained alike; of the same content, they take no room.
  func take(_ averages: [Artifact]) throws {
    for artifact in averages {
      try store.saveArtifact(
        run: run, name: artifact.name, step: artifact.step, mediaType: artifact.mediaType,
        bytes: try store.content(sha256: artifact.sha256))
    }
  }
}
