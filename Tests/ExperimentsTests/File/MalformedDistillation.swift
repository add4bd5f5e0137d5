extension MalformedFile {
  /// A run that could distil but for what is put in: below `training` and `distill`, and lines of other sections.
  private static func taught(
    _ name: String, distill: String = "teacher_steps: 8", training: String = "from: t",
    lines: String =
      "diffusion: {prediction: v}\nsampling: {sampler: ddim, steps: 1, spacing: trailing}",
    _ errors: String...
  ) -> MalformedFile {
    MalformedFile(
      name,
      "training: {steps: 6, distill: {\(distill)}, \(training)}\n\(lines)\ndata: {source: shapes}\n",
      errors)
  }

  private static let sampling = "\nsampling: {sampler: ddim, steps: 1, spacing: trailing}"

  /// What a network learns of another's steps.
  static let distillation: [MalformedFile] = [
    taught(
      "a student without a teacher's steps", distill: "student_steps: 2",
      "1:47: nothing is distilled: teacher_steps is none"),
    taught(
      "distillation of nothing", training: "batch: 2",
      "1:47: distillation learns the steps of a teacher, but training.from is none"),
    taught(
      "steps that are not halved", distill: "teacher_steps: 12, student_steps: 4",
      "1:66: 12 steps are not halved, once or more, to 4"),
    taught(
      "steps that are not shared", distill: "teacher_steps: 16",
      "1:19: 4 halvings cannot share training.steps 6 alike"),
    taught(
      "more steps than there are", lines: "diffusion: {prediction: v, steps: 4}" + sampling,
      "1:47: a teacher of 8 steps visits more than the 4 of diffusion.steps"),
    taught(
      "a teacher that predicts noise", lines: "diffusion: {prediction: epsilon}" + sampling,
      "2:25: epsilon is not distilled: the fewer the steps, the more is decided where x is nearly noise, and x0 = (x − σ·ε)/α says hardly anything there"
    ),
    taught(
      "learned variances", training: "from: t, loss: hybrid",
      lines: "diffusion: {prediction: v, variance: learned}" + sampling,
      "2:38: one step of DDIM has no variance to be learned"),
    taught(
      "a teacher that hears itself",
      lines: "conditioning: {self: true}\ndiffusion: {prediction: v}" + sampling,
      "2:22: a network that hears its own last estimate is no teacher"),
    taught(
      "timesteps of their own", training: "from: t, timesteps: stratified",
      "1:71: a student sees the levels of its own steps alone, each as often, but timesteps is stratified"
    ),
    taught(
      "averages over halvings", training: "from: t, ema_widths: [0.1]",
      "1:72: averages of ema_widths go over all of training, but each halving begins anew"),
    taught(
      "guidance to nothing", distill: "teacher_steps: 8, guidance: 2",
      "1:60: guidance is towards a condition, but conditioning.kind is none"),
    taught(
      "guided twice", distill: "teacher_steps: 8, guidance: 2",
      lines:
        "conditioning: {kind: class}\ndiffusion: {prediction: v}\nsampling: {sampler: ddim, steps: 1, spacing: trailing, guidance: 3}",
      "4:66: students learn guidance 2 of their teacher, and sampling.guidance 3 would guide them again"
    ),
    taught(
      "another sampler",
      lines: "diffusion: {prediction: v}\nsampling: {sampler: heun, steps: 1, spacing: trailing}",
      "3:21: a student has learned steps of DDIM, but the sampler is heun"),
    taught(
      "another spacing and other steps",
      lines: "diffusion: {prediction: v}\nsampling: {sampler: ddim, steps: 4, eta: 1}",
      "1:47: a student knows the levels of trailing spacing alone, but spacing is linspace",
      "3:34: a student of 1 steps does not know the levels of 4",
      "3:42: a student has learned steps of DDIM without noise, but eta is 1"),
  ]
}
