import Testing

@testable import Analysis
@testable import Values

@Suite struct TrueMomentsTests {
  private let gaussian: [String: ParameterValue] = [
    "data.source": .string("gaussian"), "data.variance": .number(0.25), "data.mean": .number(-1),
  ]
  private let mixture: [String: ParameterValue] = [
    "data.source": .string("mixture"),
    "data.means": .list([.list([.integer(-1), .integer(0)]), .list([.number(1), .number(0)])]),
    "data.deviation": .number(0.3), "data.weights": .list([.number(1), .number(3)]),
    "conditioning.kind": .string("none"),
  ]

  private func truths(_ settings: [String: ParameterValue]) -> [Double?] {
    TrueMoments.metrics.map { metric in TrueMoments.value(metric) { settings[$0] } }
  }

  @Test func ofAGaussian() {
    #expect(truths(gaussian) == [0.25, -1, nil])
    #expect(TrueMoments.value("eval/loss") { gaussian[$0] } == nil)
  }

  /// Variances (σ² + ¼·1.5² + ¾·0.5², σ²), means (½, 0), each averaged over the two dimensions.
  @Test func ofAMixture() throws {
    let found = truths(mixture)
    #expect(abs(try #require(found[0]) - (0.84 + 0.09) / 2) < 1e-15)
    #expect(abs(try #require(found[1]) - 0.25) < 1e-15)
    #expect(abs(try #require(found[2]) - 0.09) < 1e-15)
    // Of each class alike.
    var conditional = mixture
    conditional["conditioning.kind"] = .string("class")
    #expect(abs(try #require(truths(conditional)[1])) < 1e-15)
    let ring = truths(["data.source": .string("mixture")])
    #expect(abs(try #require(ring[0]) - (0.0025 + 0.28125)) < 1e-12)
    #expect(abs(try #require(ring[1])) < 1e-15)
  }

  @Test func ofOthersNothingIsKnown() {
    #expect(truths(["data.source": .string("points")]) == [nil, nil, nil])
    #expect(truths([:]) == [nil, nil, nil])
    var broken = mixture
    broken["data.weights"] = .list([.number(1)])
    #expect(truths(broken) == [nil, nil, nil])
  }
}
