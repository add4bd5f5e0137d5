import Diffusion
import Foundation
import TestSupport
import Testing

/// `predict` with overrides: x_0 and noise are what the target says of x at each level.
@Suite struct PredictVerbTests {
  private static let elements = 3 * 8 * 8

  private static let trained = Result {
    let place = try Workplace()
    try place.run()
    return SharedPlace(place)
  }

  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func place() throws -> Workplace { try Self.trained.get().place }

  private let x = (0..<2 * Self.elements).map { Float(sin(Double($0) * 1.7)) * 1.5 }

  private struct Predicted {
    var prediction: [Float]
    var x0: [Float]
    var noise: [Float]
  }

  private func input(_ x: [Float], _ fill: (inout SafetensorsWriter) -> Void) throws -> String {
    var writer = SafetensorsWriter()
    writer.add("x", shape: [2, 3, 8, 8], x)
    writer.add("class", shape: [2], [1, 8])
    fill(&writer)
    let path = "\(try place().path)/\(UUID().uuidString).safetensors"
    try writer.write(to: path)
    return path
  }

  private func predict(_ input: String, _ overrides: [String]) throws -> Predicted {
    let output = "\(try place().path)/\(UUID().uuidString).safetensors"
    let ending = try place().start(
      ["predict", "last"] + overrides + ["--input", input, "--output", output]
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let file = try Safetensors(contentsOf: output)
    return Predicted(
      prediction: try file.floats("prediction"), x0: try file.floats("x0"),
      noise: try file.floats("noise"))
  }

  private func predict(
    _ x: [Float]? = nil, at timesteps: [Int], _ overrides: String...
  ) throws -> Predicted {
    try predict(input(x ?? self.x) { $0.add("t", shape: [2], timesteps) }, overrides)
  }

  private func predict(
    _ x: [Float]? = nil, at u: [Float], _ overrides: String...
  ) throws -> Predicted {
    try predict(input(x ?? self.x) { $0.add("t", shape: [2], u) }, overrides)
  }

  /// α and σ of the run's process at two timesteps.
  private func levels(_ timesteps: [Int]) throws -> [(alpha: Double, sigma: Double)] {
    let schedule = try NoiseSchedule(DiffusionSettings(steps: 100))
    return timesteps.map {
      (schedule.sqrtAlphasCumprod[$0], schedule.sqrtOneMinusAlphasCumprod[$0])
    }
  }

  private func both(
    _ levels: [(alpha: Double, sigma: Double)],
    _ value: (_ place: Int, _ alpha: Double, _ sigma: Double) -> Double
  ) -> [Float] {
    (0..<2 * Self.elements).map { k in
      Float(value(k, levels[k / Self.elements].alpha, levels[k / Self.elements].sigma))
    }
  }

  /// Roundings to single precision, of x as large as the result or less.
  private let tolerance = 1e-5

  @Test func epsilonAndV() throws {
    let levels = try levels([10, 60])
    let plain = try predict(at: [10, 60])
    #expect(plain.noise == plain.prediction, "it predicts the noise")
    let x0 = both(levels) { k, alpha, sigma in
      (Double(x[k]) - sigma * Double(plain.prediction[k])) / alpha
    }
    #expect(relativeError(plain.x0, x0) < tolerance)

    let v = try predict(at: [10, 60], "diffusion.prediction=v")
    #expect(v.prediction == plain.prediction, "the same network")
    #expect(
      relativeError(
        v.x0,
        both(levels) { k, alpha, sigma in alpha * Double(x[k]) - sigma * Double(v.prediction[k]) })
        < tolerance)
    #expect(
      relativeError(
        v.noise,
        both(levels) { k, alpha, sigma in sigma * Double(x[k]) + alpha * Double(v.prediction[k]) })
        < tolerance)
    // The score times σ.
    let score = try predict(at: [10, 60], "diffusion.prediction=score")
    #expect(
      relativeError(score.noise, both(levels) { k, _, _ in -Double(score.prediction[k]) })
        < tolerance)
    #expect(try predict(at: [10, 60], "diffusion.prediction=x0").x0 == plain.prediction)
  }

  /// α = 1 − u and σ = u; x_0 = x − u·v, ε = x + (1 − u)·v.
  @Test func flow() throws {
    let u: [Float] = [0.25, 0.75]
    let levels = u.map { (alpha: 1 - Double($0), sigma: Double($0)) }
    let drawn = try predict(at: u, "diffusion.process=flow", "diffusion.prediction=flow")
    let x0 = both(levels) { k, _, sigma in Double(x[k]) - sigma * Double(drawn.prediction[k]) }
    let noise = both(levels) { k, alpha, _ in Double(x[k]) + alpha * Double(drawn.prediction[k]) }
    #expect(relativeError(drawn.x0, x0) < tolerance)
    #expect(relativeError(drawn.noise, noise) < tolerance)
  }

  /// Karras 2022, table 1: D = c_skip·x + c_out·F(c_in·x; ¼ ln σ), σ = (σ_min^{1/7} + u·(σ_max^{1/7} − σ_min^{1/7}))^7.
  @Test func theInputIsScaledForEDM() throws {
    let u: [Float] = [0.3, 0.6]
    let sigmas = u.map { u in
      pow(pow(0.002, 1.0 / 7) + Double(u) * (pow(80, 1.0 / 7) - pow(0.002, 1.0 / 7)), 7)
    }
    let data = 0.5
    let drawn = try predict(at: u, "diffusion.process=edm", "diffusion.prediction=edm")
    let levels = sigmas.map { (alpha: 1.0, sigma: $0) }
    let x0 = both(levels) { k, _, sigma in
      let spread = sigma * sigma + data * data
      return data * data / spread * Double(x[k])
        + sigma * data / spread.squareRoot() * Double(drawn.prediction[k])
    }
    #expect(relativeError(drawn.x0, x0) < tolerance)
    #expect(
      relativeError(
        drawn.noise,
        both(levels) { k, _, sigma in (Double(x[k]) - Double(drawn.x0[k])) / sigma }) < 1e-4)
    // Of another target the network sees x as it is: scaled beforehand, it is the same x.
    let scaled = both(levels) { k, _, sigma in
      Double(Float(1 / (sigma * sigma + data * data).squareRoot()) * x[k])
    }
    let plain = try predict(scaled, at: u, "diffusion.process=edm", "diffusion.prediction=x0")
    #expect(relativeError(plain.prediction, drawn.prediction) < 1e-6)
    let unscaled = try predict(at: u, "diffusion.process=edm", "diffusion.prediction=x0")
    #expect(relativeError(unscaled.prediction, drawn.prediction) > 1e-3)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func refusal(
      _ code: Int, _ input: String, _ overrides: String..., says: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let ending = try place().start(
        ["predict", "last"] + overrides + ["--input", input, "--output", "\(place().path)/no"]
      ).wait()
      #expect(ending.code == code, "\(ending.errors)", sourceLocation: sourceLocation)
      #expect(ending.errors.contains(says), "\(ending.errors)", sourceLocation: sourceLocation)
    }
    let timesteps = try input(x) { $0.add("t", shape: [2], [3, 4]) }
    let places = try input(x) { $0.add("t", shape: [2], [Float(0), 1]) }
    let outside = try input(x) { $0.add("t", shape: [2], [Float(0), 1.5]) }
    try refusal(65, places, says: "not integer")
    try refusal(
      65, timesteps, "diffusion.process=flow", "diffusion.prediction=v",
      says: "t holds integers, and diffusion.process is flow, whose levels are u from 0 (data) to 1"
    )
    try refusal(
      65, outside, "diffusion.process=flow", "diffusion.prediction=v", says: "t holds 1.5")
    try refusal(
      65, places, "diffusion.process=flow", "diffusion.prediction=epsilon",
      says: "flow begins at α = 0, where epsilon says nothing of x0")
    try refusal(
      65, places, "diffusion.process=flow", "diffusion.prediction=x0",
      says: "t holds 0.0, where x is data without noise")
    try refusal(
      65, timesteps, "sampling.steps=4",
      says: "'sampling.steps' changes nothing about what a network predicts")
    try refusal(65, timesteps, "diffusion.predicton=v", says: "did you mean 'prediction'?")
    try refusal(
      65, timesteps, "diffusion.rescale_zero_snr=true", says: "take prediction: v or x0")
  }
}
