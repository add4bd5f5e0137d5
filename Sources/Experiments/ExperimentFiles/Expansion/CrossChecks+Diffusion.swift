internal import Diffusion
internal import Images
import Values

/// Rules of the noise process and of how samples are drawn from it.
extension CrossChecks {
  mutating func checkDiffusion() {
    checkSchedule()
    checkSaturated()
    checkAscending("diffusion.beta_min", "diffusion.beta_max")
    checkAscending("diffusion.sigma_min", "diffusion.sigma_max")
    guard let process = word("diffusion.process"),
      let prediction = word("diffusion.prediction").flatMap(PredictionTarget.init),
      !prediction.survivesPureNoise
    else { return }
    if hasZeroSNR {
      error(
        "with rescale_zero_snr α is 0 at the last step, where \(prediction.rawValue) says nothing of x0 = (x − σ·ε)/α",
        at: "diffusion.prediction", "diffusion.rescale_zero_snr",
        hint: "take prediction: v or x0, or leave rescale_zero_snr out")
    } else if process == "flow" || process == "trig" {
      error(
        "\(process) begins at α = 0, where \(prediction.rawValue) says nothing of x0 = (x − σ·ε)/α",
        at: "diffusion.prediction", "diffusion.process", hint: "take prediction: v, x0 or flow")
    }
  }

  private var hasZeroSNR: Bool { boolean("diffusion.rescale_zero_snr") ?? false }

  private mutating func checkSchedule() {
    guard let total = integer("diffusion.steps"), let kind = word("diffusion.schedule.kind"),
      let usual = Self.usualEnds[kind], !stack.isFailed("diffusion.schedule")
    else { return }
    let scale = 1000 / Double(total)
    let start = number("diffusion.schedule.beta_start") ?? min(scale * usual.start, 0.999)
    let end = number("diffusion.schedule.beta_end") ?? min(scale * usual.end, 0.999)
    if start > end {
      let given = number("diffusion.schedule.beta_start") != nil ? "start" : "end"
      error(
        "the schedule falls from β \(start.canonical) to \(end.canonical)",
        at: "diffusion.schedule.beta_\(given)", hint: "beta_start is the smaller one")
    }
    checkTerminal(total)
  }

  /// β of T = 1000 scaled to few steps comes to 1 and more, where it is held: the data are gone long before the end.
  private mutating func checkSaturated() {
    guard let total = integer("diffusion.steps"), total > 1, word("diffusion.process") == "vp",
      !stack.isFailed("diffusion.schedule"), number("diffusion.schedule.beta_start") == nil,
      number("diffusion.schedule.beta_end") == nil,
      let settings = try? SettingsCoding.schedule(
        KeyedValues(values: stack.values(under: "diffusion.schedule"))),
      let table = try? NoiseSchedule(DiffusionSettings(steps: total, schedule: settings)),
      let first = table.betas.firstIndex(where: { $0 >= Self.saturated }), first < total - 1
    else { return }
    warn(
      "\(total) steps are few for this schedule: β is \(Self.saturated.canonical) from step \(first) on, and nothing is left of the data from there",
      at: "diffusion.steps",
      hint: "take more steps (1000 is usual; sampling.steps is another number), or kind: cosine")
  }

  /// Where β is held.
  private static let saturated = 0.999

  /// Samples start from pure noise: what the last step still holds of the data is missing there.
  private mutating func checkTerminal(_ total: Int) {
    guard !hasZeroSNR, total > 1,
      number("diffusion.schedule.beta_start") != nil
        || number("diffusion.schedule.beta_end") != nil,
      let settings = try? SettingsCoding.schedule(
        KeyedValues(values: stack.values(under: "diffusion.schedule"))),
      let table = try? NoiseSchedule(DiffusionSettings(steps: total, schedule: settings)),
      let signal = table.sqrtAlphasCumprod.last, signal > Self.doubtfulSignal
    else { return }
    let share = (signal * 1000).rounded() / 1000
    warn(
      "after \(total) steps these β leave \(share.canonical) of the data (√ᾱ), but samples start from noise alone: expect means that are off by that share",
      at: "diffusion.schedule.beta_end", "diffusion.schedule.beta_start",
      hint:
        "leave β out, which scales them by 1000/T, or set rescale_zero_snr: true with prediction: v"
    )
  }

  /// √ᾱ_T of latent diffusion's schedule, the largest in wide use, is 0.068.
  private static let doubtfulSignal = 0.1

  /// β at both ends of T = 1000, by schedule.
  private static let usualEnds: [String: (start: Double, end: Double)] = [
    "linear": (1e-4, 0.02), "quadratic": (1e-4, 0.02), "exponential": (1e-4, 0.02),
    "scaled-linear": (0.00085, 0.012),
  ]

  private mutating func checkAscending(_ lower: String, _ upper: String) {
    guard let low = number(lower), let high = number(upper), low >= high else { return }
    error(
      "\(lower) is \(low.canonical), and \(upper) \(high.canonical)", at: lower, upper,
      hint: "the first lies below the second")
  }

  // MARK: Sampling

