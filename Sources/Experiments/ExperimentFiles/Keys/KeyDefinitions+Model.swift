internal import Diffusion
import Values

extension KeyDefinitions {
  private static let smallUNet = [Condition(path: "model.architecture", values: ["small-unet"])]

  static let model: [KeyDefinition] = [
    .init(
      "model.architecture", .words(of: ModelSettings.Architecture.self),
      .value(.string("small-unet")), .train,
      "The network; `unet` is diffusers' `UNet2DModel`, `exact-gaussian` the best predictor for Gaussian data in closed form.",
      isKind: true),
    .init(
      "model.levels", .integer(2...8), .value(.integer(2)), .train,
      "Resolutions of the U-Net; each halves the one before.", onlyFor: smallUNet),
    .init(
      "model.base_channels", .integer(8...4096, multipleOf: 8), .value(.integer(64)), .train,
      "Channels of the first level; level i has min(2^i, 4) times as many.", onlyFor: smallUNet),
    .init(
      "model.time_embedding.kind", .words(of: ModelSettings.TimeEmbedding.self),
      .value(.string("linear")), .train,
      "How the timestep is encoded: t/T as one number, or sinusoids of t.",
      onlyFor: smallUNet, isKind: true),
    .init(
      "model.time_embedding.dim", .integer(2...8192, multipleOf: 2), .value(.integer(128)), .train,
      "Width of the time embedding.", onlyFor: smallUNet),
  ]

  private static let classes = [Condition(path: "conditioning.kind", values: ["class"])]

  static let conditioning: [KeyDefinition] = [
    .init(
      "conditioning.kind", .words(of: ConditioningSettings.Kind.self), .value(.string("none")),
      .train, "What the network is conditioned on besides image and timestep.", isKind: true),
    .init(
      "conditioning.inject", .words(of: ConditioningSettings.Injection.self),
      .valueFor(
        Condition(path: "model.architecture", values: ["unet"]), .string("time"),
        otherwise: .string("concat")), .train,
      "`concat`: constant channels beside the image; `time`: added to the time embedding.",
      onlyFor: classes),
    .init(
      "conditioning.dropout", .number(.closed(0, 1)), .value(.number(0.1)), .train,
      "Probability with which training drops the condition, for classifier-free guidance.",
      onlyFor: classes),
  ]
}
