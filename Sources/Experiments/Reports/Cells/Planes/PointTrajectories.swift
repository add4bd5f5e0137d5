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

  /// nil where the run has nothing to draw by.
  ///
  /// - Throws: `StoreError`, `DiffusionError`.
  init?(_ run: RunPoints, count: Int) throws {
    guard let denoiser = try run.denoiser() else { return nil }
    defer { denoiser.end() }
    let dimensions = denoiser.elements
    let (start, steps) = try denoiser.trajectories(count)
    // After a step the sampler is where the next begins.
    let titles = ["noise"] + steps.dropFirst().map { denoiser.process.name($0.level) } + ["end"]
    let values = [start] + steps.map(\.x)
    frames = zip(titles, values).map { title, values in
      Frame(title: title, table: PointTable(values, dimensions: dimensions))
    }
  }
}