  mutating func checkSampling() {
    guard let sampler = word("sampling.sampler").flatMap(SamplingSettings.Sampler.init) else {
      return
    }
    if let total = integer("diffusion.steps"), let steps = integer("sampling.steps"), steps > total
    {
      error(
        "sampling.steps is \(steps), more than the \(total) of diffusion.steps",
        at: "sampling.steps", "diffusion.steps", hint: "at most \(total)")
    }
    if let eta = number("sampling.eta"), eta != 0, sampler != .ddim {
      error(
        "sampling.eta belongs to ddim, but the sampler is \(sampler.rawValue)", at: "sampling.eta",
        hint: "leave it out, or write 0")
    }
    if let order = integer("sampling.order"), let orders = sampler.orders, !orders.contains(order) {
      error(
        "\(sampler.rawValue) has orders \(orders.lowerBound) to \(orders.upperBound), not \(order)",
        at: "sampling.order", "sampling.sampler")
    }
    if boolean("sampling.clip") == true, number("sampling.threshold") != nil {
      error(
        "sampling.threshold takes the place of clipping, but sampling.clip is true",
        at: "sampling.clip", "sampling.threshold", hint: "leave one of them out")
    }
    checkAscending("sampling.churn_min", "sampling.churn_max")
    checkAscending("sampling.guidance_min", "sampling.guidance_max")
    checkSheet()
    checkUnclipped(sampler)
    checkSpacing(sampler)
    checkSelfConditioning()
    checkGuide()
  }

  /// Another network as the guide, and a classifier.
  private mutating func checkGuide() {
    if let strength = number("sampling.classifier_guidance"), strength != 0,
      let model = word("model.architecture"), model.hasPrefix("exact")
    {
      error(
        "\(model) knows its classes, and is not guided by a classifier",
        at: "sampling.classifier_guidance", "model.architecture",
        hint: "set conditioning.kind: class, and sampling.guidance")
    }
    guard !stack.isFailed("sampling.guide"), word("sampling.guide") != nil else { return }
    if let step = integer("sampling.guide_step") {
      error(
        "the guide is another network or this one at step \(step), not both",
        at: "sampling.guide", "sampling.guide_step", hint: "leave one of them out")
    }
    if let model = word("model.architecture"), model.hasPrefix("exact") {
      error(
        "\(model) is the best there is, and is not guided by a network", at: "sampling.guide",
        "model.architecture", hint: "leave guide out")
    }
  }

  /// All samples of a run are one picture.
  private mutating func checkSheet() {
    guard let size = integer("data.size"), let count = integer("sampling.count"), size > 1 else {
      return
    }
    let most = Image.mostPixels / ((size + 2) * (size + 2))
    guard count > most else { return }
    error(
      "\(count) samples of \(size)×\(size) make a sheet of more than \(Image.mostPixels) pixels",
      at: "sampling.count", "data.size", hint: "at most \(most)")
  }

  /// At the first of a cosine's steps ε is divided by √ᾱ = 5e-5: errors of a network become thousands, unless x̂0 is held.
  private mutating func checkUnclipped(_ sampler: SamplingSettings.Sampler) {
    let isImage = word("data.source").map { !["gaussian", "mixture", "points"].contains($0) }
    guard let isImage, let architecture = word("model.architecture"),
      !["exact", "exact-gaussian"].contains(architecture), sampler != .naiveStrided,
      !(boolean("sampling.clip") ?? isImage), number("sampling.threshold") == nil,
      word("diffusion.process") == "vp", !hasZeroSNR,
      word("diffusion.prediction") == "epsilon" || word("diffusion.prediction") == "score",
      ["cosine", "sqrt", "sigmoid"].contains(word("diffusion.schedule.kind") ?? "")
    else { return }
    warn(
      "this schedule ends at ᾱ near 0, where x0 = (x − σ·ε)/α makes a network's errors a thousand times larger, and nothing holds x0: samples may be far out",
      at: "diffusion.schedule.kind", "sampling.clip",
      hint: "set sampling.clip: true where data lie in [−1, 1], or prediction: v")
  }

  private mutating func checkSpacing(_ sampler: SamplingSettings.Sampler) {
    guard let spacing = word("sampling.spacing").flatMap(SamplingSettings.Spacing.init),
      let process = word("diffusion.process")
    else { return }
    if spacing == .leading, process != "vp" {
      error(
        "leading spacing counts timesteps from the first, but diffusion.process \(process) has none",
        at: "sampling.spacing", "diffusion.process", hint: "take linspace or trailing")
    }
    if spacing == .leading, hasZeroSNR {
      error(
        "leading spacing never visits the last timestep, which rescale_zero_snr makes pure noise",
        at: "sampling.spacing", "diffusion.rescale_zero_snr", hint: "take trailing or linspace")
    }
    if sampler == .naiveStrided, process != "vp" || !spacing.visitsTimesteps {
      error(
        "naive-strided strides over timesteps, but \(process == "vp" ? "spacing \(spacing.rawValue)" : "process \(process)") has none",
        at: "sampling.sampler", hint: "take linspace, leading or trailing, and process: vp")
    }
    guard spacing.visitsRatios else {
      for key in ["sampling.sigma_min", "sampling.sigma_max"] where number(key) != nil {
        error(
          "\(key) belongs to the spacings karras, exponential and log-snr, not to \(spacing.rawValue)",
          at: key, hint: "leave it out, or take spacing: karras")
      }
      return
    }
    checkAscending("sampling.sigma_min", "sampling.sigma_max")
    if number("sampling.sigma_max") == nil, hasZeroSNR || process == "flow" || process == "trig" {
      error(
        "spacing \(spacing.rawValue) needs a largest σ/α, and this process ends in pure noise, where α is 0",
        at: "sampling.spacing", "diffusion.process",
        hint: "set sampling.sigma_max, or take linspace, trailing or sgm-uniform")
    }
  }
}
