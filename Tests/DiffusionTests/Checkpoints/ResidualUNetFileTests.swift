import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// The residual U-Net in safetensors files: metadata, names and shapes alone, files that lie.
@Suite struct ResidualUNetFileTests {
  private static let description: NetworkDescription = {
    var settings = ResidualUNetSettings(
      blockOutChannels: [8, 16], layersPerBlock: 1, attentionLevels: [0])
    settings.normNumGroups = 4
    settings.attentionHeadDim = nil
    settings.midBlockScaleFactor = 1.5
    return NetworkDescription(
      model: ModelSettings(architecture: .unet, residual: settings),
      conditioning: ConditioningSettings(kind: .class, inject: .time, dropout: 0.2),
      diffusion: DiffusionSettings(steps: 50), channels: 3, height: 8, width: 12, classes: 4)
  }()

  private static func file(_ description: NetworkDescription = description) throws -> NetworkFile {
    let network = try description.makeNetwork()
    return NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 3)))
  }

  private static func isBadInput(_ error: any Error) -> Bool {
    (error as? DiffusionError)?.kind == .badInput
  }

  /// The tensors without the metadata.
  private static func bare(_ file: NetworkFile, metadata: [String: String] = [:]) throws -> [UInt8]
  {
    let whole = try Safetensors(bytes: file.bytes(), name: "whole")
    var writer = SafetensorsWriter(metadata: metadata)
    for (name, entry) in whole.entries {
      writer.add(name, shape: entry.shape, try whole.floats(name))
    }
    return writer.bytes()
  }

  @Test func metadataRoundTrips() throws {
    let file = try Self.file()
    let read = try NetworkFile(bytes: file.bytes(), name: "again")
    #expect(read.description == Self.description)
    #expect(read.bytes() == file.bytes())
    #expect(read.network.classes == 4 && read.origin.saysNullClass)
    // Nobody says it of the tensors alone.
    let untold = try NetworkDescription(
      inferredFrom: Safetensors(bytes: Self.bare(file), name: "bare"),
      untold: Self.description.model.residual)
    #expect(untold.model == Self.description.model && untold.classes == 4)
    let shape = try Safetensors(bytes: file.bytes(), name: "x").entry("class_embedding.weight")
      .shape
    #expect(shape == [5, 32], "a row for the null class")
  }

  /// As the program wrote it before there was a residual U-Net.
  @Test func olderMetadataIsRead() throws {
    let text =
      #"{"channels":1,"classes":0,"conditioning":{"dropout":0.1,"inject":"concat","kind":"none"},"#
      + #""diffusion":{"prediction":"epsilon","schedule":{"linear":{}},"steps":1000,"#
      + #""variance":"fixed-small"},"height":32,"model":{"architecture":"small-unet","#
      + #""baseChannels":8,"levels":1,"timeEmbedding":"linear","timeEmbeddingDim":4},"width":32}"#
    let description = NetworkDescription(
      model: ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 4), channels: 1)
    let file = try Self.file(description)
    let old = try Self.bare(
      file, metadata: ["workbench.format": "1", "workbench.network": text])
    #expect(try NetworkFile(bytes: old, name: "old").description == description)
    // And still writes it so.
    #expect(NetworkFile.json(description) == text)
  }

  /// What shapes tell, they tell; the rest is as diffusers has it where nothing is said.
  @Test(arguments: DiffusersGoldens.names) func inferredFromShapes(name: String) throws {
    let model = try NetworkFile(contentsOf: DiffusersGoldens.folder(name))
    let known = try #require(model.description.model.residual)
    let bare = try Safetensors(bytes: Self.bare(model), name: name)
    let found = try NetworkDescription(inferredFrom: bare)
    let settings = try #require(found.model.residual)
    #expect(found.model.architecture == .unet)
    #expect(settings.blockOutChannels == known.blockOutChannels)
    #expect(settings.layersPerBlock == known.layersPerBlock)
    #expect(settings.downBlockTypes == known.downBlockTypes)
    #expect(settings.upBlockTypes == known.upBlockTypes)
    #expect(settings.addAttention == known.addAttention)
    #expect(settings.timeScaleShift == known.timeScaleShift)
    #expect(settings.attentionHeadDim == 8 && settings.normNumGroups == 32)
    #expect(settings.normEps == 1e-5 && settings.downsamplePadding == 1 && settings.dropout == 0)
    #expect(found.channels == model.description.channels)
    #expect(found.classes == model.description.classes)
    #expect(found.conditioning.kind == model.description.conditioning.kind)
  }

  /// A network of the usual options needs nothing but its tensors.
  @Test func aBareFileOfUsualOptionsIsRead() throws {
    let description = NetworkDescription(
      model: ModelSettings(
        architecture: .unet,
        residual: ResidualUNetSettings(blockOutChannels: [32, 64], layersPerBlock: 1)),
      channels: 1)
    let file = try Self.file(description)
    let read = try NetworkFile(bytes: Self.bare(file), name: "bare")
    #expect(read.description == description)
    #expect(read.bytes() == file.bytes())
    // Of other options it says what does not fit.
    #expect {
      try NetworkFile(bytes: Self.bare(Self.file()), name: "bare")
    } throws: {
      Self.isBadInput($0) && "\($0)".contains("8 channels cannot be cut into 32 groups")
        && "\($0)".contains("'bare'") && "\($0)".contains("put the network's 'config.json' beside")
    }
    #expect(read.origin.notes.count == 1 && read.origin.isInferred)
    #expect(read.origin.notes[0].contains("has: attention_head_dim 8, norm_num_groups 32, "))
    #expect(read.origin.notes[0].contains(", downsample_padding 1, "))
    #expect(try NetworkFile(bytes: file.bytes(), name: "whole").origin.notes.isEmpty)
  }

  @Test(arguments: [
    #""blockOutChannels":[8,16]"#: #""blockOutChannels":[8,9223372036854775807]"#,
    #""blockOutChannels":[8,16] "#: #""blockOutChannels":[]"#,
    #""blockOutChannels":[8,16]  "#: #""blockOutChannels":[0,0]"#,
    #""layersPerBlock":1"#: #""layersPerBlock":9223372036854775807"#,
    #""layersPerBlock":1 "#: #""layersPerBlock":-1"#,
    #""normNumGroups":4"#: #""normNumGroups":0"#,
    #""normNumGroups":4 "#: #""normNumGroups":3"#,
    #""midBlockScaleFactor":1.5"#: #""midBlockScaleFactor":0"#,
    #""freqShift":0"#: #""freqShift":1e308"#,
    #""downsamplePadding":1"#: #""downsamplePadding":-9223372036854775808"#,
    #""downBlockTypes":["AttnDownBlock2D","DownBlock2D"]"#: #""downBlockTypes":[]"#,
    #""upBlockTypes":["UpBlock2D","AttnUpBlock2D"]"#: #""upBlockTypes":["UpBlock2D"]"#,
    #""residual":{"#: #""recidual":{"#,
    #""classes":4"#: #""classes":9223372036854775807"#,
    #""channels":3"#: #""channels":0"#,
    #""height":8"#: #""height":7"#,
    #""architecture":"unet""#: #""architecture":"exact-gaussian""#,
  ])
  func liesInTheMetadata(truth: String, lie: String) throws {
    let text = NetworkFile.json(Self.description)
    let lied = text.replacingOccurrences(
      of: truth.trimmingCharacters(in: .whitespaces), with: lie)
    #expect(lied != text, "the description has no \(truth): \(text)")
    let bytes = try Self.bare(
      Self.file(), metadata: ["workbench.format": "1", "workbench.network": lied])
    #expect {
      try NetworkFile(bytes: bytes, name: "lie.safetensors")
    } throws: { Self.isBadInput($0) }
  }

  /// Shapes with a 0 in them hold no bytes, so that every other side may be as large as it likes.
  @Test(arguments: [Int.max, Int.max - 7, 1 << 40, 1 << 62, 0])
  func shapesWithoutValues(side: Int) throws {
    for levels in [0, 1, 12] {
      var writer = SafetensorsWriter()
      for name in ["conv_in.weight", "conv_out.weight"] {
        writer.add(name, shape: [side, 0, 3, 3], [Float]())
      }
      for level in 0..<levels {
        let block = "down_blocks.\(level).resnets.0"
        writer.add("\(block).conv1.weight", shape: [side, 0, 3, 3], [Float]())
        writer.add("\(block).time_emb_proj.weight", shape: [side, 0], [Float]())
      }
      writer.add("class_embedding.weight", shape: [side, 0], [Float]())
      #expect {
        try NetworkFile(bytes: writer.bytes(), name: "hollow.safetensors")
      } throws: { Self.isBadInput($0) }
    }
  }

  @Test func tensorsMissingOrTooMany() throws {
    let names = try Self.file().network.layout.parameters.map(\.name)
    let whole = try Safetensors(bytes: Self.file().bytes(), name: "whole")
    func rewritten(without left: String?, adding extra: String?) throws -> [UInt8] {
      var writer = SafetensorsWriter(metadata: whole.metadata)
      for name in names where name != left {
        writer.add(name, shape: try whole.entry(name).shape, try whole.floats(name))
      }
      if let extra { writer.add(extra, shape: [1], [0 as Float]) }
      return writer.bytes()
    }
    for name in names {
      #expect {
        try NetworkFile(bytes: rewritten(without: name, adding: nil), name: "less.safetensors")
      } throws: { Self.isBadInput($0) && "\($0)".contains("less.safetensors") }
    }
    #expect {
      try NetworkFile(bytes: rewritten(without: nil, adding: "stranger"), name: "more.safetensors")
    } throws: { Self.isBadInput($0) && "\($0)".contains("stranger") }
  }
}
