import Foundation

/// A pipeline's `scheduler_config.json`: the noise process that its network was trained on, and how diffusers would draw
/// from it.
///
/// What a file leaves out is as its class has it. What is not done here is refused, never passed over.
package struct DiffusersScheduler: Sendable, Hashable {
  /// `DDPMScheduler`, `DDIMScheduler` …
  package let className: String
  /// Whether its sampler is one of ours, so that its grid and clipping are the defaults here.
  package let isSampledAlike: Bool
  /// What the file calls the betas: `scaled_linear`, `trained_betas` …
  package let betaSchedule: String
  /// What they begin and end with, where the schedule goes by that.
  package let betaStart: Double
  package let betaEnd: Double
  package let diffusion: DiffusionSettings
  package let sampling: SamplingSettings

  /// What a class of diffusers does where the file says nothing.
  private struct Class {
    var sampler: SamplingSettings.Sampler?
    var betaStart = 1e-4
    var betaEnd = 0.02
  }

  /// Classes whose process is x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε over T timesteps.
  private static let classes: [String: Class] = {
    let old = Class(betaStart: 0.00085, betaEnd: 0.012)
    var classes = [
      "DDPMScheduler": Class(sampler: .ddpm), "DDPMParallelScheduler": Class(sampler: .ddpm),
      "DDIMScheduler": Class(sampler: .ddim), "DDIMParallelScheduler": Class(sampler: .ddim),
      "DPMSolverSDEScheduler": old, "HeunDiscreteScheduler": old, "KDPM2DiscreteScheduler": old,
      "KDPM2AncestralDiscreteScheduler": old,
    ]
    for name in [
      "DEISMultistep", "DPMSolverMultistep", "DPMSolverSinglestep", "EulerAncestralDiscrete",
      "EulerDiscrete", "LMSDiscrete", "PNDM", "SASolver", "UniPCMultistep",
    ] {
      classes[name + "Scheduler"] = Class()
    }
    return classes
  }()

  /// Options of those classes; some files hold another class's, or some that are gone, which diffusers passes over.
  private static let known: Set<String> = [
    "algorithm_type", "beta_end", "beta_schedule", "beta_start", "clip_sample",
    "clip_sample_range", "disable_corrector", "dynamic_thresholding_ratio", "euler_at_final",
    "final_sigmas_type", "flow_shift", "interpolation_type", "lambda_min_clipped",
    "lower_order_final", "noise_sampler_seed", "num_train_timesteps", "corrector_order",
    "predict_x0", "prediction_type", "predictor_order", "rescale_betas_zero_snr",
    "sample_max_value", "set_alpha_to_one", "shift_terminal", "sigma_max", "sigma_min",
    "skip_prk_steps", "solver_order", "solver_p", "solver_type", "steps_offset", "tau_func",
    "tensor_format", "thresholding", "time_shift_type", "timestep_spacing", "timestep_type",
    "timestep_values", "trained_betas", "use_beta_sigmas", "use_dynamic_shifting",
    "use_exponential_sigmas", "use_flow_sigmas", "use_karras_sigmas", "use_lu_lambdas",
    "variance_type",
  ]

  /// - Parameters:
  ///   - options: of the file.
  ///   - className: what `model_index.json` calls the class; nil: as the file itself says.
  /// - Throws: `DiffusionError(.badInput)`, naming the option, its value and what is done here.
  init(_ options: DiffusersOptions, className: String? = nil) throws(DiffusionError) {
    let name = className ?? options.text("_class_name") ?? "DDPMScheduler"
    guard let kind = Self.classes[name] else {
      throw DiffusionError(
        .badInput,
        "'\(options.name)': the scheduler is \(name), whose noise process is not supported; supported are "
          + Self.classes.keys.sorted().joined(separator: ", "))
    }
    for (key, value) in options.values.sorted(by: { $0.key < $1.key })
    where !key.hasPrefix("_") && !Self.known.contains(key) && value != .null
      && value != .boolean(false)
    {
      throw DiffusionError(
        .badInput,
        "'\(options.name)': unknown scheduler option '\(key)' with the value \(value.text)"
      )
    }
    for key in ["thresholding", "rescale_betas_zero_snr", "use_flow_sigmas"] {
      if try options.boolean(key, false) { throw options.refusal(key, "false") }
    }
    self.className = name
    isSampledAlike = kind.sampler != nil
    betaSchedule =
      try options.numbers("trained_betas") != nil
      ? "trained_betas" : options.text("beta_schedule") ?? "linear"
    (betaStart, betaEnd) = (
      try options.number("beta_start", kind.betaStart), try options.number("beta_end", kind.betaEnd)
    )
    for (key, beta) in [("beta_start", betaStart), ("beta_end", betaEnd)]
    where !(beta > 0 && beta <= NoiseSchedule.largestBeta) {
      throw options.refusal(key, "a number above 0, at most \(NoiseSchedule.largestBeta)")
    }
    diffusion = try Self.process(options, betaSchedule, betaStart, betaEnd)
    sampling = try Self.sampling(options, kind, steps: diffusion.steps)
  }

  /// T where the file says it soundly: what a network's timesteps lie below, whatever else is not done here.
  static func timesteps(_ options: DiffusersOptions) throws(DiffusionError) -> Int {
    let steps = try options.integer("num_train_timesteps", 1000)
    guard (1...100_000).contains(steps) else {
      throw options.refusal("num_train_timesteps", "1 to 100000")
    }
    return steps
  }

  /// The schedule that diffusers makes of a word and both ends; nil where it knows no such word.
  private static func schedule(
    _ word: String, steps: Int, _ start: Double, _ end: Double
  ) -> DiffusionSettings.Schedule? {
    switch word {
    case "linear": .linear(betaStart: start, betaEnd: end)
    case "scaled_linear":
      .betas(NoiseSchedule.scaledLinearBetas(steps: steps, start: start, end: end))
    case "sigmoid": .betas(NoiseSchedule.sigmoidBetas(steps: steps, start: start, end: end))
    case "squaredcos_cap_v2": .cosine(offset: 0.008)
    default: nil
    }
  }

  /// The pipeline's schedule with another T or other ends; nil where each β is given by itself.
  package func schedule(
    steps: Int, betaStart: Double? = nil, betaEnd: Double? = nil
  ) -> DiffusionSettings.Schedule? {
    Self.schedule(
      betaSchedule, steps: steps, betaStart ?? self.betaStart, betaEnd ?? self.betaEnd)
  }

  private static func prediction(
    _ options: DiffusersOptions
  ) throws(DiffusionError) -> PredictionTarget {
    switch options.values["prediction_type"] {
    case nil, .text("epsilon"): .epsilon
    default: throw options.refusal("prediction_type", "\"epsilon\"")
    }
  }

  private static func process(
    _ options: DiffusersOptions, _ word: String, _ start: Double, _ end: Double
  ) throws(DiffusionError) -> DiffusionSettings {
    let steps = try timesteps(options)
    let schedule: DiffusionSettings.Schedule
    if let betas = try options.numbers("trained_betas") {
      guard betas.count == steps else {
        throw DiffusionError(
          .badInput,
          "'\(options.name)': trained_betas holds \(betas.count) values, num_train_timesteps is \(steps)"
        )
      }
      schedule = .betas(betas)
    } else {
      let isWord = options.values["beta_schedule"].map { $0 == .text(word) } ?? true
      guard isWord, let known = Self.schedule(word, steps: steps, start, end) else {
        throw options.refusal(
          "beta_schedule", "\"linear\", \"scaled_linear\", \"squaredcos_cap_v2\" or \"sigmoid\"")
      }
      schedule = known
    }
    var settings = DiffusionSettings(
      steps: steps, schedule: schedule, prediction: try prediction(options))
    switch options.values["variance_type"] {
    case nil, .null, .text("fixed_small"), .text("fixed_small_log"): break
    case .text("fixed_large"): settings.variance = .fixedLarge
    default:
      // Of fixed_large_log diffusers takes the root of a logarithm, which is not a number.
      throw options.refusal(
        "variance_type", "\"fixed_small\", \"fixed_small_log\" or \"fixed_large\"")
    }
    do {
      _ = try NoiseProcess(settings)
    } catch {
      throw DiffusionError(.badInput, "'\(options.name)': \(error)")
    }
    return settings
  }

  /// Diffusers' own three; it has the others by flags.
  private static func spacing(
    _ options: DiffusersOptions
  ) throws(DiffusionError) -> SamplingSettings.Spacing {
    guard let spacing: SamplingSettings.Spacing = try options.word("timestep_spacing") else {
      return .leading
    }
    guard spacing.visitsTimesteps else {
      throw options.refusal("timestep_spacing", "\"linspace\", \"trailing\", \"leading\"")
    }
    return spacing
  }

  private static func sampling(
    _ options: DiffusersOptions, _ kind: Class, steps: Int
  ) throws(DiffusionError) -> SamplingSettings {
    var settings = SamplingSettings()
    settings.steps = min(settings.steps, steps)
    guard let sampler = kind.sampler else { return settings }
    settings.sampler = sampler
    settings.spacing = try spacing(options)
    settings.stepsOffset = try options.integer("steps_offset", 0)
    guard (0..<steps).contains(settings.stepsOffset) else {
      throw options.refusal("steps_offset", "0 to \(steps - 1)")
    }
    settings.clip = try options.boolean("clip_sample", true)
    settings.clipRange = try options.number("clip_sample_range", 1)
    guard settings.clipRange > 0, settings.clipRange.isFinite else {
      throw options.refusal("clip_sample_range", "a number above 0")
    }
    // DDPM's last step always goes to ᾱ = 1.
    if sampler == .ddim { settings.setAlphaToOne = try options.boolean("set_alpha_to_one", true) }
    return settings
  }

  /// What `sample` says of a scheduler that draws otherwise than here; nil where it does not.
  package var note: String? {
    isSampledAlike
      ? nil
      : "the pipeline's scheduler is \(className), which is not supported: its betas are used, and the "
        + "sampler is \(sampling.sampler.rawValue) unless another is named"
  }
}
