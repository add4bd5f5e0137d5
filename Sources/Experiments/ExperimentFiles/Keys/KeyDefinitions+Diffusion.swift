internal import Diffusion
import Values

/// The noise process: the `diffusion` section.
extension KeyDefinitions {
  private static func process(_ kinds: String...) -> [Condition] {
    [Condition(path: "diffusion.process", values: kinds)]
  }

  private static func schedule(_ kinds: String...) -> [Condition] {
    process("vp") + [Condition(path: "diffusion.schedule.kind", values: kinds)]
  }

  private static let betaEnds = schedule("linear", "scaled-linear", "quadratic", "exponential")

  static let diffusion: [KeyDefinition] = [
    .init(
      "diffusion.process", .word(DiffusionSettings.Process.kinds), .value(.string("vp")), .train,
      "How data become noise, x = α·x0 + σ·ε; see [processes](processes.md). `vp` is a table of T steps, the others are continuous.",
      isKind: true),
    .init(
      "diffusion.steps", .integer(1...100_000), .value(.integer(1000)), .train,
      "T, the number of noise levels.", onlyFor: process("vp")),
    .init(
      "diffusion.schedule.kind", .word(DiffusionSettings.Schedule.kinds),
      .value(.string("linear")), .train,
      "How β or ᾱ goes over the T steps; see [processes](processes.md#schedules-of-vp).",
      onlyFor: process("vp"), isKind: true),
    .init(
      "diffusion.schedule.beta_start", .number(.open(0, 1)),
      .unset("auto", "1e-4 · 1000/T; 0.00085 · 1000/T for scaled-linear"), .train, "First β.",
      onlyFor: betaEnds),
    .init(
      "diffusion.schedule.beta_end", .number(.open(0, 1)),
      .unset("auto", "0.02 · 1000/T; 0.012 · 1000/T for scaled-linear"), .train, "Last β.",
      onlyFor: betaEnds),
    .init(
      "diffusion.schedule.beta", .number(.open(0, 1)), .unset("auto", "0.01 · 1000/T"), .train,
      "β of each step.", onlyFor: schedule("constant")),
    .init(
      "diffusion.schedule.offset", .number(.closed(0, 1)), .value(.number(0.008)), .train,
      "s of the squared cosine.", onlyFor: schedule("cosine")),
    .init(
      "diffusion.schedule.temperature", .number(.above(0)), .value(.number(1)), .train,
      "τ of the sigmoid.", onlyFor: schedule("sigmoid")),
    .init(
      "diffusion.schedule.mean", .number(.finite), .value(.number(0)), .train,
      "μ of the log-SNR's Laplace distribution.", onlyFor: schedule("laplace")),
    .init(
      "diffusion.schedule.scale", .number(.above(0)), .value(.number(0.5)), .train,
      "b of the log-SNR's Laplace distribution.", onlyFor: schedule("laplace")),
    .init(
      "diffusion.schedule.betas", .text(.any), .required, .train,
      "File of T numbers, each β from data to noise: text or NPY; see [a schedule of one's own](processes.md#a-schedule-of-ones-own). Relative to the folder the program is run in.",
      onlyFor: schedule("betas")),
    .init(
      "diffusion.rescale_zero_snr", .boolean, .value(.boolean(false)), .train,
      "Shift and scale √ᾱ so that the last step is pure noise (Lin 2023); not with `prediction: epsilon`.",
      onlyFor: process("vp")),
    .init(
      "diffusion.beta_min", .number(.above(0)), .value(.number(0.1)), .train,
      "β at u = 0.", onlyFor: process("sub-vp")),
    .init(
      "diffusion.beta_max", .number(.above(0)), .value(.number(20)), .train,
      "β at u = 1.", onlyFor: process("sub-vp")),
    .init(
      "diffusion.sigma_min", .number(.above(0)),
      .valueBy("diffusion.process", ["ve": .number(0.01)], otherwise: .number(0.002)), .train,
      "Smallest σ.", onlyFor: process("ve", "edm")),
    .init(
      "diffusion.sigma_max", .number(.above(0)),
      .valueBy("diffusion.process", ["ve": .number(50)], otherwise: .number(80)), .train,
      "Largest σ.", onlyFor: process("ve", "edm")),
    .init(
      "diffusion.sigma_data", .number(.above(0)), .value(.number(0.5)), .train,
      "σ_d, the data's standard deviation, which `prediction: edm` is scaled by.",
      onlyFor: process("edm")),
    .init(
      "diffusion.rho", .number(.above(0)), .value(.number(7)), .train,
      "ρ: sampling visits σ^{1/ρ} in equal steps.", onlyFor: process("edm")),
    .init(
      "diffusion.shift", .number(.above(0)), .value(.number(1)), .train,
      "Shifts u towards noise: s·u/(1 + (s − 1)·u).", onlyFor: process("flow")),
    .init(
      "diffusion.prediction", .words(of: PredictionTarget.self),
      .valueBy(
        "diffusion.process",
        ["edm": .string("edm"), "flow": .string("flow"), "trig": .string("v")],
        otherwise: .string("epsilon")), .train,
      "What the network predicts; see [targets](processes.md#targets)."),
    .init(
      "diffusion.variance", .words(of: DiffusionSettings.Variance.self),
      .value(.string("fixed-small")), .train, "Variance of an ancestral step: β̃ or β."),
  ]
}
