import Values

/// Rules of what training makes small, and of variances that are learned by it.
extension CrossChecks {
  mutating func checkLoss() {
    if number("training.ema") != nil, let life = number("training.ema_halflife") {
      error(
        "an average has a decay or a half-life, and ema_halflife is \(life.canonical) beside ema: \(number("training.ema")?.canonical ?? "")",
        at: "training.ema_halflife", "training.ema", hint: "leave one of them out")
    }
    checkAverages()
    if word("training.loss_scale") == "none", let precision = word("training.precision"),
      precision != "fp16"
    {
      error(
        "only fp16 has a loss scale that could be left out; precision is \(precision)",
        at: "training.loss_scale", "training.precision",
        hint: "take precision: fp16, or leave loss_scale out")
    }
    guard let loss = word("training.loss"), let process = word("diffusion.process") else { return }
    let isOfTheBound = loss == "vlb" || loss == "hybrid"
    if isOfTheBound { checkBytes(loss) }
    let learns = word("diffusion.variance") == "learned"
    if isOfTheBound, process != "vp" {
      error(
        "loss: \(loss) is of the steps of process vp; \(process) is continuous",
        at: "training.loss", "diffusion.process", hint: "take loss: mse, or process: vp")
    }
    if loss == "hybrid", process == "vp", !learns {
      error(
        "loss: hybrid trains variances, which variance: \(word("diffusion.variance") ?? "") leaves as they are",
        at: "diffusion.variance", "training.loss", hint: "set diffusion: {variance: learned}")
    }
    if learns {
      if process != "vp" {
        error(
          "variances are learned of the steps of process vp; \(process) is continuous",
          at: "diffusion.variance", "diffusion.process", hint: "leave variance out")
      } else if !isOfTheBound, word("model.architecture")?.hasPrefix("exact") == false {
        error(
          "loss: \(loss) says nothing of variances: learned ones would stay as they begin",
          at: "training.loss", "diffusion.variance", hint: "take loss: hybrid or vlb")
      }
      if let model = word("model.architecture"), model.hasPrefix("exact") {
        error(
          "\(model) has no network that could learn variances", at: "diffusion.variance",
          "model.architecture", hint: "take variance: fixed-small")
      }
    }
    if word("training.timesteps") == "loss-aware", process != "vp" {
      error(
        "timesteps: loss-aware keeps losses for each step of process vp; \(process) is continuous",
        at: "training.timesteps", "diffusion.process",
        hint: "take log-normal or logit-normal timesteps, or process: vp")
    }
  }

  /// The bound's last term is the probability of a byte.
  private mutating func checkBytes(_ loss: String) {
    let brightness = number("data.brightness") ?? 0
    let isDrawn = word("data.source") == "shapes"
    guard isDrawn || brightness > 0 else { return }
    warn(
      "loss: \(loss) takes every pixel as one of 256 values, and \(brightness > 0 ? "those of data.brightness" : "those of shapes") lie between them: the last term of the bound is that of the interval around each",
      at: "training.loss", brightness > 0 ? "data.brightness" : "data.source",
      hint: "take loss: mse, or images of bytes as they are")
  }

  /// What samples are drawn by is made of averages that training tracked.
  private mutating func checkAverages() {
    let step = integer("sampling.guide_step")
    guard let key = number("sampling.ema") != nil ? "ema" : step.map({ _ in "guide_step" }) else {
      return
    }
    if let model = word("model.architecture"), model.hasPrefix("exact") {
      error(
        "\(model) has no weights that could be averaged", at: "sampling.\(key)",
        "model.architecture", hint: "leave \(key) out")
    } else if !stack.isFailed("training.ema_widths"), stack.value("training.ema_widths") == .null {
      error(
        "\(key) draws by averages that training tracked, and ema_widths is none",
        at: "sampling.\(key)", "training.ema_widths",
        hint: "set training: {ema_widths: [0.05, 0.1]}")
    } else if let step, let every = integer("training.ema_every"),
      let steps = integer("training.steps"), step > steps || step % every != 0
    {
      error(
        "no averages are kept at step \(step): they are every \(every) steps, up to \(steps)",
        at: "sampling.guide_step", "training.ema_every",
        hint: "take a multiple of \(every), at most \(steps)")
    }
  }
}
