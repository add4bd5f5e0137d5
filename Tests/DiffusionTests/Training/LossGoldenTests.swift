import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Ten steps with each loss, weighting, optimizer and way to draw timesteps against a plain PyTorch script in float64,
/// `Goldens/make_loss_goldens.py`.
@Suite struct LossGoldenTests {
  /// Plays batches from the file; timesteps that follow the losses are found anew from its uniform numbers.
  private final class Replay: ExampleSource {
    let height = 8
    let width = 8
    let channels = 1
    private let x0: [Float]
    private let noise: [Float]
    private let u: [Float]
    private let timesteps: [Int]
    private let process: NoiseProcess
    private let isAware: Bool
    private(set) var drawn: [Int] = []

    init(_ file: Safetensors, _ process: NoiseProcess, isAware: Bool) throws {
      // One channel: (N, 1, 8, 8) lies in memory as (N, 8, 8, 1).
      (x0, noise, u) = (try file.floats("x0"), try file.floats("noise"), try file.floats("u"))
      timesteps = try file.integers("t\(process.settings.steps)")
      (self.process, self.isAware) = (process, isAware)
    }

    func batch(step: Int, size: Int, history: LossHistory?) -> ExampleFiller {
      let levels = TrainingLevels(
        .lossAware, process: process, random: CounterRandom(seed: 0), batch: size, history: history)
      let chosen = (0..<size).map { position -> (level: NoiseLevel, weight: Double) in
        let index = step * size + position
        let given = (level: process.level(timestep: timesteps[index]), weight: 1.0)
        return isAware ? levels.byLosses(Double(u[index])) ?? given : given
      }
      drawn += chosen.map { Int($0.level.time) }
      return { [x0, noise] position, image, target in
        let (index, count) = (step * size + position, image.count)
        _ = image.update(fromContentsOf: x0[(index * count)..<((index + 1) * count)])
        _ = target.update(fromContentsOf: noise[(index * count)..<((index + 1) * count)])
        return Example(
          level: chosen[position].level, classIndex: 0, weight: chosen[position].weight)
      }
    }
  }

  struct Run: Sendable, CustomTestStringConvertible {
    var name: String
    var steps = 20
    var prediction = PredictionTarget.epsilon
    var variance = DiffusionSettings.Variance.fixedSmall
    var loss = TrainingSettings.Loss.mse
    var weighting = TrainingSettings.Weighting.none
    var optimizer = TrainingSettings.Optimizer(learningRate: 1e-3)
    var isAware = false
    var testDescription: String { name }
  }

  private static let runs: [Run] = [
    Run(name: "hybrid", variance: .learned, loss: .hybrid()),
    Run(name: "vlb", variance: .learned, loss: .vlb),
    Run(name: "vlb_fixed", prediction: .x0, loss: .vlb),
    Run(name: "huber", loss: .huber(delta: 0.7)),
    Run(name: "min_snr", prediction: .v, weighting: .minSNR()),
    Run(name: "loss_aware", steps: 4, variance: .learned, loss: .hybrid(), isAware: true),
    Run(
      name: "adamw", optimizer: .init(kind: .adamW, learningRate: 1e-3, weightDecay: 0.1)),
    Run(
      name: "lion",
      optimizer: .init(kind: .lion, learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0.1)),
  ]

  @Test(arguments: runs) func tenSteps(_ run: Run) throws {
    let file = try golden("losses")
    let process = try NoiseProcess(
      DiffusionSettings(
        steps: run.steps, schedule: .cosine(offset: 0.008), prediction: run.prediction,
        variance: run.variance))
    let network = SmallUNet(
      ModelSettings(levels: 2, baseChannels: 16, timeEmbedding: .linear, timeEmbeddingDim: 16),
      conditioning: .init(), channels: 1, classes: 0, timeSpan: Double(run.steps),
      learnsVariance: run.variance == .learned)
    let initial = AlignedBuffer(count: network.layout.count)
    try NetworkFile.load(
      file, prefix: run.variance == .learned ? "learned/" : "plain/", layout: network.layout,
      into: initial)
    let settings = TrainingSettings(
      steps: 10, batch: 16, optimizer: run.optimizer, loss: run.loss, weighting: run.weighting,
      timesteps: run.isAware ? .lossAware : nil)
    let state = TrainingState(
      layout: network.layout, values: initial.array(), settings: settings, timesteps: run.steps)
    let source = try Replay(file, process, isAware: run.isAware)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let trainer = Trainer(
      network: network, state: state, settings: settings, process: process, source: source,
      range: -1...1, pool: pool)
    let losses = try file.floats("\(run.name)/losses")
    let norms = try file.floats("\(run.name)/gradient_norms")
    for step in 0..<10 {
      let result = trainer.step()
      // Ten steps of float32 weights; the bound divides by small variances, which magnifies their rounding.
      let tolerance = run.loss.isOfTheBound ? 5e-5 : 5e-6
      #expect(
        abs(result.loss - Double(losses[step])) < tolerance * Double(losses[step]),
        "step \(step): \(result.loss), \(losses[step])")
      #expect(
        abs(result.gradientNorm - Double(norms[step])) < 4 * tolerance * Double(norms[step]),
        "step \(step): \(result.gradientNorm), \(norms[step])")
    }
    for name in ["output.weight", "encoder.0.0.weight"] {
      let parameter = try #require(network.layout.parameters.first { $0.name == name })
      let found = parameter.exported(Array(state.weights.values[parameter.range]))
      let expected = try file.floats("\(run.name)/weights/\(name)")
      #expect(relativeError(found, expected) < 2e-5, "\(name)")
    }
    if run.isAware { #expect(try source.drawn == file.integers("loss_aware/t")) }
  }
}
