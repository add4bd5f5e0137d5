import Foundation
import Testing

@testable import Diffusion

/// Ancestral sampling with variances that the network says (Nichol & Dhariwal 2021, eq. 15).
@Suite struct LearnedVarianceTests {
  private static let noise: [Float] = [0.3, -1.2, 0.7]

  /// Three values down some levels of twenty, each with its own v; the noise of a step is the same throughout.
  private func samples(
    _ variance: DiffusionSettings.Variance, v: [Double] = [], visiting timesteps: [Int]
  ) throws -> [Double] {
    let process = try NoiseProcess(
      DiffusionSettings(steps: 20, schedule: .cosine(offset: 0.008), variance: variance))
    return try ancestral(
      Descent(
        from: [1, -0.4, 0.2], process: process,
        levels: timesteps.map { process.level(timestep: $0) } + [.data], elements: 3,
        noise: { _, z in z = Self.noise },
        denoise: { x, _, output in
          for i in x.indices { output[i] = 0.4 * x[i] + 0.1 }
          for i in x.indices where output.count > x.count { output[x.count + i] = v[i] }
        }))
  }

  /// At −1 and 1 it is β̃' and β', of the steps that are visited.
  @Test(arguments: [Array((0..<20).reversed()), [19, 12, 5, 0]])
  func endsAreTheFixedOnes(timesteps: [Int]) throws {
    for (v, fixed) in [(-1.0, DiffusionSettings.Variance.fixedSmall), (1, .fixedLarge)] {
      let learned = try samples(.learned, v: [v, v, v], visiting: timesteps)
      for (a, b) in zip(learned, try samples(fixed, visiting: timesteps)) {
        #expect(abs(a - b) < 1e-12 * abs(b))
      }
    }
  }

  /// One step by hand: ln Σ is as far between as v says, value by value.
  @Test func betweenInTheLogarithm() throws {
    let v = [-0.5, 0, 0.8]
    let process = try NoiseProcess(
      DiffusionSettings(steps: 20, schedule: .cosine(offset: 0.008), variance: .learned))
    let (from, to) = (process.level(timestep: 9), process.level(timestep: 4))
    let found = try ancestral(
      Descent(
        from: [1, -0.4, 0.2], process: process, levels: [from, to, .data], elements: 3,
        noise: { _, z in z = Self.noise },
        denoise: { x, level, output in
          // x̂_0 is x itself at the second step, so that what comes out is what the first made.
          for i in x.indices {
            output[i] = level.sigma == to.sigma ? x[i] * (1 - level.signal) / level.sigma : 0
          }
          for i in x.indices { output[x.count + i] = v[i] }
        }))
    let (a, b) = (from.signal * from.signal, to.signal * to.signal)
    let beta = 1 - a / b
    let posterior = beta * (1 - b) / (1 - a)
    for (i, x) in [1, -0.4, 0.2].enumerated() {
      let mean =
        b.squareRoot() * beta / (1 - a) * x / a.squareRoot()
        + (1 - beta).squareRoot() * (1 - b) / (1 - a) * x
      let share = (v[i] + 1) / 2
      let deviation = pow(beta, share / 2) * pow(posterior, (1 - share) / 2)
      #expect(abs(found[i] - (mean + deviation * Double(Self.noise[i]))) < 1e-12)
    }
  }
}
