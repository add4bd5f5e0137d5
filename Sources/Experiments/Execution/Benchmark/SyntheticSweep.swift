import Diffusion
import ExperimentFiles
import Foundation
import Planning
import Store
import Values

/// A sweep that nobody trained, of any size, to measure the store with: planned like any other,
/// with curves as training leaves them. The same size gives the same numbers.
///
/// Two schedules × four widths × as many learning rates as it takes, five seeds each. Losses fall
/// by a power law to a floor that the settings shift; the highest rates diverge with some seeds.
struct SyntheticSweep {
  static let seeds = 5
  static let name = "large"

  /// Its report: a line with a band, points, bars, parallel coordinates.
  private static let reportCells = """
    report:
      - plot: {y: train/loss, color: model.base_channels, facet: diffusion.schedule.kind, band: interval, log: y}
        name: curves
      - plot: {kind: scatter, x: training.optimizer.lr, y: eval/loss, color: model.base_channels, log: x}
        name: rates
      - plot: {kind: bar, x: model.base_channels, y: eval/frechet_pca64, color: diffusion.schedule.kind}
        name: distances
      - plot: {kind: parallel, y: eval/loss, log: x}
        name: settings
    """

  let runs: Int
  let steps: Int
  let plan: Plan
  let file: ExperimentFile

  /// Metrics of a run, as many as asked for; the first ten are those that training logs.
  let metrics: [String]

  init(runs: Int, steps: Int, metrics: Int) throws {
    self.runs = runs
    self.steps = steps
    self.metrics = Self.metricNames(metrics)
    file = try ExperimentFile.read(
      text: Self.fileText(runs: runs, steps: steps), path: "\(Self.name).yaml")
    plan = try Plan(file, inputs: InputReader())
  }

  /// What is registered: the first `runs` of the plan, which has a few more where `runs` fills no
  /// whole grid.
  func registration() throws -> ExperimentRegistration {
    var registration = try plan.registration(of: file)
    registration.runs = Array(registration.runs.prefix(runs))
    return registration
  }

  static func fileText(runs: Int, steps: Int) -> String {
    let settings = (runs + seeds - 1) / seeds
    let rates = (settings + 7) / 8
    let values = (0..<rates).map { index in
      (1e-4 * pow(300, Double(index) / Double(max(1, rates - 1)))).canonical
    }
    return """
      workbench: 1
      name: \(name)
      question: >
        Which learning rate suits which width, under a linear and under a cosine schedule? Nobody trained
        these runs: they are here to measure the store.

      data: {source: shapes, size: 32}
      model: {architecture: small-unet, levels: 4, time_embedding: {kind: sinusoidal}}
      training: {steps: \(steps), batch: 64, log_every: 1, optimizer: {kind: adam}}
      evaluation: {metrics: [loss, class-agreement, frechet-pca64]}

      sweep:
        parameters:
          diffusion.schedule.kind: [linear, cosine]
          model.base_channels: [16, 32, 48, 64]
          training.optimizer.lr: [\(values.joined(separator: ", "))]
        repeat: {training.seed: \(seeds)}

      objective: {metric: eval/loss, goal: minimize}
      \(reportCells)
      """
  }

  private static func metricNames(_ count: Int) -> [String] {
    let names = [
      "train/loss", "eval/loss", "speed/images_per_second", "time/seconds", "time/unix",
      "eval/class_agreement", "eval/frechet_pca64", "train/gradient_norm", "train/learning_rate",
      "train/loss_scale",
    ]
    return (0..<count).map { $0 < names.count ? names[$0] : "extra/metric_\($0 + 1)" }
  }
}

extension SyntheticSweep {
  /// What one run logs: one value of each metric per step.
  struct Curves {
    /// By metric; as many steps as the run took before it ended.
    var values: [[Double]]
    /// Why it failed, if it did.
    var error: String?
  }

  func curves(_ run: PlannedRun) -> Curves {
    var random = Jitter(state: UInt64(run.index) &* 0x2545_f491_4f6c_dd1d &+ 1)
    let rate = run.parameters["training.optimizer.lr"]?.number ?? 1e-3
    let width = run.parameters["model.base_channels"]?.number ?? 32
    let isCosine = run.parameters["diffusion.schedule.kind"] == .string("cosine")
    // The best rate falls with the width.
    let best = 4e-3 * 16 / width
    let distance = log10(rate / best)
    let floor =
      (isCosine ? 0.042 : 0.046) + 0.012 * distance * distance + 0.2 / width
      + 0.0015 * random.normal()
    let scale = Double(steps) * 0.02 * pow(best / rate, 0.5)
    let diverges = distance > 1.4 && random.unit() < 0.4
    let end = diverges ? max(1, Int(Double(steps) * (0.1 + 0.5 * random.unit()))) : steps
    let speed = 40_000 / width * (1 + 0.01 * random.normal())
    let begin = 1_769_947_200 + Double(run.index) * 64 * Double(steps) / speed

    var values = metrics.map { _ in [Double]() }
    for index in values.indices { values[index].reserveCapacity(end) }
    for step in 1...end {
      let fall = pow(1 + Double(step) / scale, -0.9)
      let loss =
        diverges && step == end ? .nan : (floor + 0.95 * fall) * (1 + 0.06 * random.normal())
      let seconds = 64 * Double(step) / speed
      let held = (floor + 0.95 * fall) * (1 + 0.004 * random.normal()) + 0.001
      for (index, name) in metrics.enumerated() {
        let value: Double =
          switch name {
          case "train/loss": loss
          case "eval/loss": held
          case "speed/images_per_second": speed * (1 + 0.02 * random.normal())
          case "time/seconds": seconds
          case "time/unix": begin + seconds
          case "eval/class_agreement": min(1, max(0.1, 0.95 - 4 * held + 0.01 * random.normal()))
          case "eval/frechet_pca64": 160 * held * (1 + 0.03 * random.normal())
          case "train/gradient_norm": 0.4 * fall + 0.05 + 0.02 * abs(random.normal())
          case "train/learning_rate": rate
          case "train/loss_scale": 65_536
          default: random.normal()
          }
        values[index].append(value)
      }
    }
    return Curves(
      values: values, error: diverges ? "the loss is not a number at step \(end)" : nil)
  }

  /// SplitMix64 (Steele 2014), with normals by Box and Muller.
  private struct Jitter {
    var state: UInt64

    mutating func unit() -> Double {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return (Double((z ^ (z >> 31)) >> 11) + 0.5) / 0x1p53
    }

    mutating func normal() -> Double {
      (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
    }
  }
}
