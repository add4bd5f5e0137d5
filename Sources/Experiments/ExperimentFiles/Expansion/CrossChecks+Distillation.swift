internal import Diffusion
import Values

/// Rules of what a network learns of another's steps.
extension CrossChecks {
  mutating func checkDistillation() {
    let section = "training.distill"
    guard let first = integer("\(section).teacher_steps") else {
      guard !stack.isFailed("\(section).teacher_steps") else { return }
      for key in ["\(section).student_steps", "\(section).guidance"]
      where stack.assignments[key] != nil {
        error(
          "nothing is distilled: teacher_steps is none", at: key,
          hint: "set training: {distill: {teacher_steps: 16}}, or leave it out")
      }
      return
    }
    if !stack.isFailed("training.from"), stack.value("training.from") == .null {
      error(
        "distillation learns the steps of a teacher, but training.from is none",
        at: "\(section).teacher_steps", "training.from",
        hint: "name the teacher's run or file: training: {from: EXPERIMENT/LABEL}")
    }
    checkHalvings(first)
    checkDistilled()
    checkStudentSampling()
  }

  /// That the numbers of steps go together.
  private mutating func checkHalvings(_ first: Int) {
    let (student, teacher) = ("training.distill.student_steps", "training.distill.teacher_steps")
    guard let last = integer(student) else { return }
    let distillation = TrainingSettings.Distillation(teacherSteps: first, studentSteps: last)
    guard let halvings = distillation.halvings else {
      return error(
        "\(first) steps are not halved, once or more, to \(last)", at: student, teacher,
        hint: "take teacher_steps of \(last) times 2, 4, 8 …")
    }
    if let steps = integer("training.steps"), steps % halvings != 0 {
      error(
        "\(halvings) halvings cannot share training.steps \(steps) alike", at: "training.steps",
        student, hint: "take a multiple of \(halvings)")
    }
    if let total = integer("diffusion.steps"), word("diffusion.process") == "vp", first > total {
      error(
        "a teacher of \(first) steps visits more than the \(total) of diffusion.steps", at: teacher,
        "diffusion.steps", hint: "at most \(total)")
    }
  }

  /// That the network and what it predicts can be distilled.
  private mutating func checkDistilled() {
    let teacher = "training.distill.teacher_steps"
    if let prediction = word("diffusion.prediction").flatMap(PredictionTarget.init),
      !prediction.survivesPureNoise
    {
      error(
        "\(prediction.rawValue) is not distilled: the fewer the steps, the more is decided where x is nearly noise, and x0 = (x − σ·ε)/α says hardly anything there",
        at: "diffusion.prediction", teacher,
        hint: "train teacher and student with prediction: v, x0 or flow")
    }
    if word("diffusion.variance") == "learned" {
      error(
        "one step of DDIM has no variance to be learned", at: "diffusion.variance", teacher,
        hint: "take variance: fixed-small")
    } else if let loss = word("training.loss"), loss == "vlb" || loss == "hybrid" {
      error(
        "loss: \(loss) is of the data, but a student learns its teacher's steps",
        at: "training.loss",
        teacher, hint: "take loss: mse")
    }
    if let model = word("model.architecture"), model.hasPrefix("exact") {
      error(
        "\(model) has no network that could learn", at: teacher, "model.architecture",
        hint: "leave distill out")
    }
    if boolean("conditioning.self") == true {
      error(
        "a network that hears its own last estimate is no teacher", at: "conditioning.self",
        teacher,
        hint: "leave one of them out")
    }
    if !stack.isFailed("training.ema_widths"), stack.value("training.ema_widths") != .null {
      error(
        "averages of ema_widths go over all of training, but each halving begins anew",
        at: "training.ema_widths", teacher, hint: "take ema or ema_halflife")
    }
    let usual = word("diffusion.process") == "edm" ? "log-normal" : "uniform"
    if let timesteps = word("training.timesteps"), timesteps != usual {
      error(
        "a student sees the levels of its own steps alone, each as often, but timesteps is \(timesteps)",
        at: "training.timesteps", teacher, hint: "leave timesteps out")
    }
    guard let guidance = number("training.distill.guidance"), guidance != 1 else { return }
    if word("conditioning.kind") == "none" {
      error(
        "guidance is towards a condition, but conditioning.kind is none",
        at: "training.distill.guidance", "conditioning.kind", hint: "leave it out")
    } else if let own = number("sampling.guidance"), own != 1 {
      error(
        "students learn guidance \(guidance.canonical) of their teacher, and sampling.guidance \(own.canonical) would guide them again",
        at: "sampling.guidance", "training.distill.guidance", hint: "leave sampling.guidance out")
    }
  }

  /// A student knows its own steps alone.
  private mutating func checkStudentSampling() {
    let teacher = "training.distill.teacher_steps"
    if let sampler = word("sampling.sampler"), sampler != "ddim" {
      error(
        "a student has learned steps of DDIM, but the sampler is \(sampler)",
        at: "sampling.sampler",
        teacher, hint: "take sampler: ddim")
    } else if let eta = number("sampling.eta"), eta != 0 {
      error(
        "a student has learned steps of DDIM without noise, but eta is \(eta.canonical)",
        at: "sampling.eta", teacher, hint: "leave eta out")
    }
    if let spacing = word("sampling.spacing"), spacing != "trailing" {
      error(
        "a student knows the levels of trailing spacing alone, but spacing is \(spacing)",
        at: "sampling.spacing", teacher, hint: "set sampling: {spacing: trailing}")
    }
    if let steps = integer("sampling.steps"), let last = integer("training.distill.student_steps"),
      last % steps != 0
    {
      error(
        "a student of \(last) steps does not know the levels of \(steps)", at: "sampling.steps",
        "training.distill.student_steps", hint: "set sampling: {steps: \(last)}")
    }
  }
}
