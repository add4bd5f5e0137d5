/// A class of diffusers' schedulers: what it does where a file says nothing, and which sampler of ours it is.
struct SchedulerClass: Sendable {
  /// nil: none.
  var sampler: SamplingSettings.Sampler?
  var betaStart = 1e-4
  var betaEnd = 0.02
  var spacing = SamplingSettings.Spacing.linspace
  var clips = false
  /// Whether `clip_sample` is a key of it that is false where a file says nothing.
  var mayClip = false
  var setAlphaToOne = true

  /// Classes whose process is x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε over T timesteps.
  static let all: [String: SchedulerClass] = {
    func old(_ sampler: SamplingSettings.Sampler) -> SchedulerClass {
      SchedulerClass(
        sampler: sampler, betaStart: 0.00085, betaEnd: 0.012, mayClip: sampler == .heun)
    }
    let ddpm = SchedulerClass(sampler: .ddpm, spacing: .leading, clips: true)
    let ddim = SchedulerClass(sampler: .ddim, spacing: .leading, clips: true)
    return [
      "DDPMScheduler": ddpm, "DDPMParallelScheduler": ddpm,
      "DDIMScheduler": ddim, "DDIMParallelScheduler": ddim,
      "DEISMultistepScheduler": SchedulerClass(sampler: .deis),
      "DPMSolverMultistepScheduler": SchedulerClass(sampler: .dpmpp2M),
      "DPMSolverSinglestepScheduler": SchedulerClass(sampler: .dpmpp2S),
      "DPMSolverSDEScheduler": old(.dpmppSDE),
      "EulerAncestralDiscreteScheduler": SchedulerClass(sampler: .eulerAncestral),
      "EulerDiscreteScheduler": SchedulerClass(sampler: .euler),
      "HeunDiscreteScheduler": old(.heun),
      "KDPM2AncestralDiscreteScheduler": old(.dpm2Ancestral),
      "KDPM2DiscreteScheduler": old(.dpm2),
      "LMSDiscreteScheduler": SchedulerClass(sampler: .lms),
      "PNDMScheduler": SchedulerClass(sampler: .pndm, spacing: .leading, setAlphaToOne: false),
      "SASolverScheduler": SchedulerClass(),
      "UniPCMultistepScheduler": SchedulerClass(sampler: .unipc),
    ]
  }()

  /// How it draws, as near as samplers here come.
  /// - Returns: the settings, and what is done otherwise.
  /// - Throws: `DiffusionError(.badInput)` for a value that has no sense.
  func sampling(
    _ options: DiffusersOptions, steps: Int
  ) throws(DiffusionError) -> (SamplingSettings, departures: [String]) {
    var settings = SamplingSettings()
    settings.steps = min(settings.steps, steps)
    guard let sampler else {
      return (settings, ["its own sampler is not supported, only its betas are used"])
    }
    settings.sampler = sampler
    settings.setAlphaToOne = setAlphaToOne
    var departures: [String] = []
    if options.values["timestep_spacing"] != nil {
      settings.spacing = try Self.spacing(options)
    } else {
      settings.spacing = spacing
    }
    settings.stepsOffset = try options.integer("steps_offset", 0)
    guard (0..<steps).contains(settings.stepsOffset) else {
      throw options.refusal("steps_offset", "0 to \(steps - 1)")
    }
    settings.clip = clips || mayClip ? try options.boolean("clip_sample", clips) : false
    settings.clipRange = try options.number("clip_sample_range", 1)
    guard settings.clipRange > 0, settings.clipRange.isFinite else {
      throw options.refusal("clip_sample_range", "a number above 0")
    }
    try threshold(options, &settings, &departures)
    switch sampler {
    case .ddpm, .naiveStrided:
      // Its last step always goes to ᾱ = 1.
      settings.setAlphaToOne = true
    case .ddim, .pndm:
      settings.setAlphaToOne = try options.boolean("set_alpha_to_one", setAlphaToOne)
      if sampler == .pndm, try !options.boolean("skip_prk_steps", false) {
        departures.append("it starts without Runge-Kutta steps, as skip_prk_steps has it")
      }
      if sampler == .ddim, settings.spacing == .linspace {
        departures.append("each step goes to the next timestep of the list, not T/n down")
      }
    default: try solver(options, &settings, &departures)
    }
    return (settings, departures)
  }

  /// Diffusers' own three; it has the others by flags.
  private static func spacing(
    _ options: DiffusersOptions
  ) throws(DiffusionError) -> SamplingSettings.Spacing {
    guard let spacing: SamplingSettings.Spacing = try options.word("timestep_spacing"),
      spacing.visitsTimesteps
    else {
      throw options.refusal("timestep_spacing", "\"linspace\", \"trailing\", \"leading\"")
    }
    return spacing
  }

  private func threshold(
    _ options: DiffusersOptions, _ settings: inout SamplingSettings, _ departures: inout [String]
  ) throws(DiffusionError) {
    guard try options.boolean("thresholding", false) else { return }
    let quantile = try options.number("dynamic_thresholding_ratio", 0.995)
    guard quantile > 0, quantile <= 1 else {
      throw options.refusal("dynamic_thresholding_ratio", "a number above 0, at most 1")
    }
    // At most 1, diffusers' own default, the threshold is always 1: a clip.
    if try options.number("sample_max_value", 1) <= 1 {
      (settings.clip, settings.clipRange) = (true, 1)
    } else {
      (settings.clip, settings.threshold) = (nil, quantile)
      departures.append("dynamic thresholding has no largest threshold (sample_max_value)")
    }
  }

  /// Of the solvers that go by σ, whose spacing has flags of its own.
  private func solver(
    _ options: DiffusersOptions, _ settings: inout SamplingSettings, _ departures: inout [String]
  ) throws(DiffusionError) {
    let order = try options.integer("solver_order", 2)
    let algorithm = options.text("algorithm_type") ?? "dpmsolver++"
    if settings.sampler == .dpmpp2M {
      switch (algorithm, order) {
      case ("dpmsolver++", 3): settings.sampler = .dpmpp3M
      case ("sde-dpmsolver++", 2): settings.sampler = .dpmpp2MSDE
      case ("dpmsolver++", 2): break
      default: departures.append("its solver is \(algorithm) of order \(order)")
      }
    }
    if let orders = settings.sampler.orders, options.values["solver_order"] != nil {
      guard orders.contains(order) else {
        throw options.refusal("solver_order", "\(orders.lowerBound) to \(orders.upperBound)")
      }
      settings.order = order
    }
    if try options.boolean("use_karras_sigmas", false) { settings.spacing = .karras }
    if try options.boolean("use_exponential_sigmas", false) { settings.spacing = .exponential }
    if try options.boolean("use_lu_lambdas", false) { settings.spacing = .logSNR }
    if options.text("final_sigmas_type") == "sigma_min" { settings.setAlphaToOne = false }
    departures.append(
      settings.spacing.visitsRatios
        ? "levels go to both ends of the schedule, and the network hears timesteps between two as they are"
        : "timesteps are whole, and spread as docs/samplers.md says")
  }
}
