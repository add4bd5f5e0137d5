import Foundation
import Kernels
import Synchronization

/// The variational bound of a denoiser over images: bits a dimension, with what it is made of.
///
/// Images, timesteps and noise are the same in every run, and so is the result for any number of workers. An image's
/// bound is its prior term and, of each stretch of timesteps, one term times the stretch's length (``BoundTimesteps``), each
/// with noise of its own. Where each timestep is visited, of a closed form the bound is also taken as Ho 2020, eq. 3 has it,
/// before any expectation is taken: along one trajectory of the forward process an image.
struct BoundMeasure: Sendable {
  private let bound: VariationalBound
  private let timesteps: BoundTimesteps
  /// (N, D)
  private let images: [Double]
  private let elements: Int
  private var count: Int { images.count / max(elements, 1) }
  private let random = CounterRandom(seed: 0)

  /// - Parameters:
  ///   - images: (N, D), in an order that says nothing of them.
  ///   - timesteps: that an image visits; T where there are no more.
  init(_ bound: VariationalBound, images: [Double], elements: Int, timesteps: Int) {
    self.bound = bound
    self.images = images
    self.elements = elements
    self.timesteps = BoundTimesteps(timesteps, of: bound.steps)
  }

  /// In nats, summed over the values of an image.
  fileprivate struct ImageSums {
    var prior = 0.0
    var divergences = 0.0
    var decoder = 0.0
    var constant = 0.0
    var weightedError = 0.0
    /// Mean over t.
    var noiseError = 0.0
    var trajectory = 0.0
  }

  /// Some images, and sums over them by timestep.
  fileprivate struct Part {
    var images: [ImageSums]
    var terms: [VariationalBound.Term]
    var counts: [Int]
  }

  /// What was measured; all in bits a dimension but for the noise's error.
  struct Result: Sendable {
    let total: MeanInterval
    let prior: Double
    let divergences: Double
    let decoder: Double
    let constant: Double
    let weightedError: Double
    /// L_simple: the mean over t of |ε − ε̂|²/D (Ho 2020, eq. 14).
    let noiseError: Double
    /// By trajectories; nil of a network, and where not every timestep was visited.
    let trajectory: MeanInterval?
    /// Of each timestep that was visited the mean over the images that did.
    let terms: [(timestep: Int, term: VariationalBound.Term)]
  }

  private func followsPaths(_ estimator: DataEstimator) -> Bool {
    estimator.isExact && timesteps.isComplete
  }

  /// Images that go together.
  private func batch(_ estimator: DataEstimator) -> Int { estimator.isExact ? 16 : 64 }

