import Foundation
import Kernels

/// What of a deterministic sampler's distance to the data the start, the steps and the network each account for, where
/// the best predictor of the data is known: `eval/error_start`, `eval/error_discretisation`, `eval/error_score`.
///
/// Each is a root mean square over samples and dimensions of the difference between two samples drawn from one noise:
/// - start: by the exact flow from the noise that samplers start from, and from data noised with that very noise to the
///   first level: what beginning at normals in the place of the process's own last distribution does;
/// - score: by the network's flow and by the exact one, both solved to a tolerance, of 1e-5 and 1e-7;
/// - discretisation: by the sampler and by the network's flow.
///
/// They bound the Wasserstein-2 distance of the samples to the data: it is at most their sum.
struct ErrorParts {
  let start: Double
  let score: Double?
  let discretisation: Double

  /// Samples that are solved for: the flow takes some hundred evaluations each.
  static let most = 128
  /// Of the exact flow, and of a network's, which is computed in Float.
  private static let (tolerance, networkTolerance) = (1e-7, 1e-5)

  /// - Parameters:
  ///   - samples: (N, D), what the sampler drew from noises 0 ..< N of the seed.
  ///   - data: (N, D), of the data's distribution.
  ///   - network: of sample i's class, one sample at a time; nil: the oracle itself.
  init(
    _ settings: SamplingSettings, samples: [Float], data: [Float], elements: Int,
    process: NoiseProcess, oracle: @escaping (_ sample: Int) -> Denoiser<Double>,
    network: ((_ sample: Int) -> Denoiser<Double>)?
  ) throws {
    let levels = try process.levels(for: settings)
    let count = samples.count / elements
    var sums = (start: 0.0, score: 0.0, discretisation: 0.0)
    func square(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    for i in 0..<count {
      let z = SamplingNoise(seed: settings.seed, indices: i..<i + 1, elements: elements).start()
      let scale = process.startScale(at: levels[0])
      let begin = z.map { Double($0) * scale }
      let places = i * elements..<(i + 1) * elements
      let noised = zip(data[places], z).map {
        levels[0].signal * Double($0) + levels[0].sigma * Double($1)
      }
      func flow(
        _ start: [Double], _ denoise: @escaping Denoiser<Double>, tolerance: Double = Self.tolerance
      ) throws -> [Double] {
        try probabilityFlow(
          Descent(
            from: start, process: process, levels: levels, noise: { _, _ in }, denoise: denoise),
          rtol: tolerance, atol: tolerance)
      }
      let exact = try flow(begin, oracle(i))
      sums.start += square(exact, try flow(noised, oracle(i)))
      let own =
        try network.map { try flow(begin, $0(i), tolerance: Self.networkTolerance) } ?? exact
      sums.score += square(own, exact)
      sums.discretisation += square(samples[places].map(Double.init), own)
    }
    func root(_ sum: Double) -> Double { (sum / Double(max(count * elements, 1))).squareRoot() }
    start = root(sums.start)
    score = network == nil ? nil : root(sums.score)
    discretisation = root(sums.discretisation)
  }
}
