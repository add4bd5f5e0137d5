import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// Numbers without a source are from Goldens/make_tables.py.
@Suite struct NoiseScheduleTests {
  /// β = 0.36, 0.75, so that √ᾱ = 0.8, 0.4 and √(1−ᾱ) = 0.6, √0.84.
  static let twoSteps = try? NoiseSchedule(betas: [0.36, 0.75])

  @Test func linear() throws {
    let schedule = try NoiseSchedule(DiffusionSettings())
    #expect(schedule.steps == 1000)
    #expect(abs(schedule.betas[0] - 1e-4) < 1e-18 && abs(schedule.betas[999] - 0.02) < 1e-17)
    // Half a unit of the last digit printed.
    #expect(abs(schedule.alphasCumprod[0] - 0.9999) < 1e-15)
    #expect(abs(schedule.alphasCumprod[499] - 0.0785872428818) < 5e-14)
    #expect(abs(schedule.alphasCumprod[999] - 4.03582976538e-5) < 5e-17)
  }

  @Test func cosine() throws {
    let schedule = try NoiseSchedule(DiffusionSettings(schedule: .cosine(offset: 0.008)))
    #expect(abs(schedule.alphasCumprod[0] - 0.999958715775) < 5e-13)
    #expect(abs(schedule.alphasCumprod[499] - 0.493843590441) < 5e-13)
    // cos² near π/2 loses digits: 1e-9 of the value.
    #expect(abs(schedule.alphasCumprod[999] - 2.42876690703e-9) < 3e-18)
    #expect(schedule.betas[999] == NoiseSchedule.largestBeta)
  }

  @Test func theEndsOfALinearScheduleFollowItsLength() throws {
    // s = 1000/T: 0.001 and 0.2 for T = 100; for T = 10 the end would be 2.
    let hundred = try NoiseSchedule(DiffusionSettings(steps: 100))
    #expect(abs(hundred.betas[0] - 0.001) < 1e-17 && abs(hundred.betas[99] - 0.2) < 1e-16)
    let ten = try NoiseSchedule(DiffusionSettings(steps: 10))
    #expect(abs(ten.betas[0] - 0.01) < 1e-16 && ten.betas[9] == 0.999)
    let given = try NoiseSchedule(
      DiffusionSettings(steps: 3, schedule: .linear(betaStart: 0.1, betaEnd: 0.5)))
    expectClose(given.betas, [0.1, 0.3, 0.5], within: 1e-16)
    #expect(try NoiseSchedule(DiffusionSettings(steps: 1)).betas == [0.1])
  }

  @Test func everyTableOfTwoSteps() throws {
    let schedule = try #require(Self.twoSteps)
    func close(_ values: [Double], _ expected: [Double]) {
      expectClose(values, expected, within: 1e-15)
    }
    close(schedule.alphas, [0.64, 0.25])
    close(schedule.alphasCumprod, [0.64, 0.16])
    close(schedule.sqrtAlphasCumprod, [0.8, 0.4])
    close(schedule.sqrtOneMinusAlphasCumprod, [0.6, 0.84.squareRoot()])
    close(schedule.snr, [16.0 / 9, 4.0 / 21])
    close(schedule.posteriorVariance, [0, 0.75 * 0.36 / 0.84])
    let last = Transition(from: schedule.level(1), to: schedule.level(0))
    close([last.meanOfX0, last.meanOfX], [0.8 * 0.75 / 0.84, 0.5 * 0.36 / 0.84])
  }

  @Test func addingNoise() throws {
    let schedule = try #require(Self.twoSteps)
    // 0.8·x + 0.6·ε, each rounded to Float.
    let noised = schedule.addNoise(to: [1, -0.5, 0], noise: [0, 1, -2], timestep: 0)
    expectClose(noised.map(Double.init), [0.8, 0.2, -1.2], within: 1e-7)
  }

  @Test func whatIsNoScheduleIsRefused() {
    for settings in [
      DiffusionSettings(steps: 0), DiffusionSettings(steps: -3),
      DiffusionSettings(schedule: .linear(betaStart: 0, betaEnd: 0.02)),
      DiffusionSettings(schedule: .linear(betaStart: 0.1, betaEnd: -0.1)),
      DiffusionSettings(schedule: .linear(betaStart: .nan, betaEnd: 0.1)),
      DiffusionSettings(schedule: .cosine(offset: -1)),
      DiffusionSettings(schedule: .cosine(offset: .infinity)),
    ] {
      let error = #expect(throws: DiffusionError.self) { try NoiseSchedule(settings) }
      #expect(error?.kind == .badInput)
    }
    for betas in [[], [0.5, 0], [1], [0.1, .nan], [-0.1]] {
      #expect(throws: DiffusionError.self) { try NoiseSchedule(betas: betas) }
    }
  }

  /// ᾱ is the dense process's to the last bit, and β' what lies between two levels that are visited.
  @Test func transitions() throws {
    let dense = try NoiseSchedule(DiffusionSettings())
    let levels = [10, 300, 999].map(dense.level)
    for (level, t) in zip(levels, [10, 300, 999]) {
      #expect(level.signal == dense.sqrtAlphasCumprod[t])
      #expect(level.sigma == dense.sqrtOneMinusAlphasCumprod[t] && level.time == Double(t))
    }
    let between = 1 - dense.alphas[11...300].reduce(1, *)
    #expect(abs(Transition(from: levels[1], to: levels[0]).added - between) < 1e-14)
    let last = Transition(from: levels[0], to: .data)
    #expect(abs(last.added - (1 - dense.alphas[0...10].reduce(1, *))) < 1e-15)
    #expect(last.posteriorVariance == 0 && last.ratio == 0 && last.logStep == .infinity)

    // Between neighbours it is the dense process again.
    for t in [1, 499, 999] {
      let transition = Transition(from: dense.level(t), to: dense.level(t - 1))
      expectClose(
        [transition.added, transition.keep, transition.posteriorVariance],
        [dense.betas[t], dense.alphas[t], dense.posteriorVariance[t]], within: 1e-15)
      // Ho 2020, eq. 7.
      let (beta, before, now) = (
        dense.betas[t], dense.alphasCumprod[t - 1], dense.alphasCumprod[t]
      )
      expectClose(
        [transition.meanOfX0, transition.meanOfX],
        [
          before.squareRoot() * beta / (1 - now),
          (1 - beta).squareRoot() * (1 - before) / (1 - now),
        ], within: 1e-12)
    }
  }
}
