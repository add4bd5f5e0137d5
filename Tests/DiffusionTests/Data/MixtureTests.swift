import TestSupport
import Testing

@testable import Diffusion

@Suite struct MixtureTests {
  private static let two = DataSettings.Source.mixture(
    means: [[-1], [1]], deviation: 0.3, weights: [1, 3])

  /// From hashlib over `data set 1: 10000 1 1 2 8 false`, a line break, `mixture 1 train 8 0.75 0.05` and the labels:
  /// the fingerprint from before mixtures had parameters, by which runs are known.
  @Test func theRingIsWhatItAlwaysWas() throws {
    let data = try DataSet.load(DataSettings(source: .mixture()))
    #expect(data.fingerprint == "d536a23e8dccc0d9251362774c372f8e38682df92ecf3f709ad6ca5442d614b2")
    #expect(data.classNames[3] == "135 degrees")
    let ring = try #require(try DataSettings(source: .mixture()).mixture())
    #expect(ring == .ring)
    #expect(
      (ring.deviation, ring.dimensions, ring.weights) == (
        0.05, 2, .init(repeating: 0.125, count: 8)
      ))
    // Σ r²·cos²/8 = r²/2
    for variance in ring.variance { #expect(abs(variance - (0.0025 + 0.28125)) < 1e-15) }
    for mean in ring.mean { #expect(abs(mean) < 1e-15) }
    let again = try MixtureParameters(means: ring.means, deviation: 0.05)
    #expect(again == ring)
  }

  @Test func momentsFollowFromTheParameters() throws {
    let mixture = try #require(try DataSettings(source: Self.two).mixture())
    #expect(mixture.weights == [0.25, 0.75])
    // ¼·(−1) + ¾·1, and 0.09 + ¼·1.5² + ¾·0.5²
    #expect(abs(mixture.mean[0] - 0.5) < 1e-15)
    #expect(abs(mixture.variance[0] - 0.84) < 1e-15)
  }

  @Test func componentsAreDrawnWithTheirWeights() throws {
    let count = 40_000
    let data = try DataSet.load(DataSettings(source: Self.two, limit: count))
    #expect((data.channels, data.classes, data.isImage) == (1, 2, false))
    #expect(data.classNames == ["-1", "1"])
    let second = data.labels.count { $0 == 1 }
    // Four standard errors of a share of ¾.
    #expect(abs(Double(second) / Double(count) - 0.75) < 4 * (0.1875 / Double(count)).squareRoot())
    let values = data.values(0..<count)
    for (component, mean) in [(0, -1.0), (1, 1.0)] {
      let own = values.indices.filter { data.labels[$0] == component }.map { Double(values[$0]) }
      let average = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
      #expect(abs(average - mean) < 4 * 0.3 / Double(own.count).squareRoot())
      #expect(abs(variance - 0.09) < 4 * 0.09 * (2 / Double(own.count)).squareRoot())
    }
    // A point depends on its number alone.
    let few = try DataSet.load(DataSettings(source: Self.two, limit: 100))
    #expect(few.values(0..<100) == Array(values[..<100]))
    #expect(few.labels == Array(data.labels[..<100]))
  }

  /// The class is drawn from another stream than the point: within a component the two are independent.
  @Test func theComponentSaysNothingOfTheNoise() throws {
    let source = DataSettings.Source.mixture(
      means: [[0, 0], [0, 0]], deviation: 1, weights: [1, 1])
    let data = try DataSet.load(DataSettings(source: source, limit: 20_000))
    let values = data.values(0..<20_000)
    for dimension in 0..<2 {
      var sum = 0.0
      for i in 0..<20_000 {
        sum += Double(values[2 * i + dimension]) * (data.labels[i] == 1 ? 1 : -1)
      }
      #expect(abs(sum / 20_000) < 4 / 20_000.0.squareRoot())
    }
  }

  @Test(arguments: [
    DataSettings.Source.mixture(means: []), .mixture(means: [[]]), .mixture(means: [[0], [0, 1]]),
    .mixture(means: [[.nan]]), .mixture(deviation: 0), .mixture(deviation: .infinity),
    .mixture(weights: [1]), .mixture(means: [[0], [1]], weights: [1, 0]),
    .mixture(means: [[0], [1]], weights: [1, -1]),
    .mixture(means: [[0], [1]], weights: [1, .nan]),
  ]) func othersAreRefused(source: DataSettings.Source) {
    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(source: source))
    }
    #expect(error?.kind == .badInput)
  }
}
