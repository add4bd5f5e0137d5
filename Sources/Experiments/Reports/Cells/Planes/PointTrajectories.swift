import Diffusion
import ExperimentFiles
import Store

/// The first samples of a finished run on their way from noise, drawn anew from the run's network: the same as the run's
/// own.
struct PointTrajectories {
  struct Frame {
    /// "t=981"; "noise" of the first, "end" of the last.
    var title: String
    /// (count, D)
    var table: PointTable
  }

  /// The noise, and what the sampler holds after each step.
  let frames: [Frame]

  /// nil where the run has no network.
  ///
  /// - Throws: `StoreError`, `DiffusionError`.
  init?(_ run: RunPoints, count: Int) throws {
    let store = run.store
    guard
      let artifact = try store.artifacts(run: run.run.id).first(where: {
        $0.name == "network.safetensors"
      })
    else { return nil }
    let file = try NetworkFile(
      bytes: try store.content(sha256: artifact.sha256), name: artifact.name)
    let dimensions = file.description.channels
    var values: [[Float]] = []
    var titles: [String] = []
    for index in 0..<count {
      let trajectory = try file.trajectory(run.settings, index: index)
      if values.isEmpty {
        values = [[Float]](repeating: [], count: trajectory.steps.count + 1)
        // After a step the sampler is where the next begins.
        titles =
          ["noise"] + trajectory.steps.dropFirst().map { "t=\($0.timestep)" } + ["end"]
      }
      values[0] += trajectory.start
      for (step, state) in trajectory.steps.enumerated() { values[step + 1] += state.x }
    }
    frames = zip(titles, values).map { title, values in
      Frame(title: title, table: PointTable(values, dimensions: dimensions))
    }
  }
}
