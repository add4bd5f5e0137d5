internal import Diffusion
private import Images
import Text
import Values

extension CrossChecks {
  var isImageSource: Bool {
    word("data.source").map { !["gaussian", "mixture", "points"].contains($0) } ?? false
  }

  /// Side of the images where it is known without looking at the data.
  var size: Int? {
    if let size = integer("data.size") { return size }
    guard !stack.isFailed("data.size") else { return nil }
    switch word("data.source") {
    case "fashion-mnist": return 28
    case "cifar10", "cifar100", "shapes": return 32
    default: return nil
    }
  }

  mutating func checkData() {
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
    if case .list(let metrics)? = stack.value("evaluation.metrics"),
      metrics.contains(.string("within-class-variance")), let kind = word("conditioning.kind"),
      kind != "class", number("sampling.classifier_guidance") == 0
    {
      error(
        "within-class-variance needs samples of known classes, but conditioning.kind is \(kind)",
        at: "evaluation.metrics", "conditioning.kind",
        hint: "set conditioning: {kind: class}, or leave it out")
    }
    checkVectors()
    checkRestoring()
    checkAugmentation()
    if source == "points" { checkPoints() }
    if source == "mixture" { checkMixture() }
    let shape = word("data.shape").flatMap(PointShape.init)
    let lacksClasses =
      source == "gaussian" || shape?.classes == 0
      || (hasLabelFile && stack.value("data.labels") == .null && !stack.isFailed("data.labels"))
    if let source = shape.map({ "points' shape \($0.rawValue)" })
      ?? source.map({ "source '\($0)'" }),
      lacksClasses
    {
      let hint = hasLabelFile ? "give data.labels" : nil
      if word("conditioning.kind") == "class" {
        error(
          "conditioning on the class needs classes, but data \(source) has none",
          at: "conditioning.kind", hint: hint)
      }
      if let strength = number("sampling.classifier_guidance"), strength != 0 {
        error(
          "a classifier needs classes, but data \(source) has none",
          at: "sampling.classifier_guidance", hint: hint)
      }
      if case .list(let metrics)? = stack.value("evaluation.metrics"),
        metrics.contains(.string("class-agreement"))
      {
        error(
          "class-agreement needs classes, but data \(source) has none",
          at: "evaluation.metrics", hint: hint)
      }
    }
  }

  /// A shape or a file.
  private mutating func checkPoints() {
    guard !stack.isFailed("data.shape"), !stack.isFailed("data.path") else { return }
    let shapes = PointShape.allCases.map(\.rawValue)
    switch (word("data.shape"), word("data.path")) {
    case (nil, nil):
      error(
        "points lie on a shape or come from a file, but neither data.shape nor data.path is given",
        at: "data.source",
        hint: "data.shape is \(alternatives(shapes)); data.path names a CSV or NPY file")
    case (let shape?, let path?):
      error(
        "data.shape \(shape) and data.path \(path) exclude each other", at: "data.path",
        "data.shape",
        hint: "keep one")
    case (_?, nil):
      for key in ["data.label_array", "data.range"]
      where stack.value(key).map({ $0 != .null }) ?? false {
        error(
          "\(key) says how a file is read, but the points are of a shape", at: key,
          hint: "leave it out, or name a file: data.path")
      }
    case (nil, _?): break
    }
  }

  private mutating func checkMixture() {
    guard case .list(let weights)? = stack.value("data.weights"), !stack.isFailed("data.means")
    else { return }
    let components: Int
    if case .list(let means)? = stack.value("data.means") {
      components = means.count
    } else {
      components = MixtureParameters.ring.means.count
    }
    if weights.count != components {
      error(
        "data.weights has \(weights.count) numbers for \(components) components",
        at: "data.weights",
        "data.means", hint: "one a component, in their order")
    } else if Set(weights.compactMap(\.number)).count > 1, word("conditioning.kind") == "class" {
      warn(
        "samples are drawn in equal shares of the classes, and the data come in those of data.weights: distances between the two tell of that",
        at: "data.weights",
        hint: "leave data.weights or conditioning out, or measure within-class-variance")
    }
  }
}
