import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct RoundingMicroscopeTests {
  enum Kind: CaseIterable {
    case mlp, small, residual
  }

  private static func settings(
    _ kind: Kind, every: Int?, precision: TrainingSettings.Precision = .fp32
  ) -> RunSettings {
    var residual = ResidualUNetSettings(
      blockOutChannels: [8, 16], layersPerBlock: 1, attentionLevels: [1])
    residual.normNumGroups = 4
    var mlp = ModelSettings(architecture: .mlp, timeEmbeddingDim: 16)
    mlp.mlp = MLPSettings()
    return RunSettings(
      data: kind == .mlp
        ? DataSettings(source: .points(shape: .moons, path: nil, label: nil), limit: 200)
        : DataSettings(source: .shapes, limit: 32, size: 8),
      model: kind == .mlp
        ? mlp
        : kind == .small
          ? ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16)
          : ModelSettings(architecture: .unet, residual: residual),
      training: TrainingSettings(
        steps: 5, batch: kind == .mlp ? 128 : 12, precision: precision, clip: 1),
      sampling: SamplingSettings(steps: 2, count: 1),
      evaluation: EvaluationSettings(images: 8, metrics: [], roundingEvery: every))
  }

  private func run(
    _ settings: RunSettings, workers: Int = 2
  ) throws -> (weights: [Float], losses: [Double], found: [Int: [String: Double]]) {
    let session = try RunSession(settings, workers: workers)
    var found: [Int: [String: Double]] = [:]
    var losses: [Double] = []
    var settings = settings
    settings.training.logEvery = 1
    _ = try session.run(shouldStop: { false }) { event in
      guard case .logged(let step, let values) = event else { return }
      for value in values {
        if value.name == "train/loss" { losses.append(value.value) }
        if value.name.hasPrefix(RoundingNames.prefix) {
          found[step, default: [:]][value.name] = value.value
        }
      }
    }
    return (session.state?.weights.array() ?? [], losses, found)
  }

  @Test(arguments: Kind.allCases) func changesNothing(_ kind: Kind) throws {
    let plain = try run(Self.settings(kind, every: nil))
    #expect(plain.found.isEmpty)
    let seen = try run(Self.settings(kind, every: 2))
    #expect(seen.weights == plain.weights && seen.losses == plain.losses)
    #expect(seen.found.keys.sorted() == [1, 2, 4])
  }

  @Test(arguments: Kind.allCases, TrainingSettings.Precision.allCases)
  func theSameBitsForAnyNumberOfWorkers(
    _ kind: Kind, _ precision: TrainingSettings.Precision
  ) throws {
    let settings = Self.settings(kind, every: 3, precision: precision)
    let expected = try run(settings, workers: 1).found
    for workers in [2, 3] {
      #expect(try run(settings, workers: workers).found == expected, "\(workers) workers")
    }
  }

  @Test(arguments: Kind.allCases) func everyLayerIsSeen(_ kind: Kind) throws {
    let settings = Self.settings(kind, every: 100)
    let session = try RunSession(settings, workers: 1)
    let layout = try #require(session.state).layout
    let found = try #require(try run(settings).found[1])
    for name in RoundingNames.ofNetwork { #expect(found[name] != nil, "\(name)") }
    for layer in layout.productLayers {
      for format in RoundingNames.Format.all {
        for operands in RoundingNames.Operands.allCases {
          let name = RoundingNames.name(format.name, operands, .error, layer: layer.name)
          let error = try #require(found[name], "\(name)")
          #expect(error.isFinite && error >= 0, "\(name)")
        }
      }
    }
    // A gradient of a mean over all values is small: e4m3 without a scale has nothing of it, with one it has nearly all.
    #expect(try #require(found["rounding/e4m3/gradients/underflow"]) > 0.9)
    #expect(try #require(found["rounding/e4m3-scaled/gradients/underflow"]) < 0.5)
    #expect(found["rounding/bf16/gradients/underflow"] == 0)
    // To nearest, with 8 bits: at most 2^-9 of a value, evenly spread 2^-8/√12 of a place.
    let error = try #require(found["rounding/bf16/activations/error"])
    #expect((0.001...0.00391).contains(error))
  }

  /// Of the weights that the step begins with, by themselves.
  @Test func weightsAreThoseOfTheStep() throws {
    let settings = Self.settings(.small, every: 1)
    let session = try RunSession(settings, workers: 1)
    let state = try #require(session.state)
    let found = try #require(try run(settings).found[1])
    for layer in state.layout.productLayers {
      let sums = Array(state.weights.array()[layer.weight]).withUnsafeBufferPointer {
        KernelSet.best.examine($0, as: .e4m3)
      }
      let name = RoundingNames.name("e4m3", .weights, .underflow, layer: layer.name)
      #expect(found[name] ?? 0 == sums.underflowShare, "\(layer.name)")
      #expect(
        found[RoundingNames.name("e4m3", .weights, .error, layer: layer.name)]
          == sums.relativeError)
    }
  }

  /// A scaled loss lifts gradients into float16 (Micikevicius et al. 2018, section 3.2).
  @Test func theLossScaleIsInTheGradients() throws {
    let (plain, scaled) = (
      try #require(try run(Self.settings(.small, every: 100)).found[1]),
      try #require(try run(Self.settings(.small, every: 100, precision: .fp16)).found[1])
    )
    let name = "rounding/fp16/gradients/underflow"
    let (before, after) = (try #require(plain[name]), try #require(scaled[name]))
    #expect(before > 0.05 && after < before / 5, "\(before), \(after)")
  }
}
