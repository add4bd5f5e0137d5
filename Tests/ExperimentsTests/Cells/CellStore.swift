import Foundation
import Statistics
import Store
import TestSupport
import Values

/// A store whose every number is written down here.
enum CellStore {
  /// Schedule (linear, cosine) × precision (fp32, bf16) × seeds; `eval/frechet_pca64` is
  ///
  ///     10 + [0, 3, −3][seed]      what a seed brings to all
  ///      + 1 if cosine, + 0.5 if bf16
  ///      + [0, 0.1, −0.1][seed] if cosine
  ///
  /// so that cosine less linear is 1, 1.1, 0.9 by seed, and bf16 less fp32 is 0.5 each time. Every
  /// run logs `train/loss` at steps 10, 20, 30: 3 − seed, 1, 2.
  static func make(
    _ folder: String, name: String = "hand", seeds: Int = 3,
    precisions: [String] = ["fp32", "bf16"], states: [Int: RunState] = [:],
    label: (String) -> String = { $0 }, cells: String? = nil
  ) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    var runs: [RunRegistration] = []
    for schedule in ["linear", "cosine"] {
      for precision in precisions {
        for seed in 0..<seeds {
          runs.append(
            run(
              runs.count, schedule, precision, seed, group: runs.count / seeds, label: label))
        }
      }
    }
    try store.register(
      ExperimentRegistration(
        name: name, question: "Is it so?", fileText: "name: hand\n", planJSON: "{}",
        cellsJSON: cells, objective: Objective(metric: "eval/frechet_pca64", goal: .minimize),
        sweep: SweepRegistration(
          method: "grid", paths: ["diffusion.schedule.kind", "training.precision"]),
        runs: runs))
    for run in runs {
      let state = states[run.index] ?? .finished
      if state == .queued { continue }
      try bring(run, state, store)
    }
    return store
  }

  static func loss(cosine: Bool, bf16: Bool, seed: Int) -> Double {
    let common = [0, 3, -3, 1, 2, -1, -2, 4, 5, -4][seed % 10]
    let own = [0, 0.1, -0.1, 0.05, -0.05][seed % 5]
    return 10 + Double(common) + (cosine ? 1 + own : 0) + (bf16 ? 0.5 : 0)
  }

  private static func run(
    _ index: Int, _ schedule: String, _ precision: String, _ seed: Int, group: Int,
    label: (String) -> String
  ) -> RunRegistration {
    let overrides = [
      Parameter("diffusion.schedule.kind", .string(schedule)),
      Parameter("training.precision", .string(precision)),
      Parameter("training.seed", .integer(seed)),
    ]
    let common = [
      Parameter("training.batch", .integer(64)), Parameter("training.steps", .integer(30)),
    ]
    let digits = String(index, radix: 16)
    return RunRegistration(
      id: String(repeating: "0", count: 64 - digits.count) + digits, trainKey: "t\(index)",
      label: label("kind=\(schedule),precision=\(precision),seed=\(seed)"), index: index,
      overrides: overrides, settingsJSON: "{}", parameters: overrides + common, seed: seed,
      repeatGroup: group)
  }

  private static func bring(
    _ run: RunRegistration, _ state: RunState, _ store: RunStore
  ) throws {
    try store.beginAttempt(run: run.id, environment: ["git.commit": "abc"])
    try store.appendPoints(
      [
        SeriesPoints(
          name: "train/loss", steps: [10, 20, 30], values: [3 - Double(run.seed), 1, 2])
      ], run: run.id)
    guard state != .running else { return }
    if state == .finished {
      let value = loss(
        cosine: run.label.contains("cosine"), bf16: run.label.contains("bf16"), seed: run.seed)
      try store.appendPoints(
        [SeriesPoints(name: "eval/frechet_pca64", steps: [30], values: [value])], run: run.id)
    }
    try store.finishAttempt(
      run: run.id, state: state, error: state == .failed ? "it went wrong" : nil)
  }
}
