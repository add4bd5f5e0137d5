internal import Diffusion
import ExperimentFiles
import Store
import Values

/// What a run will take, by guess.
package struct RunCost: Sendable, Hashable {
  package var seconds: Double
  /// Bytes that stay on the disk when it is done.
  package var bytes: Int
}

/// Guesses what runs will take from what a step of a run of their shape takes: of the last one that
/// finished, or timed now.
struct RunCosts {
  /// Times a step of a run whose like the store does not have.
  typealias Timer = (RunSettings) throws -> StepTiming?

  private var byShape: [String: StepTiming] = [:]
  private let timer: Timer?

  /// - Parameter known: the store's runs; of like ones the latest counts.
  init(_ known: [RunSummary], store: RunStore?, timer: Timer?) throws {
    self.timer = timer
    guard let store else { return }
    var latest: [String: RunSummary] = [:]
    for run in known where run.state == .finished {
      let shape = RunShape.text(run.parameters)
      if latest[shape].map({ $0.created <= run.created }) ?? true { latest[shape] = run }
    }
    for (shape, run) in latest {
      byShape[shape] = try Self.timing(of: run, store: store)
    }
  }

  /// What a finished run tells; nil if it logged too little.
  private static func timing(of run: RunSummary, store: RunStore) throws -> StepTiming? {
    guard
      let settings = try? FrozenSettings.decode(try store.settingsJSON(run: run.id)),
      let samples = run.metrics["speed/samples_per_second"]?.last, samples > 0
    else { return nil }
    var secondsPerStep = 0.0
    if settings.training.steps > 0 {
      guard let time = run.metrics["time/seconds"], time.last > 0, time.lastStep > 0 else {
        return nil
      }
      secondsPerStep = time.last / Double(time.lastStep)
    }
    let artifacts = try store.artifacts(run: run.id)
    let network = artifacts.first { $0.name == RunStore.NetworkName.drawing }?.bytes ?? 0
    let pictures = artifacts.filter { $0.mediaType == "image/png" }
    let pictureBytes = pictures.reduce(0) { $0 + $1.bytes } / max(pictures.count, 1)
    return StepTiming(
      secondsPerStep: secondsPerStep,
      secondsPerEvaluation: 1 / samples / Double(settings.evaluationsPerSample),
      parameters: network / 4, imageBytes: 2 * pictureBytes / max(settings.sampling.count, 1))
  }

  /// - Parameters:
  ///   - step: of the training that is done already.
  ///   - takesWeights: another run trains the same before it.
  mutating func cost(of run: PlannedRun, from step: Int, takesWeights: Bool) throws -> RunCost? {
    if byShape.isEmpty, timer == nil { return nil }
    let shape = RunShape.text(run.parameters)
    if byShape[shape] == nil, let timing = try timer?(run.settings) { byShape[shape] = timing }
    guard let timing = byShape[shape] else { return nil }
    let settings = run.settings
    let training = takesWeights ? 0 : max(settings.training.steps - step, 0)
    let seconds =
      Self.startup + Double(training) * timing.secondsPerStep
      + settings.evaluations(stepsLeft: training) * timing.secondsPerEvaluation
    return RunCost(seconds: seconds, bytes: settings.bytes(timing))
  }

  /// Of a process: reading data, writing results.
  private static let startup = 0.3
}

extension RunSettings {
  /// How often the network is evaluated to draw one image.
  fileprivate var evaluationsPerSample: Int {
    let isGuided =
      (conditioning.kind == .class || sampling.guideStep != nil || sampling.guide != nil)
      && sampling.guidance != 0
      && sampling.guidance != 1
    return max(sampling.steps, 1) * (isGuided ? 2 : 1)
  }

  /// How many evaluations of the network sampling and measures will take, those under way included.
  fileprivate func evaluations(stepsLeft: Int) -> Double {
    let onSamples = evaluation.metrics.contains { $0 != .loss }
    let loss = evaluation.metrics.contains(.loss) ? evaluation.images : 0
    let measured = onSamples ? evaluation.images : 0
    func times(_ every: Int?) -> Double { every.map { Double(max(stepsLeft - 1, 0) / $0) } ?? 0 }
    let last = Double(max(sampling.count, measured) * evaluationsPerSample + loss)
    let measures = times(evaluation.every) * Double(measured * evaluationsPerSample + loss)
    let sheets = times(sampling.every) * Double(sampling.count * evaluationsPerSample)
    return last + measures + sheets
  }

  /// Bytes that a finished run leaves: networks, sheets of samples, points, and its state if kept.
  fileprivate func bytes(_ timing: StepTiming) -> Int {
    let weights = 4 * Double(timing.parameters)
    let widths = training.emaWidths?.count ?? 0
    let snapshots = (training.steps + training.emaEvery - 1) / training.emaEvery * widths
    let networks = weights * Double((training.keepsAverage ? 2 : 1) + snapshots)
    let state =
      training.keepState
      ? weights
        * Double(
          (training.keepsAverage ? 4 : 3) + (training.distillation == nil ? 0 : 1) + widths) : 0
    let sheets = 1 + Double(sampling.every.map { max(training.steps - 1, 0) / $0 } ?? 0)
    // A sheet of small pictures packs to about half; a point of a series takes some 22 bytes.
    let pictures = sheets * Double(sampling.count) * Double(timing.imageBytes) / 2
    let points = Double(training.steps / training.logEvery * 6 * 22)
    return Int(min(networks + state + pictures + points, 1e18))
  }
}
