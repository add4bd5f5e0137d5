import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// `training.from`: weights are taken into the network that they were trained in, and into no other.
@Suite struct InitialNetworkTests {
  /// A tiny residual U-Net for shapes of 8 pixels, told the class.
  private static func settings(
    _ change: (inout ResidualUNetSettings) -> Void = { _ in },
    kind: ConditioningSettings.Kind = .class
  ) -> RunSettings {
    var residual = ResidualUNetSettings(blockOutChannels: [8, 16], layersPerBlock: 1)
    residual.normNumGroups = 4
    residual.attentionHeadDim = 4
    change(&residual)
    return RunSettings(
      data: DataSettings(source: .shapes, limit: 16, size: 8),
      model: ModelSettings(architecture: .unet, residual: residual),
      conditioning: ConditioningSettings(kind: kind, inject: .time),
      training: TrainingSettings(steps: 1))
  }

  private static func network(_ settings: RunSettings) throws -> NetworkFile {
    try #require(try RunSession(settings, workers: 1).networkFile())
  }

  private static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func theSameNetworkIsTaken() throws {
    var settings = Self.settings()
    settings.training.seed = 1
    let first = try Self.network(settings)
    settings.training.seed = 2
    settings.model.residual?.dropout = 0.5
    let session = try RunSession(settings, initial: first, workers: 1)
    let state = try #require(session.state)
    #expect(state.weights.array() == first.values.array())
  }

  private static let changes: [String: @Sendable (inout ResidualUNetSettings) -> Void] = [
    "model.attention_head_dim is 8 there and 4 here": { $0.attentionHeadDim = 8 },
    "model.attention_head_dim is none there and 4 here": { $0.attentionHeadDim = nil },
    "model.norm_num_groups is 2 there and 4 here": { $0.normNumGroups = 2 },
    "model.norm_eps is 1e-06 there and 1e-05 here": { $0.normEps = 1e-6 },
    "model.downsample_padding is 0 there and 1 here": { $0.downsamplePadding = 0 },
    "model.flip_sin_to_cos is false there and true here": { $0.flipSinToCos = false },
    "model.freq_shift is 1.0 there and 0.0 here": { $0.freqShift = 1 },
    "model.mid_block_scale_factor is 2.0 there and 1.0 here": { $0.midBlockScaleFactor = 2 },
    "model.center_input_sample is true there and false here": { $0.centerInputSample = true },
  ]

  /// Options that change no shape, each by its name and both values.
  @Test(arguments: changes.keys.sorted()) func otherOptionsAreRefused(says: String) throws {
    let change = try #require(Self.changes[says])
    let other = try Self.network(Self.settings { change(&$0) })
    let own = try Self.network(Self.settings())
    #expect(other.network.layout.shapes == own.network.layout.shapes)
    let message = Self.message { _ = try RunSession(Self.settings(), initial: other, workers: 1) }
    #expect(message == "training.from names a network that differs from this run's: \(says)")
  }

  @Test func whatChangesShapesIsNamedToo() throws {
    let unconditional = try Self.network(Self.settings(kind: .none))
    let message = Self.message {
      _ = try RunSession(
        Self.settings { $0.layersPerBlock = 2 }, initial: unconditional, workers: 1)
    }
    #expect(
      message
        == "training.from names a network that differs from this run's: model.layers_per_block is 1 there and 2 here; "
        + "conditioning.kind is none there and class here")
  }

  /// Of a bare file nobody says the options, so they are this run's; what its shapes tell is still compared.
  @Test func aBareFileHasTheRunsOptions() throws {
    let padded = Self.settings { $0.downsamplePadding = 0 }
    let file = try Safetensors(bytes: Self.network(padded).bytes(), name: "ours")
    var writer = SafetensorsWriter()
    for (name, entry) in file.entries {
      writer.add(name, shape: entry.shape, try file.floats(name))
    }
    let place = try TemporaryFolder()
    let path = try place.write(writer.bytes(), "bare.safetensors")
    func train(_ settings: RunSettings) throws {
      let bare = try NetworkFile(contentsOf: path, untold: settings.model.residual)
      #expect(bare.origin.notes.isEmpty)
      _ = try RunSession(settings, initial: bare, workers: 1)
    }
    try train(padded)
    let wider = Self.message { try train(Self.settings { $0.blockOutChannels = [8, 24] }) }
    #expect(
      wider.contains("model.block_out_channels is [8, 16] there and [8, 24] here"), "\(wider)")
    let odd = Self.message { try train(Self.settings { $0.normNumGroups = 5 }) }
    #expect(
      odd.contains("the run's own do not fit its tensors: 8 channels cannot be cut into 5 groups"),
      "\(odd)")
    // What the weights are does not depend on it.
    #expect(
      try NetworkFile(contentsOf: path, untold: .ofAnyChannels).contentHash
        == Self.network(padded).contentHash)
  }

  /// A network that predicts something else is not trained on to predict noise.
  @Test func anotherPredictionIsRefused() throws {
    let network = try Self.network(Self.settings())
    var origin = NetworkOrigin()
    origin.refusal = DiffusionError(.badInput, "it predicts v")
    let other = NetworkFile(
      description: network.description, network: network.network, values: network.values,
      origin: origin)
    let message = Self.message { _ = try RunSession(Self.settings(), initial: other, workers: 1) }
    #expect(message == "it predicts v")
  }
}
