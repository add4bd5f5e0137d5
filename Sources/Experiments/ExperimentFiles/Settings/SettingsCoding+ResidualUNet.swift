package import Diffusion
package import Values

extension SettingsCoding {
  /// The `model` section of a residual U-Net.
  /// - Throws: `ExperimentFileError` if a key is missing or of another type.
  package static func residualUNet(_ keys: KeyedValues) throws -> ResidualUNetSettings {
    var settings = ResidualUNetSettings(
      blockOutChannels: try keys.integers("model.block_out_channels"),
      layersPerBlock: try keys.integer("model.layers_per_block"))
    settings.downBlockTypes = try keys.words("model.down_block_types")
    settings.upBlockTypes = try keys.words("model.up_block_types")
    settings.addAttention = try keys.boolean("model.add_attention")
    settings.attentionHeadDim = try keys.optionalInteger("model.attention_head_dim")
    settings.normNumGroups = try keys.integer("model.norm_num_groups")
    settings.normEps = try keys.number("model.norm_eps")
    settings.dropout = try keys.number("model.dropout")
    settings.timeScaleShift = try keys.word("model.resnet_time_scale_shift")
    settings.downsamplePadding = try keys.integer("model.downsample_padding")
    settings.flipSinToCos = try keys.boolean("model.flip_sin_to_cos")
    settings.freqShift = try keys.number("model.freq_shift")
    settings.midBlockScaleFactor = try keys.number("model.mid_block_scale_factor")
    settings.centerInputSample = try keys.boolean("model.center_input_sample")
    return settings
  }

  package static func section(_ settings: ResidualUNetSettings) -> [String: ParameterValue] {
    func words(_ blocks: [some RawRepresentable<String>]) -> ParameterValue {
      .list(blocks.map { .string($0.rawValue) })
    }
    return [
      "model.block_out_channels": .list(settings.blockOutChannels.map(ParameterValue.integer)),
      "model.layers_per_block": .integer(settings.layersPerBlock),
      "model.down_block_types": words(settings.downBlockTypes),
      "model.up_block_types": words(settings.upBlockTypes),
      "model.add_attention": .boolean(settings.addAttention),
      "model.attention_head_dim": settings.attentionHeadDim.map(ParameterValue.integer) ?? .null,
      "model.norm_num_groups": .integer(settings.normNumGroups),
      "model.norm_eps": .number(settings.normEps),
      "model.dropout": .number(settings.dropout),
      "model.resnet_time_scale_shift": .string(settings.timeScaleShift.rawValue),
      "model.downsample_padding": .integer(settings.downsamplePadding),
      "model.flip_sin_to_cos": .boolean(settings.flipSinToCos),
      "model.freq_shift": .number(settings.freqShift),
      "model.mid_block_scale_factor": .number(settings.midBlockScaleFactor),
      "model.center_input_sample": .boolean(settings.centerInputSample),
    ]
  }
}
