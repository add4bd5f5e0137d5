import Foundation

/// The `config.json` of a diffusers `UNet2DModel`, as far as the residual U-Net goes.
///
/// What a file leaves out is as `UNet2DModel` has it, which is not as an experiment file has it.
struct DiffusersConfig: Sendable, Hashable {
  static let modelClass = "UNet2DModel"
  /// The version whose form is written.
  static let version = "0.42.1"

  var settings: ResidualUNetSettings
  var channels: Int
  /// What the network sees beside the image.
  var side = SideChannels()
  var height: Int
  var width: Int
  /// Whether height and width are said; else they are assumed.
  var saysSize = true
  /// Rows of the class embedding, 0 for none.
  var classEmbeddings: Int
  /// Whether it says as many channels again for the variances.
  var learnsVariance = false
  /// `in_channels` and `out_channels`.
  private(set) var inputs: Int
  private(set) var outputs: Int
  /// Why the channels make sense only with the workbench's own metadata.
  private var refusal: DiffusionError?

  init(_ description: NetworkDescription, settings: ResidualUNetSettings) {
    self.settings = settings
    channels = description.channels
    side = description.side
    (height, width) = (description.height, description.width)
    classEmbeddings = description.classEmbeddings
    learnsVariance = description.diffusion.variance == .learned
    inputs = channels + side.count
    outputs = learnsVariance ? 2 * channels : channels
  }

  /// The network, what it sees beside the image being as the workbench wrote it into the file of tensors.
  /// - Parameter written: the metadata of that file.
  /// - Throws: `DiffusionError(.badInput)` where there are more channels in than out and nothing says what they are.
  func description(
    written: NetworkDescription?
  ) throws(DiffusionError) -> NetworkDescription {
    var found = description
    if let written, written.side.count > 0, written.channels + written.side.count == inputs,
      (written.diffusion.variance == .learned ? 2 : 1) * written.channels == outputs,
      written.conditioning.kind == found.conditioning.kind || written.conditioning.kind == .image
    {
      found.channels = written.channels
      found.conditioning = written.conditioning
      found.diffusion.variance = written.diffusion.variance
      return found
    }
    if let refusal { throw refusal }
    return found
  }

  /// With the classes but the last: the network's null class, if it has one (`NetworkOrigin.saysNullClass`).
  var description: NetworkDescription {
    NetworkDescription(
      model: ModelSettings(architecture: .unet, residual: settings),
      conditioning: classEmbeddings > 0
        ? ConditioningSettings(kind: .class, inject: .time) : ConditioningSettings(),
      diffusion: DiffusionSettings(variance: learnsVariance ? .learned : .fixedSmall),
      channels: channels, height: height, width: width, classes: max(classEmbeddings, 1) - 1)
  }

  // MARK: Reading

  /// Options with one value each here: everything else is another network.
  private static let fixed: [(key: String, values: [ConfigValue], words: String)] = [
    ("act_fn", [.text("silu"), .text("swish")], "\"silu\""),
    ("class_embed_type", [.null], "null, with num_class_embeds"),
    ("downsample_type", [.text("conv")], "\"conv\""),
    ("mid_block_type", [.text("UNetMidBlock2D")], "\"UNetMidBlock2D\""),
    ("time_embedding_type", [.text("positional")], "\"positional\""),
    ("upsample_type", [.text("conv")], "\"conv\""),
  ]

  private static let known: Set<String> = Set(
    fixed.map(\.key) + [
      "add_attention", "attention_head_dim", "attn_norm_num_groups", "block_out_channels",
      "center_input_sample", "down_block_types", "downsample_padding", "dropout",
      "flip_sin_to_cos", "freq_shift", "in_channels", "layers_per_block",
      "mid_block_scale_factor", "norm_eps", "norm_num_groups", "num_class_embeds",
      "num_train_timesteps", "out_channels", "resnet_time_scale_shift", "sample_size",
      "time_embedding_dim", "up_block_types",
      // What `EMAModel.save_pretrained` puts beside the options.
      "decay", "inv_gamma", "min_decay", "optimization_step", "power", "update_after_step",
      "use_ema_warmup",
    ])

  /// - Parameters:
  ///   - json: the file's bytes.
  ///   - name: what it is called in errors.
  /// - Throws: `DiffusionError(.badInput)`, naming the option, its value and what is done here.
  init(json: Data, name: String) throws(DiffusionError) {
    try self.init(DiffusersOptions(json: json, name: name))
  }

