internal import Diffusion
import Values

/// How images are drawn: the `sampling` section.
extension KeyDefinitions {
  private static func sampler(_ kinds: SamplingSettings.Sampler...) -> [Condition] {
    [Condition(path: "sampling.sampler", values: kinds.map(\.rawValue))]
  }

  static let sampling: [KeyDefinition] = [
    .init(
      "sampling.sampler", .words(of: SamplingSettings.Sampler.self), .value(.string("ddpm")),
      .sample,
      "See [samplers](samplers.md); `naive-strided` is wrong on purpose: dense coefficients on a strided grid.",
      isKind: true),
    .init(
      "sampling.steps", .integer(1...100_000), .value(.integer(50)), .sample,
      "n, the noise levels that are visited; at most `diffusion.steps` of `vp`. Some samplers ask the network more than once at each: what it took is logged as `sample/evaluations`."
    ),
    .init(
      "sampling.spacing", .words(of: SamplingSettings.Spacing.self), .value(.string("linspace")),
      .sample,
      "Which levels are visited: timesteps for `linspace`, `leading`, `trailing`; levels between them for the others."
    ),
    .init(
      "sampling.sigma_min", .number(.closed(1e-6, 1e6)), .unset("auto", "the process's own"),
      .sample,
      "Smallest σ/α of the spacings `karras`, `exponential` and `log-snr`."),
    .init(
      "sampling.sigma_max", .number(.above(0)), .unset("auto", "the process's own"), .sample,
      "Largest σ/α of those."),
    .init(
      "sampling.eta", .number(.closed(SamplingSettings.etaRange)), .value(.number(0)), .sample,
      "Noise of `ddim`: 0 deterministic, 1 ancestral."),
    .init(
      "sampling.order", .integer(1...4), .unset("auto", "2 of unipc and deis, 4 of lms"), .sample,
      "Evaluations that a step looks back on.", onlyFor: sampler(.unipc, .deis, .lms)),
    .init(
      "sampling.churn", .number(.atLeast(0)), .value(.number(0)), .sample,
      "S_churn: noise added at each step; 0 is `heun`.", onlyFor: sampler(.edm)),
    .init(
      "sampling.churn_min", .number(.atLeast(0)), .value(.number(0)), .sample,
      "S_tmin: the smallest σ/α at which noise is added.", onlyFor: sampler(.edm)),
    .init(
      "sampling.churn_max", .number(.above(0)), .unset("none", ""), .sample,
      "S_tmax: the largest σ/α at which noise is added.", onlyFor: sampler(.edm)),
    .init(
      "sampling.churn_noise", .number(.atLeast(0)), .value(.number(1)), .sample,
      "S_noise: standard deviation of the noise that is added.", onlyFor: sampler(.edm)),
    .init(
      "sampling.snr", .number(.above(0)), .value(.number(0.16)), .sample,
      "r, signal to noise of a Langevin step.", onlyFor: sampler(.predictorCorrector)),
    .init(
      "sampling.corrections", .integer(0...1000), .value(.integer(1)), .sample,
      "Langevin steps at each level.", onlyFor: sampler(.predictorCorrector)),
    .init(
      "sampling.rtol", .number(.above(0)), .value(.number(1e-5)), .sample,
      "Relative tolerance.", onlyFor: sampler(.probabilityFlow)),
    .init(
      "sampling.atol", .number(.above(0)), .value(.number(1e-5)), .sample,
      "Absolute tolerance.", onlyFor: sampler(.probabilityFlow)),
    .init(
      "sampling.clip", .boolean, .unset("auto", "true for images"), .sample,
      "Clip the predicted image to [−1, 1] at each step."),
    .init(
      "sampling.threshold", .number(.openClosed(0, 1)), .unset("none", ""), .sample,
      "Dynamic thresholding in the place of clipping: the quantile of an image's |x0| that becomes 1, such as 0.995 (Saharia 2022)."
    ),
    .init(
      "sampling.guidance", .number(.closed(SamplingSettings.guidanceRange)), .value(.number(1)),
      .sample,
      "Classifier-free guidance: 0 unconditional, 1 plain conditional. See [guidance](guidance.md)."
    ),
    .init(
      "sampling.guidance_min", .number(.atLeast(0)), .value(.number(0)), .sample,
      "The σ/α above which guidance acts; below, samples go their own way."),
    .init(
      "sampling.guidance_max", .number(.above(0)), .unset("none", ""), .sample,
      "The σ/α up to which guidance acts."),
    .init(
      "sampling.guidance_rescale", .number(.closed(0...1)), .value(.number(0)), .sample,
      "φ: how far each guided prediction is scaled back to the standard deviation of the plain one."
    ),
    .init(
      "sampling.guidance_parallel", .number(.closed(-10...10)), .value(.number(1)), .sample,
      "η of projected guidance: what the part of guidance along the prediction itself counts; 0 leaves it out, which keeps colours from saturating."
    ),
    .init(
      "sampling.guidance_norm", .number(.above(0)), .unset("none", ""), .sample,
      "r of projected guidance: the longest that a sample's difference from the guide may be, over all its values."
    ),
    .init(
      "sampling.guidance_momentum", .number(.closed(-1...1)), .value(.number(0)), .sample,
      "β of projected guidance: what the difference of the level before adds; negative holds back what is always the same."
    ),
    .init(
      "sampling.guide_step", .integer(1...1_000_000_000), .unset("none", ""), .sample,
      "Autoguidance: what guides is the network as its averages were at this step of its training, told the condition too; a multiple of `training.ema_every`."
    ),
    .init(
      "sampling.guide", .text(.any), .unset("none", ""), .sample,
      "Autoguidance by another network, smaller or trained for less: a run of the store, of which several seeds may stand for the run of the same seed, or a network's file."
    ),
    .init(
      "sampling.classifier_guidance", .number(.closed(SamplingSettings.guidanceRange)),
      .value(.number(0)), .sample,
      "s of classifier guidance: how far the gradient of a classifier, which is trained on the data's classes and the process's noise, leads to each sample's class; of networks that are told classes or none."
    ),
    .init(
      "sampling.ema", .number(.closed(PowerProfile.widths)), .unset("none", "what training keeps"),
      .sample,
      "Relative width σ_rel of the average of the weights that draws, made after training of those of `training.ema_widths`; swept without training again."
    ),
    .init(
      "sampling.count", .integer(1...1_000_000), .value(.integer(64)), .sample,
      "Images of a sample grid; the class of image i is i mod classes."),
    .init(
      "sampling.seed", .integer(0...Int.max), .value(.integer(0)), .sample, "Seed of the noise."),
    .init(
      "sampling.every", .integer(1...1_000_000_000), .unset("end", "at the end only"), .sample,
      "Also sample during training, every N steps."),
  ]
}
