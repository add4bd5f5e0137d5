import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct LossBySNRTests {
  /// Says that its target is 0.
  private struct Silent: Network {
    let layout: ParameterLayout
    let channels = 3
    let classes = 0
    let sizeMultiple = 1

    init() {
      var layout = ParameterLayout()
      _ = layout.declare("unused", [1], .zeros)
      self.layout = layout
    }

    func predict(
      _ x: Tensor, times: [Float], condition: Condition, augmentation: [Float]?, on tape: Tape
    ) -> Tensor {
      tape.scale(x, by: 0)
    }

    func flops(height: Int, width: Int) -> Double { 0 }
    func trainingFlops(height: Int, width: Int) -> Double { 0 }
    func activations(height: Int, width: Int) -> Int { height * width * channels }
    func layers(height: Int, width: Int) -> [NetworkLayer] { [] }
  }

  private func result(
    _ settings: DiffusionSettings, workers: Int = 1
  ) throws -> (data: EvaluationImages, result: LossBySNR.Result) {
    let data = try DataSet(
      name: "made-up",
      values: SyntheticImages.correlated(300, elements: 12, seed: 6).values(0..<300),
      height: 2, width: 2, channels: 3)
    let network = Silent()
    let pool = WorkerPool(count: workers)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 1)), height: 2,
      width: 2, pool: pool)
    let loss = try LossBySNR(data: data, count: 300, process: NoiseProcess(settings))
    return (EvaluationImages(data, count: 256), loss(predictor))
  }

  /// ε̂ = 0: the mean square of the frozen noise, at every level.
  @Test func ofNoNoise() throws {
    let found = try result(DiffusionSettings())
    let random = CounterRandom(seed: 0)
    let squares = (0..<256).map { i in
      random.normals(count: 12, image: i, step: 1, purpose: .evaluationNoise)
        .reduce(0) { $0 + Double($1) * Double($1) } / 12
    }
    let mean = squares.reduce(0, +) / 256
    #expect(found.result.levels.map(\.logSNR) == [-6, -4, -2, 0, 2, 4, 6])
    for level in found.result.levels { #expect(abs(level.loss.value - mean) < 1e-12) }
    let deviation =
      (squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 255 / 256).squareRoot()
    let whole = try #require(found.result.mean)
    #expect(abs(whole.value - mean) < 1e-12)
    // Student's t with 255 degrees of freedom: 1.969.
    #expect(abs((whole.high - mean) / deviation - 1.9693) < 1e-3)
  }

  /// x̂_0 = 0: ε̂ − ε = x_0·α/σ, so that the loss is e^λ·E|x_0|²/D, in every process alike.
  @Test(arguments: [
    DiffusionSettings(prediction: .x0), DiffusionSettings(process: .trig, prediction: .x0),
    DiffusionSettings(schedule: .cosine(offset: 0.008), prediction: .x0),
    DiffusionSettings(process: .flow(shift: 1), prediction: .x0),
  ])
  func ofNoData(settings: DiffusionSettings) throws {
    let (data, found) = try result(settings)
    let square =
      data.values(0..<256).reduce(0) { $0 + Double($1) * Double($1) } / Double(256 * 12)
    for level in found.levels {
      let expected = exp(Double(level.logSNR)) * square
      // x is a Float, and the little noise in it at high λ is a difference.
      #expect(abs(level.loss.value / expected - 1) < 1e-4)
    }
    #expect(found.levels.count == 7)
  }

  @Test func levelsThatAProcessDoesNotComeTo() throws {
    let process = DiffusionSettings(
      process: .edm(sigmaData: 0.5, sigmaMin: 0.5, sigmaMax: 3, rho: 7), prediction: .x0)
    let found = try result(process).result
    // λ = −2·ln σ from 1.39 to −2.2.
    #expect(found.levels.map(\.logSNR) == [-2, 0] && found.mean == nil)
    #expect(found.values.map(\.name).first == "eval/loss_by_snr/-2")
  }

  @Test func theSameBitsForAnyNumberOfWorkers() throws {
    #expect(
      try result(DiffusionSettings(prediction: .v), workers: 1).result
        == result(DiffusionSettings(prediction: .v), workers: 3).result)
  }
}
