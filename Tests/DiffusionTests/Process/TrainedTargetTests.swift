import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// A network that learns its target well finds the same x̂_0 from any target, process by process.
@Suite struct TrainedTargetTests {
  private static let combinations: [(DiffusionSettings.Process, PredictionTarget)] =
    [DiffusionSettings.Process.vp, .subVP(), .ve(sigmaMax: 10), .edm(), .flow(), .trig].flatMap {
      process in
      PredictionTarget.allCases.filter {
        (try? NoiseProcess(DiffusionSettings(process: process, prediction: $0))) != nil
      }.map { (process, $0) }
    }

  /// Data that are one point: x̂_0 is that point at every level, whatever the network says it by. What it has learnt in
  /// some hundred steps is held to the point, by the measure that samplers go by.
  @Test(arguments: combinations)
  func x0IsFound(process: DiffusionSettings.Process, prediction: PredictionTarget) throws {
    let settings = RunSettings(
      data: DataSettings(source: .mixture(means: [[0.6, -0.4]], deviation: 1e-3)),
      model: ModelSettings(
        architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 32,
        mlp: MLPSettings(width: 64, layers: 2)),
      diffusion: DiffusionSettings(process: process, prediction: prediction),
      training: {
        var training = TrainingSettings(steps: 400, batch: 128)
        training.optimizer.learningRate = 3e-3
        training.learningRateSchedule = .cosine
        return training
      }(), evaluation: EvaluationSettings(metrics: []))
    let session = try RunSession(settings, workers: 1)
    _ = try session.run(shouldStop: { false }) { _ in }
    let predictor = try #require(session.predictor())
    let denoise = Generator(predictor: predictor, process: session.process).denoiser(
      guidance: .none, classes: [0], worker: 0)
    var error = 0.0
    let places = [0.2, 0.4, 0.6, 0.8]
    for u in places {
      let level = session.process.trainedLevel(at: u)
      let noise: [Float] = [0.3, -0.8]
      let x = zip([0.6, -0.4] as [Float], noise).map { level.noised(x0: $0, noise: $1) }
      var output: [Float] = [0, 0]
      try denoise(x, level, &output)
      let found = Float.estimate(
        output, x: x, at: level, process: session.process, limit: .none, elements: 2)
      // What is off in x̂_0 counts by how much of x it is.
      let share = level.signal / (level.signalVariance + level.noiseVariance).squareRoot()
      for (x0, expected) in zip(found.x0, [0.6, -0.4] as [Float]) {
        error = max(error, share * Double(abs(x0 - expected)))
      }
    }
    #expect(error < 0.1, "\(process.kind) \(prediction.rawValue): \(error)")
  }
}
