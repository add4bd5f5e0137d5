import Foundation
import Testing

@testable import Diffusion

@Suite struct RunSessionTests {
  /// What is logged and shown at each step of a short run.
  private func follow(
    evaluationEvery: Int?, samplingEvery: Int?
  ) throws -> (measures: [Int: Set<String>], shown: [Int]) {
    let settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 32, size: 8),
      model: ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16),
      conditioning: ConditioningSettings(kind: .class, inject: .time),
      training: TrainingSettings(steps: 6, batch: 4),
      sampling: SamplingSettings(steps: 2, count: 4, every: samplingEvery),
      evaluation: EvaluationSettings(
        every: evaluationEvery, images: 8, metrics: [.loss, .classAgreement]))
    var measures: [Int: Set<String>] = [:]
    var shown: [Int] = []
    _ = try RunSession(settings, workers: 2).run(shouldStop: { false }) { event in
      switch event {
      case .logged(let step, let values):
        let names = values.map(\.name).filter { $0.hasPrefix("eval/") }
        if !names.isEmpty { measures[step, default: []].formUnion(names) }
      case .sampled(let step, _, let images):
        #expect(images.count == 4)
        shown.append(step)
      case .averaged, .checkpoint: break
      }
    }
    return (measures, shown)
  }

  private let all: Set = ["eval/loss", "eval/class_agreement", "eval/class_agreement_real"]

  @Test func atTheEndOnly() throws {
    let (measures, shown) = try follow(evaluationEvery: nil, samplingEvery: nil)
    #expect(measures == [6: all])
    #expect(shown == [6])
  }

  /// `evaluation.every` measures samples too, and shows none that were not asked for.
  @Test func measuresUnderWay() throws {
    let (measures, shown) = try follow(evaluationEvery: 2, samplingEvery: nil)
    #expect(measures == [2: all, 4: all, 6: all])
    #expect(shown == [6])
  }

  @Test func samplesUnderWay() throws {
    let (measures, shown) = try follow(evaluationEvery: 4, samplingEvery: 2)
    #expect(measures == [4: all, 6: all])
    #expect(shown == [2, 4, 6])
  }
}
