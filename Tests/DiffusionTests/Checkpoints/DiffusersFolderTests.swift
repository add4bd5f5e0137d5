import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Folders of diffusers models: read, refused, written.
@Suite struct DiffusersFolderTests {
  private static func config(_ name: String) throws -> [String: Any] {
    let path = "\(DiffusersGoldens.folder(name))/config.json"
    let data = try #require(FileManager.default.contents(atPath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private static func read(_ values: [String: Any]) throws -> DiffusersConfig {
    try DiffusersConfig(json: JSONSerialization.data(withJSONObject: values), name: "c.json")
  }

  private static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  // MARK: Reading

  @Test func optionsAreTheFiles() throws {
    let ddpm = try NetworkFile(contentsOf: DiffusersGoldens.folder("ddpm_options")).description
    var expected = ResidualUNetSettings(blockOutChannels: [8, 12], layersPerBlock: 1)
    expected.attentionHeadDim = nil
    expected.normNumGroups = 4
    expected.normEps = 1e-6
    expected.downsamplePadding = 0
    expected.flipSinToCos = false
    expected.freqShift = 1
    #expect(ddpm.model == ModelSettings(architecture: .unet, residual: expected))
    #expect(ddpm.conditioning.kind == .none && ddpm.classes == 0)
    #expect((ddpm.channels, ddpm.height, ddpm.width) == (3, 8, 8))

    let classes = try NetworkFile(contentsOf: DiffusersGoldens.folder("three_levels_nonsquare"))
    #expect((classes.description.height, classes.description.width) == (8, 16))
    #expect(classes.description.classes == 3 && !classes.origin.saysNullClass)
    #expect(classes.description.conditioning.inject == .time)
    #expect(classes.description.channels == 2)

    let shift = try #require(
      try NetworkFile(contentsOf: DiffusersGoldens.folder("scale_shift")).description.model.residual
    )
    #expect(shift.timeScaleShift == .scaleShift && shift.centerInputSample)
    #expect(shift.downBlockTypes == [.attention, .plain])
    #expect(shift.upBlockTypes == [.plain, .attention])
    let plain = try #require(
      try NetworkFile(contentsOf: DiffusersGoldens.folder("no_middle_attention"))
        .description.model.residual)
    #expect(!plain.addAttention && plain.midBlockScaleFactor == 2)
  }

  /// What a file leaves out is as `UNet2DModel` has it.
  @Test func optionsLeftOutAreTheLibrarys() throws {
    let config = try Self.read([:])
    #expect(config.settings.blockOutChannels == [224, 448, 672, 896])
    #expect(config.settings.downBlockTypes == [.plain, .attention, .attention, .attention])
    #expect(config.settings.upBlockTypes == [.attention, .attention, .attention, .plain])
    #expect(config.settings.attentionHeadDim == 8 && config.settings.normNumGroups == 32)
    #expect((config.channels, config.classEmbeddings) == (3, 0))
    #expect((config.height, config.width) == (32, 32))
  }

  /// Options of other networks, each with what the message says.
  @Test(
    arguments: [
      ("_class_name", "UNet2DConditionModel", #"_class_name is "UNet2DConditionModel"; supported"#),
      ("downsample_type", "resnet", #"downsample_type is "resnet"; supported is "conv""#),
      ("upsample_type", "resnet", #"upsample_type is "resnet"; supported is "conv""#),
      ("act_fn", "gelu", #"act_fn is "gelu"; supported is "silu""#),
      ("time_embedding_type", "fourier", #"time_embedding_type is "fourier"; supported is"#),
      ("class_embed_type", "timestep", #"class_embed_type is "timestep"; supported is null"#),
      ("mid_block_type", NSNull(), "mid_block_type is null; supported is"),
      ("time_embedding_dim", 64, "time_embedding_dim is 64; supported is null or 32"),
      ("attn_norm_num_groups", 2, "attn_norm_num_groups is 2; supported is null"),
      ("out_channels", 5, "out_channels is 5; supported is 3"),
      ("num_class_embeds", 1, "num_class_embeds is 1; supported is null, or the classes"),
      ("sample_size", 7, "sample_size is 7; supported is null, or one side or two"),
      ("sample_size", [8, 8, 8], "sample_size is [8, 8, 8]"),
      ("norm_num_groups", 3, "8 channels cannot be cut into 3 groups"),
      ("norm_num_groups", "4", #"norm_num_groups is "4"; supported is a whole number"#),
      ("attention_head_dim", 5, "12 channels cannot be cut into attention heads of 5"),
      ("layers_per_block", 0, "layers_per_block is 0, not 1"),
      ("layers_per_block", Int.max, "layers_per_block is 9223372036854775807, not 1"),
      (
        "block_out_channels", [8, 12, 16], "block_out_channels has 3 levels and down_block_types 2"
      ),
      ("block_out_channels", [8, 1 << 40], "block_out_channels takes 1 to"),
      ("block_out_channels", [Int](), "block_out_channels is []; supported is a list"),
      ("block_out_channels", ["8"], #"block_out_channels is ["8"]; supported is a list"#),
      (
        "down_block_types", ["DownBlock2D", "ResnetDownsampleBlock2D"],
        #"down_block_types has a block "ResnetDownsampleBlock2D"; supported are "DownBlock2D" and"#
      ),
      (
        "resnet_time_scale_shift", "ada_group",
        #"resnet_time_scale_shift is "ada_group"; supported is "default" and "scale_shift""#
      ),
      ("dropout", 1, "dropout is 1.0, not in [0, 1)"),
      ("norm_eps", 0, "norm_eps is 0.0, not above 0"),
      ("downsample_padding", 2, "downsample_padding is 2, not 0 or 1"),
      ("add_attention", "yes", #"add_attention is "yes"; supported is true or false"#),
      ("encoder_hid_dim", 8, "no option 'encoder_hid_dim'"),
      ("freq_shift", 4, "nothing is left"),
    ] as [(String, any Sendable, String)])
  func otherNetworksAreRefused(option: String, value: any Sendable, says: String) throws {
    var values = try Self.config("two_levels")
    values[option] = value
    let json = try JSONSerialization.data(withJSONObject: values)
    let message = Self.message { _ = try DiffusersConfig(json: json, name: "c.json") }
    #expect(message.contains(says), "\(message)")
    #expect(message.contains("'c.json'"))
  }

  @Test(arguments: ["", "[]", "3", "{", #"{"norm_eps": NaN}"#, #"{"sample_size": {"a": 1}}"#])
  func damagedConfigurationsAreRefused(text: String) {
    #expect {
      try DiffusersConfig(json: Data(text.utf8), name: "c.json")
    } throws: {
      ($0 as? DiffusionError)?.kind == .badInput
    }
  }

  /// Of a pipeline the model is in `unet/`; the file itself will do where its configuration is beside it.
  @Test func pipelinesAndFilesInFolders() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: DiffusersGoldens.folder("ddpm_options"), toPath: "\(folder.path)/unet")
    let whole = try NetworkFile(contentsOf: folder.path)
    #expect(whole.description.model.residual?.freqShift == 1)
    let file = try NetworkFile(
      contentsOf: "\(folder.path)/unet/diffusion_pytorch_model.safetensors")
    #expect(file.description == whole.description)
    #expect(file.bytes() == whole.bytes())
  }

  @Test func foldersWithoutAModel() throws {
    let folder = try TemporaryFolder()
    func message() -> String { Self.message { _ = try NetworkFile(contentsOf: folder.path) } }
    #expect(message().contains("it has no 'config.json'"))
    try folder.write(Array("{}".utf8), "config.json")
    #expect(message().contains("has no 'diffusion_pytorch_model.safetensors'"))
    try folder.write([0], "diffusion_pytorch_model.bin")
    #expect(
      message().contains(
        "'diffusion_pytorch_model.bin' is a PyTorch pickle, which is not read here"))
  }

  /// Names that attention had at first, with weights as 1×1 convolutions or as matrices.
  @Test(arguments: [false, true]) func oldNames(areConvolutions: Bool) throws {
    let model = try NetworkFile(contentsOf: DiffusersGoldens.folder("ddpm_options"))
    let old = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
    var writer = SafetensorsWriter()
    var renamed = 0
    for parameter in model.network.layout.parameters {
      var (name, shape) = (parameter.name, parameter.shape)
      for (new, old) in old where name.contains(".\(new).") {
        name = name.replacingOccurrences(of: ".\(new).", with: ".\(old).")
        if areConvolutions, shape.count == 2 { shape += [1, 1] }
        renamed += 1
      }
      writer.add(
        name, shape: shape, parameter.exported(Array(model.values.values[parameter.range])))
    }
    #expect(renamed == 4 * 8, "two attentions on the way up, one down, one in the middle")
    let read = try NetworkFile(
      bytes: writer.bytes(), name: "old", description: model.description)
    #expect(read.bytes() == model.bytes())
    // One tensor under both names is one too many.
    writer.add("mid_block.attentions.0.to_q.bias", shape: [12], [Float](repeating: 0, count: 12))
    let message = Self.message { _ = try NetworkFile(bytes: writer.bytes(), name: "both") }
    #expect(message.contains("'mid_block.attentions.0.to_q.bias' twice"))
  }

  // MARK: Writing

  /// What diffusers wrote comes back as diffusers would write it: all keys, all values, all tensors.
  @Test(arguments: DiffusersGoldens.names) func writtenAsItWasRead(name: String) throws {
    let model = try NetworkFile(contentsOf: DiffusersGoldens.folder(name))
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model"
    try model.writeDiffusersFolder(to: path + "/")
    let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(files == ["config.json", "diffusion_pytorch_model.safetensors"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])

    let data = try #require(FileManager.default.contents(atPath: "\(path)/config.json"))
    let values = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(values as NSDictionary == (try Self.config(name)) as NSDictionary)

    let theirs = try Safetensors(
      contentsOf: "\(DiffusersGoldens.folder(name))/diffusion_pytorch_model.safetensors")
    let ours = try Safetensors(contentsOf: "\(path)/diffusion_pytorch_model.safetensors")
    #expect(ours.entries.mapValues(\.shape) == theirs.entries.mapValues(\.shape))
    for tensor in ours.entries.keys {
      let isSame = try ours.floats(tensor) == theirs.floats(tensor)
      #expect(isSame, "\(tensor)")
    }
    let again = try NetworkFile(contentsOf: path)
    #expect(again.description == model.description)
  }

  /// `config.json` has no place for the noise process: the tensors' file has.
  @Test func theNoiseProcessGoesAlong() throws {
    var model = try NetworkFile(contentsOf: DiffusersGoldens.folder("two_levels"))
    var description = model.description
    description.diffusion = DiffusionSettings(steps: 77, schedule: .cosine(offset: 0.02))
    model = NetworkFile(description: description, network: model.network, values: model.values)
    let folder = try TemporaryFolder()
    try model.writeDiffusersFolder(to: "\(folder.path)/m")
    #expect(try NetworkFile(contentsOf: "\(folder.path)/m").description == description)
  }

  @Test func nothingIsOverwrittenAndNothingLeftBehind() throws {
    let model = try NetworkFile(contentsOf: DiffusersGoldens.folder("one_level_classes"))
    let folder = try TemporaryFolder()
    try folder.write([7], "there")
    for path in ["\(folder.path)/there", folder.path, "\(folder.path)/none/model"] {
      #expect {
        try model.writeDiffusersFolder(to: path)
      } throws: {
        ($0 as? DiffusionError)?.kind == .cannotCreate
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["there"])
    #expect(FileManager.default.contents(atPath: "\(folder.path)/there") == Data([7]))
  }

  @Test func theSmallUNetIsNoModelOfDiffusers() throws {
    let description = NetworkDescription(
      model: ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 4), channels: 1)
    let network = try description.makeNetwork()
    let file = NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 1)))
    let folder = try TemporaryFolder()
    let message = Self.message { try file.writeDiffusersFolder(to: "\(folder.path)/m") }
    #expect(message.contains("diffusers has no network like 'small-unet'"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
