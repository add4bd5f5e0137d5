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
    guard let loss = word("training.loss"), let process = word("diffusion.process") else { return }
    let isOfTheBound = loss == "vlb" || loss == "hybrid"
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

  private mutating func checkAverages() {
    guard let width = number("sampling.ema") else { return }
    if word("model.architecture")?.hasPrefix("exact") == true {
      error(
        "\(word("model.architecture") ?? "") has no weights that could be averaged",
        at: "sampling.ema", "model.architecture", hint: "leave ema out")
    } else if !stack.isFailed("training.ema_widths"), stack.value("training.ema_widths") == .null {
      error(
        "an average of width \(width.canonical) is made of those that training tracked, and ema_widths is none",
        at: "sampling.ema", "training.ema_widths", hint: "set training: {ema_widths: [0.05, 0.1]}")
    }
  }
}
