import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct LikelihoodSessionTests {
  private func measures(
    _ settings: RunSettings, workers: Int = 2
  ) throws -> (values: [String: Double], terms: [String: [Int]]) {
    var (values, terms) = ([String: Double](), [String: [Int]]())
    _ = try RunSession(settings, workers: workers).run(shouldStop: { false }) { event in
      guard case .logged(let step, let logged) = event else { return }
      for value in logged where value.name.hasPrefix("eval/") { values[value.name] = value.value }
      for value in logged where value.name.hasPrefix("vlb/") {
        terms[value.name, default: []].append(step)
      }
    }
    return (values, terms)
  }

  private func exactGaussian(
    _ process: DiffusionSettings = DiffusionSettings(steps: 50)
  ) -> RunSettings {
    RunSettings(
      data: DataSettings(source: .gaussian(variance: 0.25, mean: 0), size: 2),
      model: ModelSettings(architecture: .exactGaussian), diffusion: process,
      training: TrainingSettings(steps: 0),
      sampling: SamplingSettings(steps: 2, count: 2),
      evaluation: EvaluationSettings(
        images: 100, metrics: [.bitsPerDim, .logLikelihood],
        likelihood: LikelihoodSettings(images: 500, timesteps: 50, steps: 30)))
  }

  /// Both are of the data's entropy: log-likelihood −½·ln(2πe·v) a dimension in the mean. That of 500 points in two
  /// dimensions has the standard error 1/√500; the bound lies above it.
  @Test func ofAGaussian() throws {
    let (values, terms) = try measures(exactGaussian())
    let entropy = log(2 * Double.pi * exp(1) * 0.25)
    let likelihood = try #require(values["eval/log_likelihood"])
    #expect(abs(likelihood + entropy) < 4 / 500.0.squareRoot())
    let low = try #require(values["eval/log_likelihood_low"])
    let high = try #require(values["eval/log_likelihood_high"])
    #expect(low < likelihood && likelihood < high)
    #expect(abs((high - low) / 2 - 1.965 / 500.0.squareRoot()) < 0.01)
    let bound = try #require(values["eval/bits_per_dim"])
    #expect(bound > -likelihood / (2 * log(2.0)))
    #expect(values["eval/bits_per_dim_ode"] == nil)
    #expect(terms["vlb/term"] == Array(0..<50) && terms["vlb/weight"] == Array(1..<50))
    // What is logged is what the measure says it logs.
    let names = [EvaluationSettings.Metric.bitsPerDim, .logLikelihood]
      .flatMap { [$0.name] + $0.furtherNames }
    #expect(values.keys.filter { !names.contains($0) } == [])
    #expect(terms.keys.filter { !names.contains($0) } == [])
    #expect(try measures(exactGaussian(), workers: 1).values == values)
  }

  @Test func theBoundIsOfVPAlone() throws {
    let (values, terms) = try measures(
      exactGaussian(DiffusionSettings(process: .ve(), prediction: .score)))
    #expect(values["eval/bits_per_dim"] == nil && terms.isEmpty)
    #expect(values["eval/log_likelihood"] != nil)
  }

  /// 40 images of 6×6 bytes, which a network that is hardly trained finds about as likely as chance does: 8 bits a dimension
  /// or more. Both are bounds, and of the same order.
  @Test func ofBytes() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<40 * 36).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 36 * 11) }
    let path = try folder.write(SmallFiles.bigEndian([0x0803, 40, 6, 6]) + bytes, "images")
    var settings = RunSettings(
      data: DataSettings(source: .idx(images: path, labels: nil)),
      model: ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 16),
      diffusion: DiffusionSettings(steps: 100),
      training: TrainingSettings(steps: 2, batch: 4),
      sampling: SamplingSettings(steps: 2, count: 2),
      evaluation: EvaluationSettings(
        images: 4, metrics: [.bitsPerDim, .logLikelihood],
        likelihood: LikelihoodSettings(images: 4, timesteps: 10, steps: 10, probes: 3)))
    let (values, terms) = try measures(settings)
    let bound = try #require(values["eval/bits_per_dim"])
    let flow = try #require(values["eval/bits_per_dim_ode"])
    let nats = try #require(values["eval/log_likelihood"])
    #expect(abs(-nats / (36 * log(2.0)) / flow - 1) < 1e-12)
    #expect(bound > 6 && bound < 60 && flow > 6 && flow < 60)
    #expect(try #require(values["eval/log_likelihood_probe_error"]) > 0)
    #expect(terms["vlb/term"]?.first == 0)
    #expect(try measures(settings, workers: 1).values == values)

    // What is asked for under way is measured there, and its terms at the end alone.
    settings.evaluation.every = 1
    #expect(try measures(settings).terms == terms)
  }

  @Test func imagesOfRealNumbersAreRefused() throws {
    let data = try DataSet(
      name: "made-up", values: [Float](repeating: 0.1, count: 64), height: 4, width: 4, channels: 1)
    var settings = RunSettings(
      data: DataSettings(source: .npy(path: "images.npy")), training: TrainingSettings(steps: 1))
    try settings.checkLikelihood(of: data)
    settings.evaluation.metrics = [.loss, .bitsPerDim]
    let error = #expect(throws: DiffusionError.self) { try settings.checkLikelihood(of: data) }
    #expect(error?.kind == .badInput && error?.description.contains("bits-per-dim") == true)
    // Where it is not measured anyway there is nothing to refuse.
    settings.diffusion.process = .edm()
    try settings.checkLikelihood(of: data)
  }

  @Test func aSetOfPointsHasNoDensity() {
    let metric = EvaluationSettings.Metric.logLikelihood
    #expect(metric.likelihoodObstacle(.other, process: "vp", isExact: true) != nil)
    #expect(metric.likelihoodObstacle(.degenerate, process: "vp", isExact: true) != nil)
    #expect(metric.likelihoodObstacle(.density, process: "ve", isExact: true) == nil)
    #expect(metric.likelihoodObstacle(.other, process: "ve", isExact: false) == nil)
    #expect(
      EvaluationSettings.Metric.loss.likelihoodObstacle(
        .drawnImages, process: "ve", isExact: true) == nil)
  }
}
