internal import Diffusion
import Values

/// How a network is trained: the `training` section.
extension KeyDefinitions {
  private static func loss(_ kinds: String...) -> [Condition] {
    [Condition(path: "training.loss", values: kinds)]
  }

  private static let normal = [
    Condition(path: "training.timesteps", values: ["log-normal", "logit-normal"])
  ]

  static let training: [KeyDefinition] = [
    .init(
      "training.steps", .integer(0...1_000_000_000),
      .requiredUnless(
        Condition(path: "model.architecture", values: ["exact", "exact-gaussian"]), .integer(0)),
      .train, "Optimizer steps."),
    .init(
      "training.batch", .integer(1...65536), .value(.integer(64)), .train, "Images per step."),
    .init(
      "training.seed", .integer(0...Int.max), .value(.integer(0)), .train,
      "Seed of the weights, the order of the images, timesteps, noise and dropout."),
    .init(
      "training.precision", .words(of: TrainingSettings.Precision.self), .value(.string("fp32")),
      .train,
      "Operands of convolutions and linear layers; the rest stays fp32. See [precision](precision.md)."
    ),
    .init(
      "training.loss_scale", .words(of: TrainingSettings.LossScaling.self),
      .value(.string("dynamic")), .train,
      "What the loss is multiplied by before the backward pass of `fp16`, which loses small gradients: found while training, or nothing."
    ),
    .init(
      "training.weight_precision", .words(of: TrainingSettings.WeightFormat.self),
      .value(.string("fp32")), .train,
      "What weights are kept in from step to step: `bf16` rounds them to the nearest after each, `bf16-stochastic` at random."
    ),
    .init(
      "training.lanes", .integer(1...65536),
      .unset("auto", "batch/4, at least 8, at most 32 and the batch; of `mlp` batch/64 at most"),
      .train,
      "Number of parts that a batch is divided into, each summed separately: changes the order of summation."
    ),
    .init(
      "training.ema", .number(.halfOpen(0, 1)), .unset("none", ""), .train,
      "Decay of an exponential moving average of the weights, which then draws the samples."),
    .init(
      "training.ema_halflife", .number(.above(0)), .unset("none", ""), .train,
      "The same by the images after which weights count half, in place of `ema`."),
    .init(
      "training.ema_rampup", .number(.above(0)), .value(.number(0.05)), .train,
      "Of `ema_halflife`: it is at most this share of the images seen so far."),
    .init(
      "training.ema_widths", .numbers(count: 1...8, .closed(PowerProfile.widths)),
      .unset("none", ""), .train,
      "Averages tracked beside, each counting weights as a power of their time, by its relative width σ_rel, like `[0.05, 0.1]`: `sampling.ema` draws from any width made of them. See [averages](losses.md#averages-of-the-weights)."
    ),
    .init(
      "training.ema_every", .integer(1...1_000_000_000), .value(.integer(100)), .train,
      "Steps between two snapshots of these averages; one is kept at the end in any case."),
    .init(
      "training.accumulate", .integer(1...65536), .value(.integer(1)), .train,
      "Batches whose gradients make one step: with `batch: 64` and 4, steps are as of 256 images."),
    .init(
      "training.loss", .word(TrainingSettings.Loss.kinds), .value(.string("mse")), .train,
      "What of the network's error is made small; see [losses](losses.md). `vlb` and `hybrid` are of the variational bound.",
      isKind: true),
    .init(
      "training.huber_delta", .number(.above(0)), .value(.number(1)), .train,
      "δ: errors beyond it count by their size, not by its square.", onlyFor: loss("huber")),
    .init(
      "training.vlb_weight", .number(.above(0)), .value(.number(0.001)), .train,
      "λ of mse + λ·vlb.", onlyFor: loss("hybrid")),
    .init(
      "training.weighting", .word(TrainingSettings.Weighting.kinds), .value(.string("none")),
      .train,
      "How much an error counts at a level, by its signal-to-noise ratio; see [weightings](losses.md#weightings).",
      isKind: true),
    .init(
      "training.snr_gamma", .number(.above(0)), .value(.number(5)), .train,
      "γ, the ratio from which weights stop rising.",
      onlyFor: [.init(path: "training.weighting", values: ["min-snr", "soft-min-snr"])]),
    .init(
      "training.p2_gamma", .number(.above(0)), .value(.number(1)), .train,
      "γ of SNR/(k + SNR)^γ.", onlyFor: [.init(path: "training.weighting", values: ["p2"])]),
    .init(
      "training.p2_k", .number(.above(0)), .value(.number(1)), .train,
      "k of SNR/(k + SNR)^γ.", onlyFor: [.init(path: "training.weighting", values: ["p2"])]),
    .init(
      "training.timesteps", .word(TrainingSettings.Timesteps.kinds),
      .valueBy(
        "diffusion.process", ["edm": .string("log-normal")], otherwise: .string("uniform")),
      .train, "Which levels training sees; see [timesteps](losses.md#timesteps).", isKind: true),
    .init(
      "training.timestep_mean", .number(.finite),
      .valueBy("training.timesteps", ["log-normal": .number(-1.2)], otherwise: .number(0)),
      .train, "Mean of ln(σ/α), or of the logit of u.", onlyFor: normal),
    .init(
      "training.timestep_std", .number(.above(0)),
      .valueBy("training.timesteps", ["log-normal": .number(1.2)], otherwise: .number(1)),
      .train, "Its standard deviation.", onlyFor: normal),
    .init(
      "training.clip", .number(.above(0)), .unset("none", ""), .train,
      "Largest global L2 norm of the gradient."),
    .init(
      "training.optimizer.kind", .words(of: TrainingSettings.Optimizer.Kind.self),
      .value(.string("adam")), .train,
      "Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019), Lion (Chen 2023).",
      isKind: true),
    .init(
      "training.optimizer.lr", .number(.above(0)), .value(.number(1e-4)), .train,
      "Learning rate."),
    .init(
      "training.optimizer.betas", .numbers(count: 2...2, .halfOpen(0, 1)),
      .valueBy(
        "training.optimizer.kind", ["lion": .list([.number(0.9), .number(0.99)])],
        otherwise: .list([.number(0.9), .number(0.999)])), .train, "Decays of the two moments."),
    .init(
      "training.optimizer.eps", .number(.above(0)), .value(.number(1e-8)), .train,
      "Added to the root of the second moment.",
      onlyFor: [.init(path: "training.optimizer.kind", values: ["adam", "adamw"])]),
    .init(
      "training.optimizer.weight_decay", .number(.halfOpen(0, 1)), .value(.number(0.01)), .train,
      "What the weights shrink by at each step, times the rate.",
      onlyFor: [.init(path: "training.optimizer.kind", values: ["adamw", "lion"])]),
    .init(
      "training.lr_schedule.kind", .words(of: TrainingSettings.LearningRateSchedule.self),
      .value(.string("constant")), .train,
      "How the learning rate falls over `training.steps`; `cosine` and `linear` end at 0.",
      isKind: true),
    .init(
      "training.lr_schedule.warmup", .integer(0...1_000_000_000), .value(.integer(0)), .train,
      "Steps over which the learning rate rises from 0."),
    .init(
      "training.from", .text(.any), .unset("none", ""), .train,
      "A run or checkpoint whose weights training starts from."),
    .init(
      "training.log_every", .integer(1...1_000_000_000), .value(.integer(10)), .report,
      "Steps between two points of the training metrics."),
    .init(
      "training.checkpoint_every", .integer(1...1_000_000_000), .value(.integer(500)), .report,
      "Steps between two checkpoints."),
    .init(
      "training.keep_state", .boolean, .value(.boolean(false)), .report,
      "Keep the training state of a finished run, so that raising `steps` continues it."),
  ]
}
