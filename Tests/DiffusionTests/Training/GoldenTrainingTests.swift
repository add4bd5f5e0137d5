import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Ten steps of training against PyTorch's, step by step: the batches, timesteps and noise are given.
@Suite struct GoldenTrainingTests {
  /// Plays batches from the file.
  private final class Replay: ExampleSource {
    let height: Int
    let width: Int
    let channels: Int
    private let x0: [Float]
    private let noise: [Float]
    private let levels: [NoiseLevel]

    init(_ file: Safetensors) throws {
      let shape = try file.entry("x0").shape
      (channels, height, width) = (shape[2], shape[3], shape[4])
      let flat = [shape[0] * shape[1], shape[2], shape[3], shape[4]]
      x0 = channelsLast(try file.floats("x0"), flat)
      noise = channelsLast(try file.floats("noise"), flat)
      let table = try NoiseSchedule(DiffusionSettings())
      levels = try file.integers("t").map(table.level)
    }

    func batch(step: Int, size: Int, history: LossHistory?) -> ExampleFiller {
      { [x0, noise, levels] position, image, target in
        let (index, count) = (step * size + position, image.count)
        _ = image.update(fromContentsOf: x0[(index * count)..<((index + 1) * count)])
        _ = target.update(fromContentsOf: noise[(index * count)..<((index + 1) * count)])
        return Example(level: levels[index], classIndex: 0)
      }
    }
  }

  private func check(_ run: String, settings: TrainingSettings, average: String?) throws {
    let file = try golden("training_losses")
    let source = try Replay(file)
    let description = NetworkDescription(
      model: ModelSettings(
        levels: 2, baseChannels: 16, timeEmbedding: .linear, timeEmbeddingDim: 32),
      channels: source.channels, height: source.height, width: source.width)
    var model = description.model
    model.timeEmbeddingDim = try file.entry("weights/time_mlp.0.weight").shape[0]
    model.timeEmbedding =
      try file.entry("weights/time_mlp.0.weight").shape[1] == 1 ? .linear : .sinusoidal
    let network = SmallUNet(
      model, conditioning: .init(), channels: source.channels, classes: 0, timeSpan: 1000)
    let initial = AlignedBuffer(count: network.layout.count)
    try NetworkFile.load(file, prefix: "weights/", layout: network.layout, into: initial)
    let state = TrainingState(layout: network.layout, values: initial.array(), settings: settings)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let trainer = Trainer(
      network: network, state: state, settings: settings, process: try NoiseProcess(.init()),
      source: source, pool: pool)
    let losses = try file.floats("\(run)/losses")
    let norms = try file.floats("\(run)/gradient_norms")
    let rates = try file.floats("\(run)/learning_rates")
    for step in 0..<10 {
      let result = trainer.step()
      // Float64 losses rounded once; ten steps of float32 leave 8e-8 in PyTorch, 1e-5 is a wrong term.
      #expect(abs(result.loss - Double(losses[step])) < 2e-6 * Double(losses[step]), "step \(step)")
      #expect(abs(result.gradientNorm - Double(norms[step])) < 1e-5 * Double(norms[step]))
      #expect(abs(result.learningRate - Double(rates[step])) < 1e-6 * Double(rates[step]))
    }
    for parameter in network.layout.parameters {
      let found = parameter.exported(Array(state.weights.values[parameter.range]))
      let expected = try file.floats("\(run)/weights/\(parameter.name)")
      #expect(relativeError(found, expected) < 1e-5, "\(parameter.name)")
      if let average, let ema = state.ema {
        let found = parameter.exported(Array(ema.values[parameter.range]))
        let expected = try file.floats("\(run)/\(average)/\(parameter.name)")
        #expect(relativeError(found, expected) < 1e-5, "average of \(parameter.name)")
      }
    }
  }

  private func settings(ema: Double?) -> TrainingSettings {
    TrainingSettings(
      steps: 10, batch: 4, ema: ema, clip: 1, optimizer: .init(learningRate: 1e-3))
  }

  @Test func plain() throws {
    try check("plain", settings: settings(ema: nil), average: nil)
  }

  @Test(arguments: [(0.9, "ema"), (0.4, "ema_short")])
  func scheduledWithAnAverage(decay: Double, name: String) throws {
    var settings = settings(ema: decay)
    settings.learningRateSchedule = .cosine
    settings.warmup = 3
    try check("scheduled", settings: settings, average: name)
  }
}
