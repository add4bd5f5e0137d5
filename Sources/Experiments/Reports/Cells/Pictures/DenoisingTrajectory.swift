import Diffusion
import ExperimentFiles
import Images
import Store

/// One image of a finished run on its way from noise, drawn anew from the run's network: the same as
/// the run's own sample of that number.
struct DenoisingTrajectory {
  struct Frame {
    /// "t=981", "σ=0.37"; "done" of the last.
    var label: String
    /// What the network saw.
    var x: Image
    /// What it took the image to be.
    var x0: Image
    /// The finished image under as much of the noise that the way began with: where the forward process would be.
    var forward: Image
  }

  /// As many as the sampler has steps, then the result.
  let frames: [Frame]
  /// Its name in experiment files.
  let sampler: String

  /// nil where the run has no network.
  ///
  /// - Throws: `StoreError`, `DiffusionError`; `CellError` where the network knows no such class.
  init?(store: RunStore, run: String, image: Int, classIndex: Int?) throws {
    guard let file = try store.network(of: run) else { return nil }
    let settings = try FrozenSettings.decode(try store.settingsJSON(run: run))
    let description = file.description
    if let classIndex, !(0..<file.network.classes).contains(classIndex) {
      throw CellError(
        file.network.classes == 0
          ? "the network knows no classes"
          : "the network's classes are 0 to \(file.network.classes - 1)")
    }
    let trajectory = try file.trajectory(
      settings, index: image, classIndex: classIndex,
      guide: try store.network(of: run, RunStore.NetworkName.guide))
    func picture(_ values: [Float]) -> Image {
      Image(
        values: values, height: description.height, width: description.width,
        channels: description.channels)
    }
    var x = trajectory.start
    var frames: [Frame] = []
    let process = try NoiseProcess(description.diffusion)
    let result = trajectory.steps.last?.x ?? x
    for step in trajectory.steps {
      let forward = step.level.addNoise(to: result, noise: trajectory.noise)
      frames.append(
        Frame(
          label: process.name(step.level), x: picture(x), x0: picture(step.x0),
          forward: picture(forward)))
      x = step.x
    }
    frames.append(Frame(label: "done", x: picture(x), x0: picture(x), forward: picture(x)))
    self.frames = frames
    sampler = settings.sampling.sampler.rawValue
  }
}