  /// - Parameters:
  ///   - pool: shares out a closed form's images; a network shares out its own.
  ///   - progress: told of images done; what it throws ends the measure.
  /// - Throws: what the denoiser and `progress` throw.
  func callAsFunction(
    _ estimator: DataEstimator, pool: WorkerPool?,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> Result {
    let batch = batch(estimator)
    let parts = try LikelihoodBatches.map(
      count, by: batch, over: estimator.isExact ? pool : nil, progress: progress
    ) { try part($0, estimator) }
    return result(parts, hasTrajectories: followsPaths(estimator))
  }

  private func part(_ places: Range<Int>, _ estimator: DataEstimator) throws -> Part {
    let size = places.count * elements
    let x0 = Array(images[places.lowerBound * elements..<places.upperBound * elements])
    var part = Part(
      images: [ImageSums](repeating: ImageSums(), count: places.count),
      terms: [VariationalBound.Term](repeating: .init(), count: bound.steps),
      counts: [Int](repeating: 0, count: bound.steps))
    func row(_ values: [Double], _ i: Int) -> ArraySlice<Double> {
      values[i * elements..<(i + 1) * elements]
    }
    for i in part.images.indices { part.images[i].prior = bound.prior(x0: row(x0, i)) }
    var xt = x0
    var noise = [Double](repeating: 0, count: size)
    for (stratum, range) in timesteps.strata.enumerated() {
      let visited = places.map { timesteps.timestep(stratum, image: $0) }
      for (i, place) in places.enumerated() {
        let level = bound.levels[visited[i]]
        let z = random.normals(
          count: elements, image: place, step: visited[i], purpose: .boundNoise)
        for k in 0..<elements {
          let at = i * elements + k
          noise[at] = Double(z[k])
          xt[at] = level.signal * x0[at] + level.sigma * noise[at]
        }
      }
      let estimated = try estimator.estimate(
        xt, at: visited.map { bound.levels[$0] }, of: Array(places))
      for (i, t) in visited.enumerated() {
        let estimate = VariationalBound.Estimate(
          x0: row(estimated.x0, i),
          logVariance: estimated.variances.map { variances in
            row(variances, i).map { bound.learnedLogVariance(t, $0) }[...]
          })
        let term = bound.term(t, x0: row(x0, i), xt: row(xt, i), noise: row(noise, i), estimate)
        part.terms[t].add(term)
        part.counts[t] += 1
        part.images[i].add(term, t: t, weight: Double(range.count), steps: bound.steps)
      }
    }
    if followsPaths(estimator) {
      for (i, sum) in try trajectories(places, x0: x0, estimator).enumerated() {
        part.images[i].trajectory = sum
      }
    }
    return part
  }

  /// −ln p(x_T) + Σ ln q(x_t|x_{t−1})/p(x_{t−1}|x_t) along a trajectory an image, in nats.
  private func trajectories(
    _ places: Range<Int>, x0: [Double], _ estimator: DataEstimator
  ) throws -> [Double] {
    func row(_ values: [Double], _ i: Int) -> ArraySlice<Double> {
      values[i * elements..<(i + 1) * elements]
    }
    var sums = [Double](repeating: 0, count: places.count)
    var (previous, xt) = (x0, x0)
    for t in 0..<bound.steps {
      for (i, place) in places.enumerated() {
        // Beside the noise of the single terms.
        let z = random.normals(
          count: elements, image: place, step: bound.steps + t, purpose: .boundNoise)
        for k in 0..<elements {
          let at = i * elements + k
          xt[at] = bound.forward(previous[at], noise: Double(z[k]), t)
        }
      }
      let levels = [NoiseLevel](repeating: bound.levels[t], count: places.count)
      let estimated = try estimator.data(xt, at: levels, of: Array(places))
      for i in sums.indices {
        sums[i] += bound.logRatio(
          t, previous: row(previous, i), xt: row(xt, i), .init(x0: row(estimated, i)))
      }
      previous = xt
    }
    for i in sums.indices {
      sums[i] -= row(xt, i).reduce(0) {
        $0 + GaussianTerms.logDensity(difference: $1, logVariance: 0)
      }
    }
    return sums
  }

  private func result(_ parts: [Part], hasTrajectories: Bool) -> Result {
    let images = parts.flatMap(\.images)
    let bits = 1 / (Double(elements) * log(2.0))
    func interval(_ value: (ImageSums) -> Double) -> MeanInterval {
      MeanInterval(images.map { value($0) * bits })
    }
    func mean(_ value: (ImageSums) -> Double) -> Double { interval(value).mean }
    var terms: [(timestep: Int, term: VariationalBound.Term)] = []
    for t in 0..<bound.steps {
      var (sum, count) = (VariationalBound.Term(), 0)
      for part in parts {
        sum.add(part.terms[t])
        count += part.counts[t]
      }
      guard count > 0 else { continue }
      let scale = bits / Double(count)
      terms.append(
        (
          t,
          VariationalBound.Term(
            loss: sum.loss * scale, constant: sum.constant * scale,
            weightedError: sum.weightedError * scale,
            noiseError: sum.noiseError / Double(count * elements))
        ))
    }
    return Result(
      total: interval { $0.prior + $0.divergences + $0.decoder },
      prior: mean(\.prior), divergences: mean(\.divergences), decoder: mean(\.decoder),
      constant: mean(\.constant), weightedError: mean(\.weightedError),
      noiseError: mean(\.noiseError) / bits / Double(elements),
      trajectory: hasTrajectories ? interval(\.trajectory) : nil,
      terms: terms)
  }
}

extension VariationalBound.Term {
  mutating func add(_ other: Self) {
    loss += other.loss
    constant += other.constant
    weightedError += other.weightedError
    noiseError += other.noiseError
  }
}

extension BoundMeasure.ImageSums {
  /// - Parameter weight: timesteps that the term stands for.
  fileprivate mutating func add(
    _ term: VariationalBound.Term, t: Int, weight: Double, steps: Int
  ) {
    if t == 0 { decoder += weight * term.loss } else { divergences += weight * term.loss }
    constant += weight * term.constant
    weightedError += weight * term.weightedError
    noiseError += weight * term.noiseError / Double(steps)
  }
}
