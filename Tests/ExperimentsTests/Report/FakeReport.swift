import Foundation
import Plots
import Statistics

import struct Kernels.CounterRandom

@testable import Reports
@testable import Store
@testable import Values

/// Experiments that look like real ones: synthetic numbers, the same every time.
enum FakeReport {
  /// Schedules × precisions, a class-conditional network, `seeds` seeds each.
  static func quickstart(seeds: Int) -> FakeExperiment {
    var runs: [FakeRun] = []
    for (row, schedule) in ["linear", "cosine"].enumerated() {
      for (column, precision) in ["fp32", "bf16", "fp16"].enumerated() {
        for seed in 0..<seeds {
          var overrides = [
            Parameter("diffusion.schedule.kind", .string(schedule)),
            Parameter("training.precision", .string(precision)),
          ]
          if seeds > 1 { overrides.append(Parameter("training.seed", .integer(seed))) }
          runs.append(
            run(
              number: runs.count, overrides: overrides, seed: seed, loss: row == 0 ? 0.028 : 0.044,
              frechet: 9.3 - 3.1 * Double(row) + 0.1 * Double(column),
              agreement: 0.61 + 0.03 * Double(row), speed: [310, 520, 90][column],
              scaled: precision == "fp16"))
        }
      }
    }
    return FakeExperiment(
      name: "quickstart",
      question: """
        Does a cosine schedule beat a linear one on Fashion-MNIST when sampling takes few steps,
        and does half precision cost quality?
        """,
      objective: Objective(metric: "eval/frechet_pca64", goal: .minimize),
      fileText: "workbench: 1\nname: quickstart\n",
      sweptPaths: ["diffusion.schedule.kind", "training.precision"], runs: runs)
  }

  static func run(
    number: Int, overrides: [Parameter], seed: Int, loss: Double, frechet: Double,
    agreement: Double, speed: Double, scaled: Bool = false
  ) -> FakeRun {
    let random = CounterRandom(seed: 7)
    let count = 200
    let noise = random.normals(count: count + 3, image: number, step: 0, purpose: .data)
      .map(Double.init)
    let steps = (1...count).map { Double($0 * 10) }
    let trainLoss = zip(steps, noise).map { step, noise in
      let level = loss + 0.9 * exp(-step / 40) + 0.05 * exp(-step / 400)
      return Point(step, level * (1 + 0.12 * noise))
    }
    let evalLoss = stride(from: 250.0, through: 2000, by: 250).map {
      Point($0, loss * 1.02 + 0.05 * exp(-$0 / 400))
    }
    let frechets = stride(from: 500.0, through: 2000, by: 500).map {
      Point($0, frechet + 0.2 * noise[count] + 30 * exp(-$0 / 300))
    }
    let agreements = stride(from: 500.0, through: 2000, by: 500).map {
      Point($0, agreement + 0.004 * noise[count + 1] - 0.4 * exp(-$0 / 400))
    }
    var run = FakeRun(
      label: "run \(number)", seed: seed, overrides: overrides,
      settings: [
        "data.source": .string("fashion-mnist"), "data.size": .integer(32),
        "model.architecture": .string("small-unet"), "model.levels": .integer(4),
        "model.time_embedding.kind": .string("sinusoidal"), "training.batch": .integer(64),
        "model.time_embedding.dim": .integer(128),
        "training.steps": .integer(2000), "training.optimizer.lr": .number(0.002),
        "sampling.clip": .boolean(true), "training.clip": .null,
        "evaluation.metrics": .list([.string("loss"), .string("frechet-pca64")]),
      ], last: [:])
    for parameter in overrides { run.settings[parameter.path] = parameter.value }
    run.curves = [
      "train/loss": Curve(trainLoss), "eval/loss": Curve(evalLoss),
      "eval/frechet_pca64": Curve(frechets), "eval/class_agreement": Curve(agreements),
      "speed/images_per_second": Curve(
        zip(steps, noise).map { Point($0, speed * (1 + 0.02 * $1)) }),
    ]
    if scaled {
      run.curves["train/loss_scale"] = Curve(steps.map { Point($0, $0 < 40 ? 65536 : 16384) })
      run.last["train/skipped_steps"] = 2
    }
    run.last.merge(run.curves.mapValues { $0.points[$0.points.count - 1].y }) { $1 }
    run.last["eval/class_agreement_real"] = 0.7012
    run.last["eval/frechet_pca64_floor"] = 3.1
    run.last["time/seconds"] = 128_000 / speed
    run.last["memory/peak_mib"] = 212 + noise[count + 2]
    run.artifacts = ["samples.png", "samples-00001000.png", "samples-00000500.png"]
    run.environment = [
      "cpu.model": "Example CPU @ 3 GHz", "git.commit": "0123456789abcdef0123456789abcdef01234567",
      "git.dirty": "false", "host.name": "example", "memory.bytes": "8589934592",
      "program.version": "0.1.0", "program.command": "workbench run quickstart.yaml",
    ]
    run.ended = "2026-02-01T12:\(number < 10 ? "0" : "")\(number):30.000Z"
    run.seconds = 128_000 / speed + 20
    run.step = 2000
    return run
  }
}

extension FakeReport {
  /// Samplers on data of known variance, with the exact predictor: nothing to train. Variances
  /// are those of the published table for 50 steps, linear schedule.
  static func exactGaussian() -> FakeExperiment {
    let variances = [
      ("ddpm", "fixed-small", 0.19642), ("ddpm", "fixed-large", 0.26788),
      ("ddim", "fixed-small", 0.22270), ("naive-strided", "fixed-small", 0.87693),
    ]
    let runs = variances.map { row in
      FakeRun(
        label: "\(row.0) \(row.1)", seed: 0,
        overrides: [
          Parameter("sampling.sampler", .string(row.0)),
          Parameter("diffusion.variance", .string(row.1)),
        ],
        settings: [
          "data.source": .string("gaussian"), "data.variance": .number(0.25),
          "sampling.sampler": .string(row.0), "diffusion.variance": .string(row.1),
        ], last: ["eval/sample_variance": row.2])
    }
    return FakeExperiment(
      name: "strided-sampler", question: "Which samplers give the variance back?",
      objective: Objective(metric: "eval/frechet_pca64", goal: .minimize),
      sweptPaths: ["sampling.sampler", "diffusion.variance"], runs: runs)
  }
}

extension FakeReport {
  /// Samplers × steps on data of variance 0.25. Variances of ddim and ddpm are those that the
  /// closed form gives for the linear schedule; naive-strided's are made up.
  static func samplerSteps() -> FakeExperiment {
    let steps = [10, 20, 50, 100, 250, 1000]
    let rows: [(sampler: String, variances: [Double])] = [
      ("naive-strided", [1.15, 1.02, 0.87693, 0.61, 0.40, 0.24613]),
      ("ddpm", [0.10422, 0.15051, 0.19642, 0.21898, 0.23602, 0.24613]),
      ("ddim", [0.13076, 0.18529, 0.22270, 0.23605, 0.24430, 0.24850]),
    ]
    var input = exactGaussian()
    let model = input.runs[0]
    input.name = "strided-gaussian"
    input.sweptPaths = ["sampling.sampler", "sampling.steps"]
    input.runs = rows.flatMap { row in
      zip(steps, row.variances).map { steps, variance in
        var run = model
        run.overrides = [
          Parameter("sampling.sampler", .string(row.sampler)),
          Parameter("sampling.steps", .integer(steps)),
        ]
        run.settings["sampling.steps"] = .integer(steps)
        run.last = ["eval/sample_variance": variance]
        return run
      }
    }
    return input
  }
}
