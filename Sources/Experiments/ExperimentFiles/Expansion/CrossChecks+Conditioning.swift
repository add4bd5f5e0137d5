internal import Diffusion
import Text
import Values

/// Rules of what the network is told besides image and time.
extension CrossChecks {
  /// Numbers as a condition come with the data.
  mutating func checkVectors() {
    guard !stack.isFailed("data.conditions") else { return }
    var names: [String] = []
    if case .list(let items)? = stack.value("data.conditions") { names = items.compactMap(\.word) }
    if word("data.source") == "shapes" {
      let known = Shapes.Attribute.allCases.map(\.rawValue)
      for name in names where !known.contains(name) {
        error(
          "data.conditions of shapes are \(alternatives(known)), not \(quoted(name))",
          at: "data.conditions")
      }
    }
    if !names.isEmpty, word("data.shape") != nil {
      error(
        "data.conditions names columns of a file, but the points are of a shape",
        at: "data.conditions", "data.shape", hint: "leave it out, or name a file: data.path")
    }
    guard word("conditioning.kind") == "vector" else { return }
    if case .list(let items)? = stack.value("conditioning.categories") {
      for name in items.compactMap(\.word) where !names.contains(name) {
        error(
          "conditioning.categories names \(quoted(name)), which data.conditions does not",
          at: "conditioning.categories", "data.conditions",
          hint: names.isEmpty ? nil : "they are \(names.joined(separator: ", "))")
      }
    }
    if names.isEmpty {
      error(
        "conditioning.kind vector takes numbers that come with the data, but data.conditions names none",
        at: "conditioning.kind", "data.conditions",
        hint: "name columns or arrays of a file, or attributes of shapes: data.conditions: [size]")
    }
    if let model = word("model.architecture"), model.hasPrefix("exact") {
      error(
        "\(model) knows classes, but no vectors", at: "conditioning.kind", "model.architecture",
        hint: "take a network, or kind: class")
    }
    guard case .list(let metrics)? = stack.value("evaluation.metrics") else { return }
    for metric in Self.measuresOfOwnLevels where metrics.contains(.string(metric)) {
      error(
        "\(metric) is not measured of networks that are told vectors", at: "evaluation.metrics",
        "conditioning.kind", hint: "leave it out")
    }
  }

  /// An image as a condition is a worse one of those that are trained on.
  mutating func checkRestoring() {
    if case .list(let metrics)? = stack.value("evaluation.metrics"),
      metrics.contains(.string("psnr")), let kind = word("conditioning.kind"), kind != "image"
    {
      error(
        "psnr is of images that are restored, but conditioning.kind is \(kind)",
        at: "evaluation.metrics", "conditioning.kind", hint: "set conditioning: {kind: image}")
    }
    guard word("conditioning.kind") == "image" else { return }
    if word("data.source") != nil, !isImageSource {
      error(
        "conditioning.kind image is of images, but data source '\(word("data.source") ?? "")' gives points",
        at: "conditioning.kind", "data.source", hint: "take kind: class or vector")
      return
    }
    if let factor = integer("conditioning.factor"), let size, size % factor != 0 {
      error(
        "images of \(size)×\(size) are not made of \(factor)×\(factor) blocks",
        at: "conditioning.factor", "data.size", hint: "take a factor that divides the size")
    }
    if word("conditioning.task") == "colouring", integer("data.channels") == 1 {
      error(
        "colouring takes coloured images, but data.channels is 1", at: "data.channels",
        "conditioning.task", hint: "leave data.channels out")
    }
    guard case .list(let metrics)? = stack.value("evaluation.metrics") else { return }
    for metric in Self.measuresOfOwnLevels where metrics.contains(.string(metric)) {
      error(
        "\(metric) is not measured of networks that are told images", at: "evaluation.metrics",
        "conditioning.kind", hint: "leave it out")
    }
  }

  /// What is done to images, and what a network is told of that.
  mutating func checkAugmentation() {
    let (shift, brightness) = (integer("data.shift") ?? 0, number("data.brightness") ?? 0)
    if let size, shift >= size {
      error(
        "data.shift moves by up to \(shift) pixels, and the images are \(size)×\(size)",
        at: "data.shift", "data.size", hint: "take less")
    }
    let isUnchanged = boolean("data.flip") == false && shift == 0 && brightness == 0
    if boolean("conditioning.augmentation") == true, isUnchanged,
      !["data.flip", "data.shift", "data.brightness"].contains(where: stack.isFailed)
    {
      error(
        "conditioning.augmentation tells what was done to an image, and nothing is",
        at: "conditioning.augmentation", "data.flip",
        hint: "set data.flip, data.shift or data.brightness")
    }
    guard word("conditioning.kind") == "vector", word("data.source") == "shapes",
      case .list(let names)? = stack.value("data.conditions")
    else { return }
    let changed =
      (boolean("data.flip") == true ? ["x", "tilt"] : []) + (shift > 0 ? ["x", "y"] : [])
      + (brightness > 0 ? ["red", "green", "blue"] : [])
    let wrong = names.compactMap(\.word).filter(changed.contains)
    if !wrong.isEmpty {
      warn(
        "data.conditions tells \(wrong.joined(separator: ", ")) of each image as it was before it is flipped, shifted or made brighter",
        at: "data.conditions", hint: "leave out what changes it")
    }
  }

  private static let measuresOfOwnLevels = [
    "error-parts", "inversion-error", "bits-per-dim", "log-likelihood",
  ]

  /// A network that hears its own last estimate is asked once at each level, from noise to data.
  mutating func checkSelfConditioning() {
    guard boolean("conditioning.self") == true else { return }
    if let sampler = word("sampling.sampler").flatMap(SamplingSettings.Sampler.init),
      !sampler.asksOnceALevel
    {
      error(
        "with conditioning.self the network hears its estimate of the level before, but sampler \(sampler.rawValue) asks it more than once at a level",
        at: "sampling.sampler", "conditioning.self",
        hint: "take \(alternatives(SamplingSettings.Sampler.onceALevel))")
    }
    guard case .list(let metrics)? = stack.value("evaluation.metrics") else { return }
    for metric in Self.measuresOfOwnLevels where metrics.contains(.string(metric)) {
      error(
        "\(metric) asks the network at levels of its own, where there is no estimate of the level before, but conditioning.self is true",
        at: "evaluation.metrics", "conditioning.self", hint: "leave one of them out")
    }
  }
}
