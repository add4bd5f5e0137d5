import Diffusion
import Foundation
import Statistics
package import Store
import TestSupport
import Values

/// A small synthetic store: experiment `demo`, schedule (linear, cosine) × precision (fp32, bf16) ×
/// 3 seeds, 12 finished runs with curves, measures, speed, a PNG grid and provenance. The same
/// values, times and ids each time it is made.
/// - Parameter incidents: the run of index 10 failed, that of 11 never began, and an orphan of an
///   earlier plan is left over.
@discardableResult
package func seedDemoStore(folder: String, incidents: Bool = false) throws -> RunStore {
  let clock = SteppingClock()
  let store = try RunStore(
    folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
  let runs = demoRuns()
  if incidents {
    var orphan = demoRun(index: 12, schedule: "sqrt", precision: "fp32", seed: 0)
    orphan.repeatGroup = 4
    try store.register(demoExperiment(runs: runs + [orphan]))
  }
  try store.register(demoExperiment(runs: runs))
  for run in runs {
    let state: RunState =
      switch run.index {
      case 10 where incidents: .failed
      case 11 where incidents: .queued
      default: .finished
      }
    if state != .queued { try bring(run, state, store) }
  }
  return store
}

/// The plan of `seedDemoStore`.
package func demoExperiment(runs: [RunRegistration]) -> ExperimentRegistration {
  ExperimentRegistration(
    name: "demo", question: "Does a cosine schedule beat a linear one, at either precision?",
    fileText: "workbench: 1\nname: demo\n", planJSON: #"{"experiment": "demo"}"#,
    objective: Objective(metric: "eval/frechet_pca64", goal: .minimize),
    sweep: SweepRegistration(
      method: "grid", paths: ["diffusion.schedule.kind", "training.precision"]),
    runs: runs)
}

package func demoRuns() -> [RunRegistration] {
  var runs: [RunRegistration] = []
  for schedule in ["linear", "cosine"] {
    for precision in ["fp32", "bf16"] {
      for seed in 0..<3 {
        runs.append(
          demoRun(index: runs.count, schedule: schedule, precision: precision, seed: seed))
      }
    }
  }
  return runs
}

private func demoRun(
  index: Int, schedule: String, precision: String, seed: Int
) -> RunRegistration {
  let label = "kind=\(schedule),precision=\(precision),seed=\(seed)"
  let overrides = [
    Parameter("diffusion.schedule.kind", .string(schedule)),
    Parameter("training.precision", .string(precision)),
    Parameter("training.seed", .integer(seed)),
  ]
  let common = [
    Parameter("data.source", .string("shapes")), Parameter("data.size", .integer(32)),
    Parameter("model.architecture", .string("small-unet")),
    Parameter("training.steps", .integer(200)), Parameter("training.batch", .integer(64)),
    Parameter("training.optimizer.lr", .number(0.002)),
    Parameter("training.optimizer.betas", .list([.number(0.9), .number(0.999)])),
    Parameter("sampling.clip", .boolean(true)),
  ]
  return RunRegistration(
    id: SHA256.hexadecimal(of: "demo " + label), trainKey: SHA256.hexadecimal(of: "train " + label),
    label: label, index: index, overrides: overrides, settingsJSON: #"{"label": "\#(label)"}"#,
    parameters: overrides + common, seed: seed, repeatGroup: index / 3)
}

/// Everything a run leaves behind, its values a plain function of its index.
private func bring(_ run: RunRegistration, _ state: RunState, _ store: RunStore) throws {
  let isCosine = run.label.contains("cosine")
  let isBF16 = run.label.contains("bf16")
  let jitter = Double((run.index * 7 + 3) % 11) / 11 - 0.5
  try store.beginAttempt(
    run: run.id,
    environment: [
      "git.commit": "0123456789abcdef0123456789abcdef01234567", "git.dirty": "false",
      "host.name": "example", "cpu.model": "Example CPU", "cpu.cores": "2",
      "program.version": "0.1.0", "program.command": "workbench run demo.yaml",
    ])
  try store.logEvent(run: run.id, "training 200 steps of 64 images")

  let last = state == .failed ? 70 : 200
  var loss = SeriesPoints(name: "train/loss")
  var speed = SeriesPoints(name: "speed/images_per_second")
  var seconds = SeriesPoints(name: "time/seconds")
  for step in stride(from: 10, through: last, by: 10) {
    let wave = sin(Double(step * (run.seed + 3)) * 0.37) * 0.004
    let floor = (isCosine ? 0.11 : 0.10) + (isBF16 ? 0.001 : 0)
    let value = floor + 0.9 * exp(-Double(step) / 35) + wave + jitter * 0.004
    loss.append(step: step, value: state == .failed && step == last ? .nan : value)
    speed.append(step: step, value: (isBF16 ? 620 : 390) + jitter * 8)
    seconds.append(step: step, value: Double(step) * 64 / (isBF16 ? 620 : 390))
  }
  try store.appendPoints([loss, speed, seconds], run: run.id)

  if state == .failed {
    try store.logEvent(run: run.id, level: .error, "the loss is not a number at step 70")
    try store.finishAttempt(
      run: run.id, state: .failed, error: "the loss is not a number at step 70")
    return
  }
  let measures = [
    ("eval/loss", (isCosine ? 0.112 : 0.101) + jitter * 0.002),
    ("eval/class_agreement", (isCosine ? 0.64 : 0.55) + jitter * 0.03 - (isBF16 ? 0.01 : 0)),
    ("eval/frechet_pca64", (isCosine ? 8.5 : 12.0) + jitter * 1.5 + (isBF16 ? 0.3 : 0)),
  ]
  try store.appendPoints(
    measures.map { SeriesPoints(name: $0.0, steps: [200], values: [$0.1]) }, run: run.id)
  let grid = tinyPNG(width: 96, height: 64) { x, y in
    UInt8((x * (run.index + 2) + y * (run.seed + 1) * 3) % 256)
  }
  try store.saveArtifact(
    run: run.id, name: "samples", step: 200, mediaType: "image/png", bytes: grid)
  try store.finishAttempt(run: run.id, state: .finished)
}
