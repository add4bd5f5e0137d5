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
    checks.checkSampling()
    checks.checkTraining()
    for diagnostic in checks.diagnostics.list + checks.diagnostics.warnings {
      diagnostics.add(diagnostic)
    }
  }

  /// Of a network that is trained: what its samples depend on.
  package static func checkSampling(_ stack: SettingStack, into diagnostics: inout Diagnostics) {
    var checks = CrossChecks(stack: stack)
    checks.checkDiffusion()
    checks.checkSampling()
    for diagnostic in checks.diagnostics.list + checks.diagnostics.warnings {
      diagnostics.add(diagnostic)
    }
  }

  /// Of a network that is trained: what its predictions depend on.
  package static func checkProcess(_ stack: SettingStack, into diagnostics: inout Diagnostics) {
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

  func boolean(_ path: String) -> Bool? {
    if !stack.isFailed(path), case .boolean(let value)? = stack.value(path) { value } else { nil }
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

  /// Something that can be run and will disappoint.
  mutating func warn(_ message: String, at paths: String..., hint: String? = nil) {
    guard let path = paths.first(where: { stack.assignments[$0] != nil }) ?? paths.first else {
      return
    }
    diagnostics.warning(message, at: stack.place(path), hint: hint)
  }

  // MARK: Rules

  private mutating func checkTraining() {
    if let lanes = integer("training.lanes"), let batch = integer("training.batch"),
      let count = integer("training.accumulate"), lanes > batch * count
    {
      error(
        "\(lanes) lanes cannot share a batch of \(batch * count)", at: "training.lanes",
        hint: "at most \(batch * count)")
    }
    checkLoss()
    checkDistillation()
  }
}
