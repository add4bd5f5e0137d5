import Foundation

/// A pipeline's `scheduler_config.json`: the noise process that its network was trained on, and how diffusers would draw
/// from it.
///
/// What a file leaves out is as its class has it. What is not done here is refused, never passed over.
package struct DiffusersScheduler: Sendable, Hashable {
  /// `DDPMScheduler`, `DDIMScheduler` …
  package let className: String
  /// Whether its images are drawn here as it draws them.
  package let isSampledAlike: Bool
  /// What is done otherwise here, in a few words each.
  package let departures: [String]
  /// What the file calls the betas: `scaled_linear`, `trained_betas` …
  package let betaSchedule: String
  /// What they begin and end with, where the schedule goes by that.
  package let betaStart: Double
  package let betaEnd: Double
  package let diffusion: DiffusionSettings
  package let sampling: SamplingSettings

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
    guard let kind = SchedulerClass.all[name] else {
      throw DiffusionError(
        .badInput,
        "'\(options.name)': the scheduler is \(name), whose noise process is not supported; supported are "
          + SchedulerClass.all.keys.sorted().joined(separator: ", "))
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
    if try options.boolean("use_flow_sigmas", false) {
      throw options.refusal("use_flow_sigmas", "false")
    }
    self.className = name
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
    (sampling, departures) = try kind.sampling(options, steps: diffusion.steps)
    isSampledAlike = departures.isEmpty
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
    case .text("v_prediction"): .v
    case .text("sample"): .x0
    default:
      throw options.refusal("prediction_type", "\"epsilon\", \"v_prediction\" or \"sample\"")
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
      steps: steps, schedule: schedule,
      rescaleZeroSNR: try options.boolean("rescale_betas_zero_snr", false),
      prediction: try prediction(options))
    switch options.values["variance_type"] {
    case nil, .null, .text("fixed_small"), .text("fixed_small_log"): break
    case .text("fixed_large"): settings.variance = .fixedLarge
    case .text("learned_range"): settings.variance = .learned
    default:
      // Of fixed_large_log diffusers takes the root of a logarithm, which is not a number.
      throw options.refusal(
        "variance_type",
        "\"fixed_small\", \"fixed_small_log\", \"fixed_large\" or \"learned_range\"")
    }
    do {
      _ = try NoiseProcess(settings)
    } catch {
      throw DiffusionError(.badInput, "'\(options.name)': \(error)")
    }
    return settings
  }

  /// What `sample` says of a scheduler that draws otherwise than here; nil where it does not.
  package var note: String? {
    isSampledAlike
      ? nil
      : "the pipeline's scheduler is \(className); drawn here by \(sampling.sampler.rawValue), otherwise in that "
        + departures.joined(separator: ", ")
  }
}
