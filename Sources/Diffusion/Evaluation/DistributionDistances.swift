import Foundation
import Kernels
import Measures

/// How far samples are from the data as distributions: Wasserstein and energy distances, and what as many real
/// held-out points reach. Prepared once, used for every set of samples.
///
/// Samples are measured against the distribution itself where that is known (a Gaussian; a mixture in one dimension),
/// else against as many training points as there are samples, the same in every run.
struct DistributionDistances: Sendable {
  /// Most points that the energy distance, whose work grows with their square, looks at.
  static let mostOfEnergy = 4096

  /// How ``EvaluationSettings/Metric/wasserstein2`` is measured.
  private enum Transport: Sendable {
    /// Between Gaussians, the samples taken for one: in closed form.
    case gaussian(GaussianFit)
    case mixture(MixtureParameters)
    /// In one dimension: sorted.
    case sorted([Double])
  }

  private let elements: Int
  private let transport: Transport?
  /// Directions, and the real points along each.
  private let slices: (directions: [[Double]], real: [[Double]])?
  private let energy: EnergyDistance?
  /// What held-out points reach; none where there are not as many as samples.
  private var floors: [(name: String, value: Double)] = []

  /// - Parameters:
  ///   - settings: of the data, which may say how they are distributed.
  ///   - samples: how many samples will be measured.
  ///   - metrics: what to prepare; others are passed over.
  /// - Throws: `DiffusionError(.badInput)` if the settings make no distribution.
  init(
    _ settings: DataSettings, training: DataSet, heldOut: DataSet, samples: Int,
    metrics: [EvaluationSettings.Metric]
  ) throws(DiffusionError) {
    elements = training.valuesPerImage
    let real = EvaluationImages(training, count: samples)
    let points = real.values(0..<real.count)
    let isExact = EvaluationSettings.Metric.isWasserstein2Exact(settings.source, elements: elements)
    if metrics.contains(.wasserstein2), isExact {
      transport = try Self.transport(settings, points, elements: elements)
    } else {
      transport = nil
    }
    if metrics.contains(.slicedWasserstein) || metrics.contains(.wasserstein2) && !isExact {
      let directions = Self.directions(elements)
      slices = (directions, Wasserstein.projected(points, onto: directions))
    } else {
      slices = nil
    }
    energy =
      metrics.contains(.energyDistance)
      ? EnergyDistance(
        to: Array(points.prefix(Self.mostOfEnergy * elements)), elements: elements) : nil
    let others = EvaluationImages(heldOut, count: samples)
    guard others.count == samples, real.count == samples else { return }
    floors = measures(of: others.values(0..<samples)).map { ($0.name + "_floor", $0.value) }
  }

  /// All that was prepared, by the names it is logged under; NaN if a sample is not finite.
  ///
  /// - Parameter samples: (N, D).
  func callAsFunction(_ samples: [Float]) -> [(name: String, value: Double)] {
    measures(of: samples) + floors
  }

  private func measures(of samples: [Float]) -> [(name: String, value: Double)] {
    var values: [(name: String, value: Double)] = []
    if let transport {
      values.append((EvaluationNames.wasserstein2, distance(samples, by: transport)))
    }
    if let slices {
      let projections = Wasserstein.projected(samples, onto: slices.directions)
      values.append(
        (
          EvaluationNames.slicedWasserstein,
          projections.isEmpty
            ? .nan : Wasserstein.slicedSquared(projections, slices.real).squareRoot()
        ))
    }
    if let energy {
      values.append(
        (
          EvaluationNames.energyDistance,
          energy(Array(samples.prefix(Self.mostOfEnergy * elements)))
        ))
    }
    return values
  }

  private func distance(_ samples: [Float], by transport: Transport) -> Double {
    guard samples.allSatisfy(\.isFinite) else { return .nan }
    let values = samples.map(Double.init)
    switch transport {
    case .gaussian(let truth):
      return GaussianFit(points: values, dimension: elements).frechetDistance(to: truth)
        .squareRoot()
    case .mixture(let mixture):
      return Wasserstein.squared(values.sorted(), to: mixture).squareRoot()
    case .sorted(let real):
      return Wasserstein.squared(values.sorted(), real).squareRoot()
    }
  }

  private static func transport(
    _ settings: DataSettings, _ points: [Float], elements: Int
  ) throws(DiffusionError) -> Transport {
    if case .gaussian(let variance, let mean) = settings.source {
      var covariance = [Double](repeating: 0, count: elements * elements)
      for d in 0..<elements { covariance[d * elements + d] = variance }
      return .gaussian(
        GaussianFit(
          mean: [Double](repeating: mean, count: elements), covariance: covariance))
    }
    if let mixture = try settings.mixture() { return .mixture(mixture) }
    return .sorted(points.map(Double.init).sorted())
  }

  /// Unit vectors: in two dimensions at even angles, else drawn, the same in every run.
  static func directions(_ dimensions: Int) -> [[Double]] {
    switch dimensions {
    case 1: return [[1]]
    case 2:
      return (0..<128).map { l in
        let angle = Double.pi * (Double(l) + 0.5) / 128
        return [cos(angle), sin(angle)]
      }
    default:
      let random = CounterRandom(seed: 0)
      return (0..<256).map { l in
        let z = random.normals(count: dimensions, image: l, step: 0, purpose: .projections)
          .map(Double.init)
        let norm = z.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return z.map { $0 / norm }
      }
    }
  }
}
