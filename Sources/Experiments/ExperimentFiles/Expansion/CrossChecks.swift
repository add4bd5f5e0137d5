internal import Diffusion
private import Images
import Values

/// Rules that hold between keys. Each names the values that clash, and stands at the key that is
/// likeliest to change.
package struct CrossChecks {
  private let stack: SettingStack
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

  private func word(_ path: String) -> String? {
    if !stack.isFailed(path), case .string(let word)? = stack.value(path) { word } else { nil }
  }

  private func integer(_ path: String) -> Int? {
    if !stack.isFailed(path), case .integer(let value)? = stack.value(path) { value } else { nil }
  }

  private func number(_ path: String) -> Double? {
    if !stack.isFailed(path), case .number(let value)? = stack.value(path) { value } else { nil }
  }

  /// - Parameter paths: the keys that clash: the error stands at the first that is written out.
  private mutating func error(_ message: String, at paths: String..., hint: String? = nil) {
    error(message, at: paths, hint: hint)
  }

  private mutating func error(_ message: String, at paths: [String], hint: String? = nil) {
    guard let path = paths.first(where: { stack.assignments[$0] != nil }) ?? paths.first else {
      return
    }
    diagnostics.error(message, at: stack.place(path), hint: hint)
  }

  // MARK: Rules

  private var isImageSource: Bool {
    word("data.source").map { $0 != "gaussian" && $0 != "mixture" } ?? false
  }

  /// Side of the images where it is known without looking at the data.
  private var size: Int? {
    if let size = integer("data.size") { return size }
    guard !stack.isFailed("data.size") else { return nil }
    switch word("data.source") {
    case "fashion-mnist": return 28
    case "cifar10", "cifar100", "shapes": return 32
    default: return nil
    }
  }

  private mutating func checkData() {
    let source = word("data.source")
    if source == "shapes", let size = integer("data.size"), size < 8 {
      error("shapes are drawn at 8 pixels or more, not \(size)", at: "data.size")
    }
    if case .list(let pair)? = stack.value("data.range"), case .number(let low)? = pair.first,
      case .number(let high)? = pair.last, low >= high
    {
      error(
        "data.range is [black, white], and \(low.canonical) is not below \(high.canonical)",
        at: "data.range", hint: "for instance [0, 1]")
    }
    // One way of writing a colour, so that the same colour is the same run.
    if let text = word("data.background"), Background(text)?.text != text {
      error(
        "data.background cannot be '\(text)'", at: "data.background",
        hint: Background(text).map { "write '\($0.text)'" }
          ?? "black, white, ignored, or a colour such as '#808080'")
    }
    let hasLabelFile = source == "idx" || source == "npy"
    if integer("data.channels") == 2 {
      error("data.channels is 1 or 3, not 2", at: "data.channels")
    }
    if stack.value("data.test_labels").map({ $0 != .null }) ?? false,
      stack.value("data.test") == .null
    {
      error(
        "data.test_labels needs images for testing, but data.test names none",
        at: "data.test_labels", hint: "give data.test, an IDX file of images")
    }
    let lacksClasses =
      source == "gaussian"
      || (hasLabelFile && stack.value("data.labels") == .null && !stack.isFailed("data.labels"))
    if let source, lacksClasses {
      let hint = hasLabelFile ? "give data.labels" : nil
      if word("conditioning.kind") == "class" {
        error(
          "conditioning on the class needs classes, but data source '\(source)' has none",
          at: "conditioning.kind", hint: hint)
      }
      if case .list(let metrics)? = stack.value("evaluation.metrics"),
        metrics.contains(.string("class-agreement"))
      {
        error(
          "class-agreement needs classes, but data source '\(source)' has none",
          at: "evaluation.metrics", hint: hint)
      }
    }
  }

  private mutating func checkModel() {
    guard let source = word("data.source") else { return }
    switch word("model.architecture") {
    case "small-unet":
      checkImages(for: "small-unet", from: source)
      if let levels = integer("model.levels") {
        checkSize(levels: levels, of: "model.levels", from: source)
      }
    case "unet":
      checkImages(for: "unet", from: source)
      checkResidualUNet(source)
    case "exact-gaussian":
      if source != "gaussian" {
        error(
          "exact-gaussian is exact for data source 'gaussian' only, not '\(source)'",
          at: "model.architecture", hint: "set data: {source: gaussian, variance: 0.25}")
      }
      if let steps = integer("training.steps"), steps > 0 {
        error(
          "exact-gaussian has nothing to train, but training.steps is \(steps)",
          at: "training.steps", hint: "leave it out, or write 0")
      }
    default: break
    }
  }

  private mutating func checkImages(for architecture: String, from source: String) {
    guard !isImageSource else { return }
    error(
      "\(architecture) needs images, but data source '\(source)' gives points",
      at: "model.architecture", "data.source",
      hint: source == "gaussian" ? "use architecture: exact-gaussian" : nil)
  }

  /// - Parameter path: the key that says how many levels there are.
  private mutating func checkSize(levels: Int, of path: String, from source: String) {
    let unit = 1 << (levels - 1)
    guard isImageSource, let size, size % unit != 0 else { return }
    let fitting = (size / unit + 1) * unit
    let native = integer("data.size") == nil ? ", the native size of \(source)" : ""
    error(
      "\(levels) levels need a size that is a multiple of \(unit), not \(size)\(native)",
      at: "data.size", path, "data.source", hint: "for instance data.size: \(fitting)")
  }

  private mutating func checkResidualUNet(_ source: String) {
    if word("conditioning.inject") == "concat" {
      error(
        "unet takes the class through the time embedding, but conditioning.inject is concat",
        at: "conditioning.inject", hint: "leave it out, or write time")
    }
    guard !KeyDefinitions.residualUNet.contains(where: { stack.isFailed($0.path) }),
      let settings = try? SettingsCoding.residualUNet(stack.values)
    else { return }
    let problems = settings.problems
    for problem in problems {
      error(
        problem.message, at: ([problem.option] + problem.others).map { "model.\($0)" },
        hint: problem.hint)
    }
    if problems.isEmpty {
      checkSize(
        levels: settings.blockOutChannels.count, of: "model.block_out_channels", from: source)
    }
  }

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