  init(_ reader: DiffusersOptions) throws(DiffusionError) {
    let (values, name) = (reader.values, reader.name)
    if let kind = values["_class_name"], kind != .text(Self.modelClass) {
      throw reader.refusal("_class_name", "\"\(Self.modelClass)\"")
    }
    for key in values.keys.sorted() where !key.hasPrefix("_") && !Self.known.contains(key) {
      throw DiffusionError(
        .badInput, "'\(name)': \(Self.modelClass) has no option '\(key)' that is supported")
    }
    for (key, allowed, words) in Self.fixed {
      if let value = values[key], !allowed.contains(value) { throw reader.refusal(key, words) }
    }

    let channels = try reader.integers("block_out_channels", [224, 448, 672, 896])
    var settings = ResidualUNetSettings(blockOutChannels: channels)
    settings.layersPerBlock = try reader.integer("layers_per_block", 2)
    settings.downBlockTypes = try reader.words(
      "down_block_types", [.plain, .attention, .attention, .attention])
    settings.upBlockTypes = try reader.words(
      "up_block_types", [.attention, .attention, .attention, .plain])
    settings.addAttention = try reader.boolean("add_attention", true)
    settings.attentionHeadDim = try reader.optionalInteger("attention_head_dim", 8)
    settings.normNumGroups = try reader.integer("norm_num_groups", 32)
    settings.normEps = try reader.number("norm_eps", 1e-5)
    settings.dropout = try reader.number("dropout", 0)
    settings.timeScaleShift =
      try reader.word("resnet_time_scale_shift") ?? .default
    settings.downsamplePadding = try reader.integer("downsample_padding", 1)
    settings.flipSinToCos = try reader.boolean("flip_sin_to_cos", true)
    settings.freqShift = try reader.number("freq_shift", 0)
    settings.midBlockScaleFactor = try reader.number("mid_block_scale_factor", 1)
    settings.centerInputSample = try reader.boolean("center_input_sample", false)
    if let problem = settings.problems.first {
      throw DiffusionError(
        .badInput, "'\(name)': \(problem.message)" + (problem.hint.map { "; \($0)" } ?? ""))
    }

    if let dimension = try reader.optionalInteger("time_embedding_dim", nil),
      dimension != 4 * channels[0]
    {
      throw reader.refusal(
        "time_embedding_dim", "null or \(4 * channels[0]), four times the first level's channels")
    }
    if let groups = try reader.optionalInteger("attn_norm_num_groups", nil),
      groups != settings.normNumGroups || settings.timeScaleShift != .default
    {
      throw reader.refusal("attn_norm_num_groups", "null")
    }
    inputs = try reader.integer("in_channels", 3)
    outputs = try reader.integer("out_channels", 3)
    self.channels = inputs
    learnsVariance = outputs == 2 * inputs
    if outputs != inputs, !learnsVariance {
      let unsupported = reader.refusal(
        "out_channels",
        "\(inputs), as many as in_channels, or \(2 * inputs) with learned variances")
      guard outputs < inputs else { throw unsupported }
      // What is seen beside the image only the workbench's own metadata say.
      refusal = unsupported
    }
    classEmbeddings = try reader.optionalInteger("num_class_embeds", nil) ?? 0
    guard classEmbeddings == 0 || (2...1_000_000).contains(classEmbeddings) else {
      throw reader.refusal("num_class_embeds", "null, or the classes, two or more")
    }
    let side = max(32, settings.sizeMultiple)
    let given = try Self.size(reader, multiple: settings.sizeMultiple)
    (height, width) = given ?? (side, side)
    saysSize = given != nil
    self.settings = settings
  }

  /// Height and width of the images that the network was trained on; nil where nothing is said of them.
  private static func size(
    _ options: DiffusersOptions, multiple: Int
  ) throws(DiffusionError) -> (Int, Int)? {
    let sides: [Int]
    switch options.values["sample_size"] {
    case nil, .null: return nil
    case .integer(let side): sides = [side]
    default: sides = try options.integers("sample_size", [])
    }
    guard (1...2).contains(sides.count),
      sides.allSatisfy({ (1...NetworkDescription.widest).contains($0) && $0 % multiple == 0 })
    else {
      throw options.refusal(
        "sample_size", "null, or one side or two that are multiples of \(multiple)")
    }
    return (sides[0], sides[sides.count - 1])
  }

  // MARK: Writing

  /// The file's bytes, all options written out, in the form that diffusers gives them.
  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    func list(_ words: [String]) -> ConfigValue { .list(words.map(ConfigValue.text)) }
    let values: [String: ConfigValue] = [
      "_class_name": .text(Self.modelClass),
      "_diffusers_version": .text(Self.version),
      "act_fn": .text("silu"),
      "add_attention": .boolean(settings.addAttention),
      "attention_head_dim": settings.attentionHeadDim.map(ConfigValue.integer) ?? .null,
      "attn_norm_num_groups": .null,
      "block_out_channels": .list(settings.blockOutChannels.map(ConfigValue.integer)),
      "center_input_sample": .boolean(settings.centerInputSample),
      "class_embed_type": .null,
      "down_block_types": list(settings.downBlockTypes.map(\.rawValue)),
      "downsample_padding": .integer(settings.downsamplePadding),
      "downsample_type": .text("conv"),
      "dropout": .number(settings.dropout),
      "flip_sin_to_cos": .boolean(settings.flipSinToCos),
      "freq_shift": .number(settings.freqShift),
      "in_channels": .integer(inputs),
      "layers_per_block": .integer(settings.layersPerBlock),
      "mid_block_scale_factor": .number(settings.midBlockScaleFactor),
      "mid_block_type": .text("UNetMidBlock2D"),
      "norm_eps": .number(settings.normEps),
      "norm_num_groups": .integer(settings.normNumGroups),
      "num_class_embeds": classEmbeddings > 0 ? .integer(classEmbeddings) : .null,
      "num_train_timesteps": .null,
      "out_channels": .integer(outputs),
      "resnet_time_scale_shift": .text(settings.timeScaleShift.rawValue),
      "sample_size": height == width
        ? .integer(height) : .list([.integer(height), .integer(width)]),
      "time_embedding_dim": .null,
      "time_embedding_type": .text("positional"),
      "up_block_types": list(settings.upBlockTypes.map(\.rawValue)),
      "upsample_type": .text("conv"),
    ]
    guard let data = try? encoder.encode(values) else { return [] }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }
}
