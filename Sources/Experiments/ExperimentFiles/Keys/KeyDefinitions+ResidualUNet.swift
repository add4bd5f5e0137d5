internal import Diffusion
package import Values

extension KeyDefinitions {
  /// Options of `UNet2DModel` under diffusers' names.
  package static let residualUNet: [KeyDefinition] = [
    .init(
      "model.block_out_channels",
      .integers(
        count: ResidualUNetSettings.levelRange, in: 1...4096),
      .value(.list(standard.blockOutChannels.map(ParameterValue.integer))), .train,
      "Channels of each level; each halves the resolution of the one before.", onlyFor: unet),
    .init(
      "model.layers_per_block", .integer(ResidualUNetSettings.layerRange),
      .value(.integer(standard.layersPerBlock)), .train,
      "Residual blocks of a level on the way down; one more on the way up.", onlyFor: unet),
    .init(
      "model.down_block_types",
      .wordSequence(
        count: ResidualUNetSettings.levelRange,
        ResidualUNetSettings.DownBlock.allCases.map(\.rawValue)),
      .unset("auto", "attention at the second level"), .train,
      "From the finest level down: without or with self-attention.", onlyFor: unet),
    .init(
      "model.up_block_types",
      .wordSequence(
        count: ResidualUNetSettings.levelRange,
        ResidualUNetSettings.UpBlock.allCases.map(\.rawValue)),
      .unset("auto", "`down_block_types` mirrored"), .train,
      "From the coarsest level up.", onlyFor: unet),
    .init(
      "model.add_attention", .boolean, .value(.boolean(standard.addAttention)), .train,
      "Self-attention in the middle block.", onlyFor: unet),
    .init(
      "model.attention_head_dim", .integer(1...4096),
      .valueOrUnset(.integer(standard.attentionHeadDim ?? 8), "none", "one head of all channels"),
      .train, "Channels of an attention head.", onlyFor: unet),
    .init(
      "model.norm_num_groups", .integer(1...4096), .value(.integer(standard.normNumGroups)),
      .train, "Groups of each group norm; divides all of `block_out_channels`.", onlyFor: unet),
    .init(
      "model.norm_eps", .number(.above(0)), .value(.number(standard.normEps)), .train,
      "Added to a group's variance.", onlyFor: unet),
    .init(
      "model.dropout", .number(.halfOpen(0, 1)), .value(.number(standard.dropout)), .train,
      "Probability with which training zeroes a value: of `unet` before each block's second convolution, of `small-unet` on the way to the next level, of `mlp` after each hidden layer's activation.",
      onlyFor: [.init(path: "model.architecture", values: ["unet", "small-unet", "mlp"])]),
    .init(
      "model.resnet_time_scale_shift", .words(of: ResidualUNetSettings.TimeScaleShift.self),
      .value(.string(standard.timeScaleShift.rawValue)), .train,
      "How the time embedding, and the class with it, enters a block or level: added, or scaling and shifting its (second) norm; see [conditioning](conditioning.md#scale-and-shift).",
      onlyFor: [.init(path: "model.architecture", values: ["unet", "small-unet"])]),
    .init(
      "model.downsample_padding", .integer(0...1), .value(.integer(standard.downsamplePadding)),
      .train, "1 pads both sides before a level is halved, 0 only right and bottom.",
      onlyFor: unet),
    .init(
      "model.flip_sin_to_cos", .boolean, .value(.boolean(standard.flipSinToCos)), .train,
      "Put the cosines of the time embedding before its sines.", onlyFor: unet),
    .init(
      "model.freq_shift", .number(.closed(0, 1000)), .value(.number(standard.freqShift)), .train,
      "Subtracted from the number of frequencies of the time embedding when they are spaced.",
      onlyFor: unet),
    .init(
      "model.mid_block_scale_factor", .number(.above(0)),
      .value(.number(standard.midBlockScaleFactor)), .train,
      "Divides the output of each part of the middle block.", onlyFor: unet),
    .init(
      "model.center_input_sample", .boolean, .value(.boolean(standard.centerInputSample)), .train,
      "Map the input from [0, 1] to [−1, 1] first.", onlyFor: unet),
  ]

  private static let standard = ResidualUNetSettings()
  private static let unet = [
    KeyDefinition.KindCondition(path: "model.architecture", values: ["unet"])
  ]

  /// What stands for no value where that follows from other keys: a run's settings have it written out.
  ///
  /// - Parameter value: the values of the run's other keys.
  package static func derived(
    _ path: String, from value: (_ path: String) -> ParameterValue?
  ) -> ParameterValue? {
    func words(_ blocks: [some RawRepresentable<String>]) -> ParameterValue {
      .list(blocks.map { .string($0.rawValue) })
    }
    switch path {
    case "model.down_block_types":
      guard case .list(let channels)? = value("model.block_out_channels") else { return nil }
      return words(ResidualUNetSettings.usualDownBlockTypes(levels: channels.count))
    case "model.up_block_types":
      guard case .list(let items)? = value("model.down_block_types") else { return nil }
      let down = items.compactMap { item -> ResidualUNetSettings.DownBlock? in
        if case .string(let word) = item { .init(rawValue: word) } else { nil }
      }
      return words(ResidualUNetSettings.mirrored(down))
    default: return nil
    }
  }
}
