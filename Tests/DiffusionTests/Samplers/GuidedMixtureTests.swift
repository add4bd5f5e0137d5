import Foundation
import Testing

@testable import Diffusion

/// What guidance draws, exactly: ½N(−1, 0.09) + ½N(1, 0.09), class +1, the best denoisers of both, linear schedule,
/// T = 1000. Expected: `Goldens/oracle/oracle.json`.
@Suite struct GuidedMixtureTests {
  struct Oracle: Decodable {
    let guided: [Row]
  }

  struct Row: Decodable {
    let guidance: Double
    let drawnIn50Steps: Moments
    let drawnIn1000Steps: Moments
    let tiltedDensity: Moments
  }

  struct Moments: Decodable {
    let mean: Double
    let variance: Double
  }

  /// A shrinkage of y by the mixture's width, or by one component's.
  private static func x0(_ y: Double, _ s: Double, guidance: Double) -> Double {
    let total = 0.09 + s * s
    let second = 1 / (1 + exp(-2 * y / total))
    let free = (0.09 * y + s * s * (2 * second - 1)) / total
    let guided = (0.09 * y + s * s) / total
    return free + guidance * (guided - free)
  }

  private static func moments(_ values: [Double], _ weights: [Double]) -> Moments {
    let whole = weights.reduce(0, +)
    let mean = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / whole
    let variance = zip(values, weights).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 }
    return Moments(mean: mean, variance: variance / whole)
  }

  /// The trapezoidal rule over the starting normal. What is drawn is not p(x|c)^s·p(x)^(1−s): with s = 3 its mean is 1.31,
  /// the density's 1.00, its variance 0.035, the density's 0.089.
  @Test func whatIsDrawnIsNotTheTiltedDensity() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let starts = (0...8000).map { -10 + Double($0) / 400 }
    let weights = starts.map { exp(-$0 * $0 / 2) }
    let rows = try GoldenFiles.json("oracle/oracle.json", as: Oracle.self).guided
    #expect(rows.map(\.guidance) == [0, 1, 3, 7.5])
    for row in rows {
      for (n, expected) in [(50, row.drawnIn50Steps), (1000, row.drawnIn1000Steps)] {
        let levels = try process.levels(for: SamplingSettings(steps: n))
        let descent = Descent<Double>(
          from: starts, process: process, levels: levels, elements: 1, noise: { _, _ in }
        ) { x, level, output in
          let s = level.ratio
          for k in x.indices {
            let y = x[k] / level.signal
            output[k] = (y - Self.x0(y, s, guidance: row.guidance)) / s
          }
        }
        let found = Self.moments(try ddim(descent), weights)
        let about = "guidance \(row.guidance), \(n) steps: \(found)"
        #expect(abs(found.mean - expected.mean) < 1e-6, "\(about)")
        #expect(abs(found.variance - expected.variance) < 1e-6, "\(about)")
      }
      // The density by itself.
      let grid = (0...12000).map { -12 + Double($0) / 500 }
      let tilted = Self.moments(
        grid,
        grid.map { x in
          let (one, other) = (-(x - 1) * (x - 1) / 0.18, -(x + 1) * (x + 1) / 0.18)
          let both = max(one, other) + log1p(exp(-abs(one - other)))
          return exp(row.guidance * one + (1 - row.guidance) * both)
        })
      #expect(abs(tilted.mean - row.tiltedDensity.mean) < 1e-6, "\(row.guidance): \(tilted)")
      #expect(
        abs(tilted.variance - row.tiltedDensity.variance) < 1e-6, "\(row.guidance): \(tilted)")
      if row.guidance > 1 {
        #expect(row.drawnIn1000Steps.mean - tilted.mean > 0.3)
        #expect(row.drawnIn1000Steps.variance < 0.4 * tilted.variance)
      }
    }
  }
}
