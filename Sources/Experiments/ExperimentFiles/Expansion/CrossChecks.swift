import Values

/// Rules that hold between keys. Each names the values that clash, and stands at the key that is
/// likeliest to change.
package struct CrossChecks {
  let stack: SettingStack
  private var diagnostics = Diagnostics()

  package static func check(_ stack: SettingStack, into diagnostics: inout Diagnostics) {
    var checks = CrossChecks(stack: stack)
    checks.checkData()
    checks.checkModel()
    checks.checkDiffusion()
    checks.checkTraining()
    for diagnostic in checks.diagnostics.list { diagnostics.add(diagnostic) }
  }

  /// Of a network that is trained: what its samples depend on.
  package static func checkSampling(_ stack: SettingStack, into diagnostics: inout Diagnostics) {
    var checks = CrossChecks(stack: stack)
    checks.checkDiffusion()
    for diagnostic in checks.diagnostics.list { diagnostics.add(diagnostic) }
  }

  // MARK: Values, nil where an earlier error makes them unknown

  func word(_ path: String) -> String? {
    if !stack.isFailed(path), case .string(let word)? = stack.value(path) { word } else { nil }
  }

  func integer(_ path: String) -> Int? {
    if !stack.isFailed(path), case .integer(let value)? = stack.value(path) { value } else { nil }
  }

  func number(_ path: String) -> Double? {
    if !stack.isFailed(path), case .number(let value)? = stack.value(path) { value } else { nil }
  }

  /// - Parameter paths: the keys that clash: the error stands at the first that is written out.
  mutating func error(_ message: String, at paths: String..., hint: String? = nil) {
    error(message, at: paths, hint: hint)
  }

  mutating func error(_ message: String, at paths: [String], hint: String? = nil) {
    guard let path = paths.first(where: { stack.assignments[$0] != nil }) ?? paths.first else {
      return
    }
    diagnostics.error(message, at: stack.place(path), hint: hint)
  }

  // MARK: Rules

  private mutating func checkDiffusion() {
    guard let total = integer("diffusion.steps") else { return }
    if let steps = integer("sampling.steps"), steps > total {
      error(
        "sampling.steps is \(steps), more than the \(total) of diffusion.steps",
        at: "sampling.steps", "diffusion.steps", hint: "at most \(total)")
    }
    if word("diffusion.schedule.kind") == "linear" {
      let scale = 1000 / Double(total)
      let start = number("diffusion.schedule.beta_start") ?? min(scale * 1e-4, 0.999)
      let end = number("diffusion.schedule.beta_end") ?? min(scale * 0.02, 0.999)
      if !stack.isFailed("diffusion.schedule"), start > end {
        let given = number("diffusion.schedule.beta_start") != nil ? "start" : "end"
        error(
          "the schedule falls from β \(start.canonical) to \(end.canonical)",
          at: "diffusion.schedule.beta_\(given)", hint: "beta_start is the smaller one")
      }
    }
    if let eta = number("sampling.eta"), eta != 0, let sampler = word("sampling.sampler"),
      sampler != "ddim"
    {
      error(
        "sampling.eta belongs to ddim, but the sampler is \(sampler)", at: "sampling.eta",
        hint: "leave it out, or write 0")
    }
  }

  private mutating func checkTraining() {
    if let lanes = integer("training.lanes"), let batch = integer("training.batch"),
      lanes > batch
    {
      error(
        "\(lanes) lanes cannot share a batch of \(batch)", at: "training.lanes",
        hint: "at most \(batch)")
    }
  }
}
