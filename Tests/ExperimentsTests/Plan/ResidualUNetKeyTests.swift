import Diffusion
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// `model.architecture: unet` from the file to the engine's settings.
@Suite struct ResidualUNetKeyTests {
  private static let base =
    "data: {source: shapes}\nmodel: {architecture: unet}\ntraining: {steps: 1}\n"

  private func plan(_ text: String, _ overrides: [String] = []) throws -> Plan {
    try Plan(ExperimentFile.read(text: text, path: "x.yaml", overrides: overrides)) { _ in "" }
  }

  private func model(_ overrides: String...) throws -> ModelSettings {
    try #require(try plan(Self.base, overrides).runs.first).settings.model
  }

  private func run(_ overrides: String...) throws -> PlannedRun {
    try #require(try plan(Self.base, overrides).runs.first)
  }

  @Test func defaultsAreTheEngines() throws {
    #expect(
      try model() == ModelSettings(architecture: .unet, residual: ResidualUNetSettings()))
    #expect(
      try plan("data: {source: shapes}\ntraining: {steps: 1}\n").runs[0].settings.model.residual
        == nil)
  }

  /// Blocks that are not given follow from those that are.
  @Test func blocksFollow() throws {
    let two = try #require(try model("model.block_out_channels=[32,64]").residual)
    #expect(two == ResidualUNetSettings(blockOutChannels: [32, 64]))
    #expect(
      two.downBlockTypes == [.plain, .attention] && two.upBlockTypes == [.attention, .plain])
    let one = try #require(try model("model.block_out_channels=[32]").residual)
    #expect(one.downBlockTypes == [.plain] && one.upBlockTypes == [.plain])
    let mirrored = try #require(
      try model("model.down_block_types=[AttnDownBlock2D, DownBlock2D, DownBlock2D]").residual)
    #expect(mirrored.upBlockTypes == [.plain, .plain, .attention])
    let own = try #require(
      try model("model.up_block_types=[UpBlock2D, UpBlock2D, AttnUpBlock2D]").residual)
    #expect(own.downBlockTypes == [.plain, .attention, .plain])
    #expect(own.upBlockTypes == [.plain, .plain, .attention])
  }

  @Test func everyKeyReachesTheEngine() throws {
    var expected = ResidualUNetSettings(
      blockOutChannels: [12, 24], layersPerBlock: 3, attentionLevels: [0])
    expected.addAttention = false
    expected.attentionHeadDim = nil
    expected.normNumGroups = 6
    expected.normEps = 1e-6
    expected.dropout = 0.1
    expected.timeScaleShift = .scaleShift
    expected.downsamplePadding = 0
    expected.flipSinToCos = false
    expected.freqShift = 1
    expected.midBlockScaleFactor = 2
    expected.centerInputSample = true
    #expect(
      try model(
        "model.block_out_channels=[12, 24]", "model.layers_per_block=3",
        "model.down_block_types=[AttnDownBlock2D, DownBlock2D]", "model.add_attention=false",
        "model.attention_head_dim=none", "model.norm_num_groups=6", "model.norm_eps=1e-6",
        "model.dropout=0.1", "model.resnet_time_scale_shift=scale_shift",
        "model.downsample_padding=0", "model.flip_sin_to_cos=false", "model.freq_shift=1",
        "model.mid_block_scale_factor=2", "model.center_input_sample=true"
      ).residual == expected)
  }

  /// The class goes in through the time embedding without a word about it.
  @Test func conditioningIsThroughTheTime() throws {
    let run = try run("conditioning.kind=class")
    #expect(run.settings.conditioning == ConditioningSettings(kind: .class, inject: .time))
    #expect(run.parameters["conditioning.inject"] == .string("time"))
    let said = try self.run("conditioning.kind=class", "conditioning.inject=time")
    #expect(said.id == run.id)
    // The small one's default is what it was.
    let small = try self.run("model.architecture=small-unet", "conditioning.kind=class")
    #expect(small.settings.conditioning.inject == .concat)
  }

  @Test func whatIsWrittenOutAndWhatFollowsIsOneRun() throws {
    let plain = try run()
    #expect(
      try run(
        "model.block_out_channels=[64, 128, 128]", "model.attention_head_dim=8",
        "model.down_block_types=[DownBlock2D, AttnDownBlock2D, DownBlock2D]",
        "model.up_block_types=[UpBlock2D, AttnUpBlock2D, UpBlock2D]"
      ).id == plain.id)
    let others = try [
      run("model.block_out_channels=[128, 64, 128]"), run("model.attention_head_dim=none"),
      run("model.up_block_types=[AttnUpBlock2D, UpBlock2D, UpBlock2D]"),
      run("model.dropout=0.5"),
    ]
    #expect(Set(others.map(\.id) + [plain.id]).count == 5)
    #expect(
      plain.parameters["model.up_block_types"]?.text == "[UpBlock2D, AttnUpBlock2D, UpBlock2D]")
  }

  @Test func listsAreSwept() throws {
    let runs = try plan(
      Self.base + """
        sweep:
          parameters:
            model.block_out_channels: [[32, 64], [64, 128, 128]]
            model.attention_head_dim: [none, 16]
        """
    ).runs
    #expect(
      runs.map(\.label) == [
        "block_out_channels=32+64,attention_head_dim=none",
        "block_out_channels=32+64,attention_head_dim=16",
        "block_out_channels=64+128+128,attention_head_dim=none",
        "block_out_channels=64+128+128,attention_head_dim=16",
      ])
    #expect(runs[1].settings.model.residual?.blockOutChannels == [32, 64])
    #expect(runs[2].settings.model.residual?.attentionHeadDim == nil)
    #expect(
      runs[0].overrides[0]
        == Parameter("model.block_out_channels", .list([.integer(32), .integer(64)])))
    #expect(Set(runs.map(\.id)).count == 4)
    for run in runs {
      #expect(try FrozenSettings.decode(run.settingsJSON) == run.settings)
      #expect(try FrozenSettings.values(of: run.settingsJSON) == run.parameters)
    }
    let flat = try errors(
      of: Self.base + "sweep: {parameters: {model.block_out_channels: [32, 64]}}\n")
    #expect(
      flat.map(\.message) == ["'model.block_out_channels' expects a list of lists to try"])
  }

  /// A sweep over architectures: each has its own keys.
  @Test func besideTheSmallOne() throws {
    let runs = try plan(
      """
      data: {source: shapes}
      model: {levels: 3}
      conditioning: {kind: class, inject: time}
      training: {steps: 1}
      sweep: {parameters: {model.architecture: [small-unet, unet]}}
      """
    ).runs
    #expect(runs.map(\.label) == ["architecture=small-unet", "architecture=unet"])
    #expect(runs[0].settings.model == ModelSettings(levels: 3))
    #expect(runs[1].settings.model.residual == ResidualUNetSettings())
    #expect(runs[1].parameters["model.levels"] == nil)
  }

  /// The data say how large images are: what the check cannot know, the network does.
  @Test func theNetworkIsMade() throws {
    let settings = try run("model.block_out_channels=[32,32]", "conditioning.kind=class").settings
    let description = NetworkDescription(
      model: settings.model, conditioning: settings.conditioning, channels: 1, height: 6,
      width: 10, classes: 3)
    let network = try description.makeNetwork()
    #expect((network.channels, network.classes, network.sizeMultiple) == (1, 3, 2))
    var odd = description
    odd.height = 7
    #expect {
      try odd.makeNetwork()
    } throws: {
      "\($0)".contains("7×10 do not go through 2 levels")
    }
  }
}
