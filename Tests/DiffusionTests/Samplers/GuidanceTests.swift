import Foundation
import Kernels
import Testing

@testable import Diffusion

/// Intervals, rescaling and projection of guidance. Expected: `Goldens/guidance.json`.
@Suite struct GuidanceTests {
  private struct Golden: Decodable {
    let levels: [Level]
    let cases: [Case]
  }

  private struct Level: Decodable {
    let alphaBar: Double
    let x: [Double]
    let own: [Double]
    let guide: [Double]
  }

  private struct Case: Decodable {
    let prediction: String
    let rule: Rule
    let outputs: [[Double]]
  }

  private struct Rule: Decodable {
    let scale: Double
    let low: Double?
    let high: Double?
    let rescale: Double?
    let parallel: Double?
    let norm: Double?
    let momentum: Double?

    var guidance: Guidance {
      var settings = SamplingSettings(guidance: scale)
      settings.guidanceMin = low ?? 0
      settings.guidanceMax = high
      settings.guidanceRescale = rescale ?? 0
      settings.guidanceParallel = parallel ?? 1
      settings.guidanceNorm = norm
      settings.guidanceMomentum = momentum ?? 0
      return settings.guidanceRule
    }
  }

  @Test func asThePapersHaveIt() throws {
    let golden = try GoldenFiles.json("guidance.json", as: Golden.self)
    #expect(golden.cases.count == 18)
    for one in golden.cases {
      let prediction = try #require(PredictionTarget(rawValue: one.prediction))
      let process = try NoiseProcess(DiffusionSettings(prediction: prediction))
      let guidance = one.rule.guidance
      var guided = GuidedPrediction<Double>(guidance, process: process, elements: 6)
      for (given, expected) in zip(golden.levels, one.outputs) {
        let level = NoiseLevel(alphaCumprod: given.alphaBar, time: 0)
        var output = given.own
        if guidance.acts(at: level) {
          guided.combine(&output, guide: given.guide, x: given.x, level: level)
        }
        for (found, wanted) in zip(output, expected) {
          #expect(
            abs(found - wanted) < 1e-12 * max(1, abs(wanted)), "\(one.prediction) \(one.rule)")
        }
      }
    }
  }

  /// A descent that begins anew has no level before.
  @Test func momentumEndsWithItsDescent() throws {
    let process = try NoiseProcess(DiffusionSettings())
    var guidance = Guidance(scale: 2)
    guidance.projection = .init(momentum: 0.5)
    var guided = GuidedPrediction<Double>(guidance, process: process, elements: 2)
    func combined(_ alphaBar: Double) -> [Double] {
      var output = [1.0, 2]
      guided.combine(
        &output, guide: [0, 1], x: [0.3, 0.4],
        level: NoiseLevel(alphaCumprod: alphaBar, time: 0))
      return output
    }
    let first = combined(0.2)
    #expect(combined(0.5) != first)
    #expect(combined(0.2) == first)
  }

  /// Where guidance does not act, the guide is not asked; with all of it, samples are those of plain guidance.
  @Test func anIntervalSavesEvaluations() throws {
    let exact = ExactMixture(
      means: [-1, 1], elements: 1, deviation: 0.3, classes: [0, 1],
      process: try NoiseProcess(DiffusionSettings()))
    func drawn(_ change: (inout SamplingSettings) -> Void) throws -> [Float] {
      var settings = SamplingSettings(sampler: .ddim, steps: 20, clip: false, guidance: 3)
      change(&settings)
      let process = try NoiseProcess(DiffusionSettings())
      return try sample(
        settings, process: process, indices: 0..<64, elements: 1, clip: false,
        denoise: exact.denoiser(
          labels: [Int](repeating: 1, count: 64), guidance: settings.guidanceRule)
          as Denoiser<Float>
      ).values
    }
    let plain = try drawn { _ in }
    let whole = try drawn {
      $0.guidanceMin = 0
      $0.guidanceMax = 1e9
    }
    let none = try drawn { $0.guidanceMax = 1e-9 }
    let unguided = try drawn { $0.guidance = 1 }
    let middle = try drawn {
      $0.guidanceMin = 0.2
      $0.guidanceMax = 2
    }
    #expect(plain == whole && none == unguided)
    func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
    // Guidance carries samples beyond their class's mean, in an interval less far.
    #expect(mean(unguided) < mean(middle) && mean(middle) < mean(plain))
  }
}
