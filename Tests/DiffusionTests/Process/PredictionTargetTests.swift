import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct PredictionTargetTests {
  private let x0: [Float] = [1, -0.5, 0.25, 0, -1]
  private let noise: [Float] = [0.3, -2, 0, 1.5, -0.7]

  /// What the network should say, and what is read out of it, are each other's inverse at each level.
  @Test(arguments: PredictionTarget.allCases) func estimatesOfTheTarget(
    _ prediction: PredictionTarget
  ) throws {
    let schedule = try NoiseSchedule(DiffusionSettings())
    for timestep in [0, 1, 500, 998, 999] {
      let level = schedule.level(timestep)
      for (x0, noise) in zip(x0.map(Double.init), noise.map(Double.init)) {
        let xt = level.signal * x0 + level.sigma * noise
        let found = prediction.estimates(
          from: prediction.target(x0: x0, noise: noise, at: level, sigmaData: 0.5), xt: xt,
          at: level, sigmaData: 0.5)
        // Rounding of x_t (1e-16 of at most 2) divided by the smaller of signal and sigma, 0.006 at the ends.
        #expect(abs(found.x0 - x0) < 1e-13)
        #expect(abs(found.noise - noise) < 1e-13)
        // Both make up x_t.
        #expect(abs(level.signal * found.x0 + level.sigma * found.noise - xt) < 1e-15)
      }
    }
  }

  /// In place, with any kernels: x_t as `addNoise` has it but for one rounding, and the very target.
  @Test(arguments: PredictionTarget.allCases) func examplesInPlace(
    _ prediction: PredictionTarget
  ) throws {
    let schedule = try NoiseSchedule(DiffusionSettings())
    for kernels in KernelSet.underTest() {
      for timestep in [0, 500, 999] {
        let level = schedule.level(timestep)
        var (xt, target) = (x0, noise)
        xt.withUnsafeMutableBufferPointer { xt in
          target.withUnsafeMutableBufferPointer { target in
            prediction.makeExample(
              x0: xt, noise: target, at: level, sigmaData: 0.5, kernels: kernels)
          }
        }
        for (found, expected) in zip(
          xt, schedule.addNoise(to: x0, noise: noise, timestep: timestep))
        {
          let scale = Float(prediction.inputScale(at: level, sigmaData: 0.5))
          // A fused multiply-add leaves out one rounding, of a product below 2: half a unit, and one of the sum; edm
          // scales that by at most 2.
          #expect(abs(found - scale * expected) <= 0x1p-23 * max(1, scale))
        }
        #expect(
          target
            == zip(x0, noise).map {
              Float(prediction.target(x0: Double($0), noise: Double($1), at: level, sigmaData: 0.5))
            })
      }
    }
  }
}
