import Foundation
import Measures
import TestSupport
import Testing

@testable import Diffusion

/// Numbers are those that `Goldens/make_distances.py` prints: linear programmes, integrals, SciPy.
@Suite struct DistributionDistanceTests {
  /// sin(1.3·i + 0.2)
  private func xs(_ count: Int) -> [Float] {
    (0..<count).map { Float(sin(1.3 * Double($0) + 0.2)) }
  }

  /// 0.8·cos(0.7·i) + 0.1
  private func ys(_ count: Int) -> [Float] {
    (0..<count).map { Float(0.8 * cos(0.7 * Double($0)) + 0.1) }
  }

  private func sorted(_ values: [Float]) -> [Double] { values.map(Double.init).sorted() }

  @Test func inOneDimensionItIsTheLinearProgramme() {
    let (x, y) = (sorted(xs(12)), sorted(ys(12)))
    #expect(abs(Wasserstein.squared(x, y).squareRoot() - 0.22587959460316953) < 1e-12)
    let fewer = sorted(ys(7))
    #expect(abs(Wasserstein.squared(x, fewer).squareRoot() - 0.3069643336832142) < 1e-12)
    #expect(Wasserstein.squared(fewer, x) == Wasserstein.squared(x, fewer))
    // Each point twice, or three times, is the same distribution.
    let twice = (ys(7) + ys(7)).map(Double.init).sorted()
    #expect(abs(Wasserstein.squared(x, twice) - Wasserstein.squared(x, fewer)) < 1e-15)
    #expect(Wasserstein.squared(fewer, twice) == 0)
  }

  @Test func toAMixtureItIsTheIntegralOverQuantiles() throws {
    let mixture = try MixtureParameters(means: [[-1], [1]], deviation: 0.3, weights: [1, 3])
    let distance = Wasserstein.squared(sorted(xs(12)), to: mixture).squareRoot()
    #expect(abs(distance - 0.5479261156906597) < 1e-9)
    // One number is moved to the mean: W₂² = (x − m)² + variance.
    let single = Wasserstein.squared([2], to: mixture)
    #expect(abs(single - (1.5 * 1.5 + 0.84)) < 1e-12)
    // Two hundred quantiles of the mixture itself.
    let quantiles = (0..<200).map { mixture.quantile((Double($0) + 0.5) / 200) }
    #expect(Wasserstein.squared(quantiles, to: mixture).squareRoot() < 0.03)
    #expect(abs(mixture.cumulative(mixture.quantile(0.3)) - 0.3) < 1e-15)
  }

  @Test func energyDistances() {
    let line = EnergyDistance(to: xs(12), elements: 1)
    #expect(abs(line(ys(7)) - 0.3103471030949202) < 1e-12)
    #expect(line(xs(12)) < 1e-7)
    let plane = EnergyDistance(to: xs(20), elements: 2)
    #expect(abs(plane(ys(16)) - 0.3667703058089384) < 1e-12)
    #expect(plane([0, .nan]).isNaN)
  }

  @Test func slicedDistances() {
    let directions = DistributionDistances.directions(2)
    let distance = Wasserstein.slicedSquared(
      Wasserstein.projected(xs(20), onto: directions),
      Wasserstein.projected(ys(20), onto: directions)
    ).squareRoot()
    #expect(abs(distance - 0.2957753869541633) < 1e-9)
    // In any dimension unit vectors, none twice.
    let many = DistributionDistances.directions(7)
    #expect(many.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12 })
    #expect(Set(many).count == 256)
  }

  @Test func moments() {
    let x = xs(12)
    #expect(abs(sampleMean(x, elements: 1) - 0.12040245036284129) < 1e-15)
    let labels = (0..<12).map { $0 % 3 }
    #expect(
      abs(withinClassVariance(x, labels: labels, elements: 1) - 0.6279510251005451) < 1e-14)
    #expect(withinClassVariance([1, 2], labels: [0, 1], elements: 1).isNaN)
    // As one class it is the variance.
    #expect(
      abs(
        withinClassVariance(x, labels: .init(repeating: 5, count: 6), elements: 2)
          - sampleVariance(x, elements: 2)) < 1e-15)
  }

  /// Samples are real points of another split: as far away as the floor, which is the same kind of number.
  @Test(arguments: [
    (DataSettings.Source.gaussian(variance: 0.25, mean: 1), [EvaluationNames.wasserstein2]),
    (.mixture(means: [[-1], [1]], deviation: 0.3), [EvaluationNames.wasserstein2]),
    (.points(shape: .moons), [EvaluationNames.slicedWasserstein]),
  ])
  func realPointsComeToTheFloor(source: DataSettings.Source, names: [String]) throws {
    let settings = DataSettings(source: source)
    let (training, heldOut) = (
      try DataSet.load(settings), try DataSet.loadHeldOut(settings)
    )
    let distances = try DistributionDistances(
      settings, training: training, heldOut: heldOut, samples: 1000,
      metrics: [.wasserstein2, .energyDistance])
    let elements = training.valuesPerImage
    let found = distances(training.values(5000..<6000))
    let expected = (names + [EvaluationNames.energyDistance]).flatMap { [$0, "\($0)_floor"] }
    #expect(Set(found.map(\.name)) == Set(expected))
    let values = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) })
    for name in names + [EvaluationNames.energyDistance] {
      let (value, floor) = (try #require(values[name]), try #require(values[name + "_floor"]))
      #expect(value < 0.12 && floor < 0.12 && value > 0)
    }
    // Everything moved by 1 in each dimension: W₂ is at least √D, sliced 1 but for the noise.
    let moved = distances(training.values(5000..<6000).map { $0 + 1 })
    let far = try #require(moved.first { $0.name == names[0] })
    #expect(
      abs(
        far.value - (names[0] == EvaluationNames.wasserstein2 ? Double(elements).squareRoot() : 1))
        < 0.06)
    // There are not as many held-out points as samples: no floor.
    let many = try DistributionDistances(
      settings, training: training, heldOut: heldOut, samples: 3000, metrics: [.energyDistance])
    #expect(many(training.values(0..<3000)).map(\.name) == [EvaluationNames.energyDistance])
  }
}
