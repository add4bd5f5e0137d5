import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Files of networks that see more than the image, and of those that do not.
@Suite struct SideChannelFileTests {
  private func network(_ model: ModelSettings, learns: Bool = false) throws -> NetworkFile {
    var description = NetworkDescription(
      model: model, conditioning: ConditioningSettings(selfConditioning: true),
      diffusion: DiffusionSettings(variance: learns ? .learned : .fixedSmall), channels: 3,
      height: 8, width: 8)
    if model.architecture == .mlp { (description.height, description.width) = (1, 1) }
    let network = try description.makeNetwork()
    return NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 5)))
  }

  private var residual: ModelSettings {
    var settings = ResidualUNetSettings(
      blockOutChannels: [8, 12], layersPerBlock: 1, attentionLevels: [])
    (settings.normNumGroups, settings.attentionHeadDim) = (4, 4)
    return ModelSettings(architecture: .unet, residual: settings)
  }

  @Test func aFileKeepsWhatItSees() throws {
    let models = [
      ModelSettings(levels: 2, baseChannels: 8, timeScaleShift: .scaleShift), residual,
      ModelSettings(architecture: .mlp, mlp: MLPSettings()),
    ]
    for model in models {
      let written = try network(model)
      let read = try NetworkFile(bytes: written.bytes(), name: "network")
      #expect(read.description == written.description)
      #expect(read.network.inputChannels == 6 && read.network.outputChannels == 3)
      #expect(read.values.array() == written.values.array())
    }
  }

  /// What was not there before is not written where it does nothing: old files keep their bytes.
  @Test func oldFilesKeepTheirBytes() throws {
    let description = NetworkDescription(
      model: ModelSettings(levels: 2, baseChannels: 8), conditioning: ConditioningSettings(),
      channels: 1)
    let json = NetworkFile.json(description)
    #expect(
      json.contains(
        #""conditioning":{"dropout":0.1,"inject":"concat","kind":"none"},"diffusion""#))
    #expect(
      json.contains(
        #""model":{"architecture":"small-unet","baseChannels":8,"levels":2,"timeEmbedding":"linear","timeEmbeddingDim":128}"#
      ))
    #expect(
      try JSONDecoder().decode(NetworkDescription.self, from: Data(json.utf8)) == description)
  }

  /// diffusers' `in_channels` counts the estimate; only the metadata beside the tensors say what it is.
  @Test(arguments: [false, true]) func aFolderOfDiffusers(learns: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model"
    let written = try network(residual, learns: learns)
    try written.writeDiffusersFolder(to: path)
    let config = try String(contentsOfFile: path + "/config.json", encoding: .utf8)
    #expect(config.contains(#""in_channels" : 6"#))
    #expect(config.contains(learns ? #""out_channels" : 6"# : #""out_channels" : 3"#))
    let read = try NetworkFile(contentsOf: path)
    #expect(read.description.conditioning.selfConditioning && read.description.channels == 3)
    #expect(read.network.layout.shapes == written.network.layout.shapes)
    #expect(read.values.array() == written.values.array())

    guard !learns else { return }
    let weights = path + "/diffusion_pytorch_model.safetensors"
    var bare = SafetensorsWriter()
    let file = try Safetensors(contentsOf: weights)
    for (name, entry) in file.entries {
      bare.add(name, shape: entry.shape, try file.floats(name))
    }
    try Data(bare.bytes()).write(to: URL(fileURLWithPath: weights))
    #expect {
      try NetworkFile(contentsOf: path)
    } throws: { error in
      "\(error)".contains("out_channels is 3; supported is 6, as many as in_channels")
    }
  }

  @Test func otherOptionsAreNamedWhereTrainingStarts() throws {
    let own = try network(ModelSettings(levels: 2, baseChannels: 8))
    var other = own.description
    other.conditioning.selfConditioning = false
    other.model.timeScaleShift = .scaleShift
    #expect(
      other.differences(from: own.description).map(\.option)
        == ["model.resnet_time_scale_shift", "conditioning.self"])
  }
}
