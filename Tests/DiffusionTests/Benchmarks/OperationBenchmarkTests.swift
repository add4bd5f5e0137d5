import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct OperationBenchmarkTests {
  private func settings(
    _ precision: TrainingSettings.Precision, levels: Int = 3, batch: Int = 12
  ) -> RunSettings {
    RunSettings(
      data: DataSettings(source: .shapes, limit: 40, size: 8),
      model: ModelSettings(levels: levels, baseChannels: 8, timeEmbeddingDim: 16),
      training: TrainingSettings(steps: 20, batch: batch, seed: 3, precision: precision, ema: 0.99))
  }

  private func result(
    _ settings: RunSettings, workers: Int, task: OperationBenchmark.Task
  ) throws -> (result: OperationBenchmark.Result, network: any Network) {
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let engine = try EngineBenchmark(
      settings, kernels: .best, pool: pool, patience: .init(seconds: 0, steps: 3, warmUp: 1))
    let limits = MachineLimits.measure(
      kernels: [.best], precisions: [engine.precision], pool: pool, arrayBytes: 1 << 20)
    return (OperationBenchmark(engine, limits: limits).measure(task), engine.network)
  }

  /// The operations' FLOPs, forward and backward, are those that the network says a step takes: but for the time
  /// embedding's first layer, whose input wants no gradient.
  @Test(arguments: TrainingSettings.Precision.allCases, [1, 2])
  func operationsAddUpToTheStep(_ precision: TrainingSettings.Precision, workers: Int) throws {
    let settings = settings(precision)
    let (result, network) = try result(settings, workers: workers, task: .train)
    let metered = result.operations.reduce(0) { $0 + $1.mflopPerStep }
    let first = network.layers(height: 8, width: 8).first { $0.name == "time_mlp.0" }
    let notNeeded = try #require(first).flops
    let expected = 12 * (network.trainingFlops(height: 8, width: 8) - notNeeded) / 1e6
    #expect(abs(metered - expected) < 1e-9 * expected)
    #expect(notNeeded < 1e-3 * network.trainingFlops(height: 8, width: 8))
  }

  /// The same with attention, upsampling and sums in a convolution's last pass.
  @Test(arguments: TrainingSettings.Precision.allCases)
  func operationsOfTheResidualUNetAddUpToTheStep(_ precision: TrainingSettings.Precision) throws {
    var residual = ResidualUNetSettings(
      blockOutChannels: [8, 16, 16], layersPerBlock: 2, attentionLevels: [1])
    residual.normNumGroups = 4
    var settings = settings(precision, batch: 5)
    settings.model = ModelSettings(architecture: .unet, residual: residual)
    let (result, network) = try result(settings, workers: 2, task: .train)
    let metered = result.operations.reduce(0) { $0 + $1.mflopPerStep }
    let first = network.layers(height: 8, width: 8).first { $0.name == "time_embedding.linear_1" }
    let notNeeded = try #require(first).flops
    let expected = 5 * (network.trainingFlops(height: 8, width: 8) - notNeeded) / 1e6
    #expect(abs(metered - expected) < 1e-9 * expected)
    #expect(!result.operations.contains { $0.operation.contains("(") })
  }

  @Test(arguments: [1, 2]) func evaluationsAddUpToTheForwardPass(workers: Int) throws {
    var settings = settings(.fp32, levels: 2)
    settings.sampling.count = 9
    let (result, network) = try result(settings, workers: workers, task: .sample)
    let metered = result.operations.reduce(0) { $0 + $1.mflopPerStep }
    let expected = 9 * network.flops(height: 8, width: 8) / 1e6
    #expect(abs(metered - expected) < 1e-9 * expected)
    #expect(result.operations.allSatisfy { $0.pass == .forward || $0.pass == .both })
  }

  @Test func rowsSayWhatTheyAre() throws {
    let (result, _) = try result(settings(.bf16, levels: 2), workers: 2, task: .train)
    let rows = result.operations
    #expect(abs(rows.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.share >= $1.share })
    func row(_ operation: String, _ shape: String, _ pass: Work.Pass) -> OperationBenchmark.Row? {
      rows.first { $0.operation == operation && $0.shape == shape && $0.pass == pass }
    }
    // Two levels of 8 and 16 channels at 8×8 and 4×4; 12 images in 8 lanes.
    let forward = try #require(row("convolution 3×3, stride 2", "8→16, 8×8", .forward))
    #expect(abs(forward.mflopPerStep - 12 * 2 * 16 * 9 * 8 * 16 / 1e6) < 1e-12)
    #expect(forward.callsPerStep == 8)
    let peak = result.peakGflopPerSecond
    #expect(forward.peakFraction == forward.gflopPerSecond.map { $0 / peak })
    let bandwidth = result.bandwidthGigabytesPerSecond
    #expect(forward.bandwidthFraction == forward.gigabytesPerSecond.map { $0 / bandwidth })
    #expect(row("convolution 3×3, stride 2", "8→16, 8×8", .dataGradient) != nil)
    #expect(row("transposed 3×3, stride 2", "16→8, 4×4", .weightGradient) != nil)
    #expect(row("convolution 3×3", "3→8, 8×8", .dataGradient) == nil)
    #expect(row("linear", "16→16", .forward) != nil)
    let norm = try #require(row("group norm, SiLU", "8, 8×8", .backward))
    #expect(norm.gflopPerSecond == nil && norm.mflopPerStep == 0)
    // Twice a step: in the encoder and in the decoder.
    #expect(norm.callsPerStep == 16)
    let adam = try #require(rows.first { $0.operation == "Adam, average" })
    #expect(adam.pass == .update && adam.microsecondsPerImage == nil)
    for operation in ["concatenation", "ReLU", "operands", "loss", "weight packing"] {
      #expect(rows.contains { $0.operation == operation }, "\(operation)")
    }
    // Every operation tells its work: none is found under its Swift name.
    #expect(!rows.contains { $0.operation.contains("(") })
  }

  /// The meter only watches.
  @Test(arguments: TrainingSettings.Precision.allCases)
  func theSameBitsWithAMeter(_ precision: TrainingSettings.Precision) throws {
    let settings = settings(precision)
    let data = try DataSet.load(settings.data)
    let network = try NetworkDescription(settings, data: data).makeNetwork()
    func weights(_ meters: WorkerMeters?) throws -> [Float] {
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let state = TrainingState(
        layout: network.layout, values: network.layout.initialValues(seed: 3),
        settings: settings.training)
      let trainer = Trainer(
        network: network, state: state, settings: settings.training,
        process: try NoiseProcess(.init()),
        source: TrainingExamples(
          data: data, seed: 3, process: try NoiseProcess(.init())),
        pool: pool, meters: meters)
      for _ in 0..<3 { _ = trainer.step() }
      return state.weights.array()
    }
    let same = try weights(nil) == weights(WorkerMeters(workers: 2))
    #expect(same)
  }
}
