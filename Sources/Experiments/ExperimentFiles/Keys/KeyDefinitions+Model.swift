internal import Diffusion
import Values

extension KeyDefinitions {
  private static let smallUNet = [Condition(path: "model.architecture", values: ["small-unet"])]

  private static let mlp = [Condition(path: "model.architecture", values: ["mlp"])]
  /// Networks that are told the time as the small U-Net is.
  private static let timeEmbedded = [
    Condition(path: "model.architecture", values: ["small-unet", "mlp"])
  ]
  private static let inputEmbedded =
    mlp + [Condition(path: "model.input_embedding.kind", values: ["sinusoidal"])]

  static let model: [KeyDefinition] = [
    .init(
      "model.architecture", .words(of: ModelSettings.Architecture.self),
      .value(.string("small-unet")), .train,
      "The network; `unet` is diffusers' `UNet2DModel`, `mlp` a multilayer perceptron for vectors, `exact` the best predictor of the data in closed form: of a Gaussian, a mixture, or the data set itself. `exact-gaussian` is that of a Gaussian.",
      isKind: true),
    .init(
      "model.levels", .integer(2...8), .value(.integer(2)), .train,
      "Resolutions of the U-Net; each halves the one before.", onlyFor: smallUNet),
    .init(
      "model.base_channels", .integer(8...4096, multipleOf: 8), .value(.integer(64)), .train,
      "Channels of the first level; level i has min(2^i, 4) times as many.", onlyFor: smallUNet),
    .init(
      "model.time_embedding.kind", .words(of: ModelSettings.TimeEmbedding.self),
      .valueBy("model.architecture", ["mlp": .string("sinusoidal")], otherwise: .string("linear")),
      .train,
      "How the timestep is encoded: t/T as one number, or sinusoids of t.",
      onlyFor: timeEmbedded, isKind: true),
    .init(
      "model.time_embedding.dim", .integer(2...8192, multipleOf: 2),
      .valueBy("model.architecture", ["mlp": .integer(64)], otherwise: .integer(128)), .train,
      "Width of the time embedding.", onlyFor: timeEmbedded),
    .init(
      "model.width", .integer(1...MLPSettings.widest), .value(.integer(128)), .train,
      "Units of each hidden layer.", onlyFor: mlp),
    .init(
      "model.layers", .integer(MLPSettings.layerRange), .value(.integer(3)), .train,
      "Hidden layers, each with a connection past it.", onlyFor: mlp),
    .init(
      "model.input_embedding.kind", .words(of: MLPSettings.InputEmbedding.self),
      .value(.string("none")), .train,
      "How the vector is encoded: as it is, or with sinusoids of each coordinate beside it.",
      onlyFor: mlp, isKind: true),
    .init(
      "model.input_embedding.dim", .integer(2...1024, multipleOf: 2), .value(.integer(16)), .train,
      "Sinusoids of each coordinate.", onlyFor: inputEmbedded),
    .init(
      "model.input_embedding.scale", .number(.closed(1, 10_000)), .value(.number(25)), .train,
      "Highest of their frequencies, in radians per unit; the lowest is 1.",
      onlyFor: inputEmbedded),
  ]

  private static let classes = [Condition(path: "conditioning.kind", values: ["class"])]
  private static let restored = [Condition(path: "conditioning.kind", values: ["image"])]
  private static let dropped = [
    Condition(path: "conditioning.kind", values: ["class", "vector", "image"])
  ]

  static let conditioning: [KeyDefinition] = [
    .init(
      "conditioning.kind", .words(of: ConditioningSettings.Kind.self), .value(.string("none")),
      .train,
      "What the network is conditioned on besides image and timestep: nothing, the class, the numbers of `data.conditions`, or a worse version of the image; see [conditioning](conditioning.md).",
      isKind: true),
    .init(
      "conditioning.inject", .words(of: ConditioningSettings.Injection.self),
      .valueBy(
        "model.architecture", ["unet": .string("time"), "mlp": .string("time")],
        otherwise: .string("concat")), .train,
      "`concat`: constant channels beside the image; `time`: added to the time embedding.",
      onlyFor: classes),
    .init(
      "conditioning.dropout", .number(.closed(0, 1)),
      .valueBy(
        "conditioning.kind", ["image": .number(0)], otherwise: .number(0.1)), .train,
      "Probability with which training drops the condition, for classifier-free guidance.",
      onlyFor: dropped),
    .init(
      "conditioning.categories", .texts, .unset("none", ""), .train,
      "Which of `data.conditions` are categories: each value has a vector of its own. Of an archive's array, all of its columns.",
      onlyFor: [Condition(path: "conditioning.kind", values: ["vector"])]),
    .init(
      "conditioning.task", .words(of: Degradation.Task.self),
      .value(.string("super-resolution")), .train,
      "What the network restores an image from: means of blocks of pixels, grey, or all but a box.",
      onlyFor: restored, isKind: true),
    .init(
      "conditioning.factor", .integer(Degradation.factors), .value(.integer(4)), .train,
      "Pixels of a block along each side.",
      onlyFor: restored + [Condition(path: "conditioning.task", values: ["super-resolution"])]),
    .init(
      "conditioning.self", .boolean, .value(.boolean(false)), .train,
      "Show the network its own last estimate of the image beside the noisy one; see [self-conditioning](conditioning.md#self-conditioning).",
      onlyFor: trained),
    .init(
      "conditioning.augmentation", .boolean, .value(.boolean(false)), .train,
      "Tell the network what was done to the image (`data.flip`, `data.shift`, `data.brightness`), so that samples do not show it; see [augmentation](conditioning.md#augmentation).",
      onlyFor: [Condition(path: "model.architecture", values: ["small-unet", "unet"])]),
  ]

  /// Networks with weights.
  private static let trained = [
    Condition(path: "model.architecture", values: ["small-unet", "unet", "mlp"])
  ]
}
