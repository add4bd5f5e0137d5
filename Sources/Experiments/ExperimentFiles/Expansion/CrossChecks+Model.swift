internal import Diffusion
import Values

extension CrossChecks {
  mutating func checkModel() {
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
    case "mlp":
      if ["fashion-mnist", "idx", "cifar10", "cifar100", "images", "csv", "shapes"].contains(source)
      {
        error(
          "mlp takes points, but data source '\(source)' gives images",
          at: "model.architecture", "data.source",
          hint: "use architecture: small-unet or unet, or data: {source: points, shape: moons}")
      }
      checkInjection(of: "mlp")
    case "exact-gaussian":
      if source != "gaussian" {
        error(
          "exact-gaussian is exact for data source 'gaussian' only, not '\(source)'",
          at: "model.architecture", hint: "set data: {source: gaussian, variance: 0.25}")
      }
      checkNothingIsTrained("exact-gaussian")
    case "exact":
      checkNothingIsTrained("exact")
    default: break
    }
  }

  private mutating func checkNothingIsTrained(_ architecture: String) {
    guard let steps = integer("training.steps"), steps > 0 else { return }
    error(
      "\(architecture) has nothing to train, but training.steps is \(steps)",
      at: "training.steps", hint: "leave it out, or write 0")
  }

  private mutating func checkImages(for architecture: String, from source: String) {
    guard !isImageSource else { return }
    error(
      "\(architecture) needs images, but data source '\(source)' gives points",
      at: "model.architecture", "data.source",
      hint: source == "gaussian"
        ? "use architecture: mlp or exact-gaussian" : "use architecture: mlp")
  }

  private mutating func checkInjection(of architecture: String) {
    guard word("conditioning.inject") == "concat" else { return }
    error(
      "\(architecture) takes the class through the time embedding, but conditioning.inject is concat",
      at: "conditioning.inject", hint: "leave it out, or write time")
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
    checkInjection(of: "unet")
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
}
