import Foundation
import Kernels

/// ln p(x_0) by the probability-flow ODE (Song Y. 2021, eq. 39; Chen 2018), for every process.
///
/// In y = x/α and w = ln s, s = σ/α, the flow is dy/dw = s·ε̂ (Karras 2022, section 4), and
///
/// ln p(x_0) = ln N(x_1; 0, v) + D·ln α_1 + ∫ s·∇_y·ε̂ dw
///
/// with x_1 where the flow ends, and v the variance that samplers start from there. It goes from data, s = 0, to the noisiest
/// level that samplers visit, at most s = 1000; of a closed form, which knows every level, always to s = 1000, so that what
/// beginning at N(0, v) neglects, some α/σ of the data's mean, is no part of it. By the classical Runge–Kutta method of order
/// 4: a few steps in s to the cleanest level that samplers visit, then even ones in w, of u = y/√(1 + s²), which hardly moves
/// where noise is all there is. Below the cleanest level a network is not asked: its score there is taken to be that of the
/// level, ε̂ growing in proportion to s.
///
/// The divergence is s·∇_y·ε̂ = D − α·tr J, J the Jacobian of x̂_0. In few dimensions tr J is taken by central
/// differences in each coordinate, elsewhere as the mean of zᵀJz over random directions z of ±1, the same all along an image's
/// way (Hutchinson 1990; Grathwohl 2019), by central differences too. These step ±h·σ, with h = 1e-4 of a closed form in
/// Double (an error of about 1e-8 a dimension) and h = 1/32 of a network in Float, where smaller steps drown in rounding:
/// there what is neglected is h²/6 of the third derivative on the scale of σ, about 2e-4 of it.
struct FlowLikelihood: Sendable {
  /// Up to so many dimensions the divergence is taken coordinate by coordinate.
  static let mostExactDimensions = 16
  /// Steps from data to the cleanest level.
  private static let firstSteps = 4
  /// The largest s that is visited.
  private static let largestRatio = 1000.0

  private let process: NoiseProcess
  private let elements: Int
  private let steps: Int
  private let probes: Int
  private let isByCoordinates: Bool
  private let random = CounterRandom(seed: 0)

  /// - Parameters:
  ///   - elements: D.
  ///   - steps: Runge–Kutta steps between the cleanest and the noisiest level, 4 evaluations each.
  ///   - probes: directions of an image.
  ///   - byCoordinates: nil: in at most ``mostExactDimensions`` dimensions.
  init(
    _ process: NoiseProcess, elements: Int, steps: Int, probes: Int, byCoordinates: Bool? = nil
  ) {
    self.process = process
    self.elements = elements
    self.steps = max(1, steps)
    isByCoordinates = byCoordinates ?? (elements <= Self.mostExactDimensions)
    self.probes = isByCoordinates ? elements : max(1, probes)
  }

  /// Of one image.
  struct LogLikelihood: Sendable {
    /// ln p in nats, of each direction by itself; of one value where the divergence is not estimated.
    let estimates: [Double]
    /// ln p in nats.
    var value: Double { estimates.reduce(0, +) / Double(estimates.count) }
    /// The variance of ``value`` over directions; 0 where it is not estimated, NaN of one direction.
    let probeVariance: Double

    init(_ estimates: [Double], isEstimated: Bool) {
      self.estimates = estimates
      guard isEstimated else {
        probeVariance = 0
        return
      }
      let error = MeanInterval(estimates).standardError
      probeVariance = error * error
    }
  }

  /// Samples that a batch shows the denoiser at a time.
  private static let samplesAtOnce = 320
  /// Images that go together.
  var batch: Int { max(1, Self.samplesAtOnce / (1 + 2 * probes)) }

  /// Of images, on all workers: the same bits for any number of them.
  ///
  /// - Parameters:
  ///   - images: (N, D), continuous.
  ///   - pool: shares out a closed form's images; a network shares out its own.
  ///   - progress: told of images done; what it throws ends the measure.
  /// - Returns: (N). Throws what the denoiser and `progress` throw.
  func callAsFunction(
    _ images: [Double], _ estimator: DataEstimator, pool: WorkerPool?,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> [LogLikelihood] {
    let count = images.count / max(elements, 1)
    return try LikelihoodBatches.map(
      count, by: estimator.isExact ? min(batch, 8) : batch,
      over: estimator.isExact ? pool : nil, progress: progress
    ) { places in
      try logLikelihoods(
        Array(images[places.lowerBound * elements..<places.upperBound * elements]),
        of: Array(places), estimator)
    }.flatMap(\.self)
  }

  // MARK: One batch

  /// Where the flow is, and the integral of the divergence until there.
  private struct State {
    /// (N, D): y, or u.
    var y: [Double]
    /// (N, P): of each direction by itself; of coordinates their terms.
    var divergence: [Double]

    func moved(_ h: Double, _ slope: State) -> State {
      State(
        y: zip(y, slope.y).map { $0 + h * $1 },
        divergence: zip(divergence, slope.divergence).map { $0 + h * $1 })
    }
  }

  private func logLikelihoods(
    _ x0: [Double], of places: [Int], _ estimator: DataEstimator
  ) throws -> [LogLikelihood] {
    let range = process.logRatios
    let most = log(Self.largestRatio)
    let (low, high) = (range.lowerBound, estimator.isExact ? most : min(range.upperBound, most))
    let directions = directions(places)
    var state = State(y: x0, divergence: [Double](repeating: 0, count: places.count * probes))

    let first = exp(low)
    let part = first / Double(Self.firstSteps)
    for i in 0..<Self.firstSteps {
      try step(&state, from: Double(i) * part, by: part) { state, s in
        try slope(
          state, at: s, asked: estimator.isExact ? s : first, directions, places, estimator)
      }
    }
    // u = y/√(1 + s²)
    func width(_ w: Double) -> Double { (1 + exp(2 * w)).squareRoot() }
    state.y = state.y.map { $0 / width(low) }
    let h = (high - low) / Double(steps)
    for i in 0..<steps {
      try step(&state, from: low + Double(i) * h, by: h) { state, w in
        let (s, width) = (exp(w), width(w))
        var slope = try slope(
          State(y: state.y.map { width * $0 }, divergence: state.divergence), at: s, asked: s,
          directions, places, estimator)
        let growth = s * s / (width * width)
        for i in slope.y.indices {
          slope.y[i] = slope.y[i] * s / width - growth * state.y[i]
        }
        // What u's width itself makes is taken out, and added in closed form.
        let share = isByCoordinates ? 1 : Double(elements)
        for i in slope.divergence.indices {
          slope.divergence[i] = slope.divergence[i] * s - growth * share
        }
        return slope
      }
    }
    let widening = Double(elements) * log(width(high) / width(low))
    state.y = state.y.map { $0 * width(high) }

    let end = process.level(ratio: exp(high))
    let deviation = process.startScale(at: end)
    let logVariance = 2 * log(deviation)
    return places.indices.map { i in
      let prior = state.y[i * elements..<(i + 1) * elements].reduce(0) {
        $0
          + GaussianTerms.logDensity(difference: end.signal * $1, logVariance: logVariance)
      }
      let base = prior + Double(elements) * log(end.signal) + widening
      let own = state.divergence[i * probes..<(i + 1) * probes]
      return isByCoordinates
        ? LogLikelihood([base + own.reduce(0, +)], isEstimated: false)
        : LogLikelihood(own.map { base + $0 }, isEstimated: true)
    }
  }

  /// One step of the classical Runge–Kutta method.
  private func step(
    _ state: inout State, from place: Double, by h: Double,
    slope: (_ state: State, _ place: Double) throws -> State
  ) throws {
    let k1 = try slope(state, place)
    let k2 = try slope(state.moved(h / 2, k1), place + h / 2)
    let k3 = try slope(state.moved(h / 2, k2), place + h / 2)
    let k4 = try slope(state.moved(h, k3), place + h)
    state = state.moved(h / 6, k1).moved(h / 3, k2).moved(h / 3, k3).moved(h / 6, k4)
  }

  /// (N, P, D): ±1 of each image's own; of coordinates the unit vectors.
  private func directions(_ places: [Int]) -> [Double] {
    if isByCoordinates {
      var unit = [Double](repeating: 0, count: elements * elements)
      for k in 0..<elements { unit[k * elements + k] = 1 }
      return places.flatMap { _ in unit }
    }
    return places.flatMap { place in
      (0..<probes).flatMap { probe in
        random.uniforms(count: elements, image: place, step: probe, purpose: .probes)
          .map { $0 < 0.5 ? -1.0 : 1.0 }
      }
    }
  }

  /// dy/ds = ε̂, and the divergence ∇_y·ε̂ of each direction.
  ///
  /// - Parameters:
  ///   - state: of y.
  ///   - s: σ/α where the flow is.
  ///   - asked: where the denoiser is asked; below it ε̂ grows in proportion to s.
  private func slope(
    _ state: State, at s: Double, asked: Double, _ directions: [Double], _ places: [Int],
    _ estimator: DataEstimator
  ) throws -> State {
    guard s > 0 else {
      // Without noise ε̂ is 0.
      return State(
        y: [Double](repeating: 0, count: state.y.count),
        divergence: [Double](repeating: 0, count: state.divergence.count))
    }
    let level = process.level(ratio: asked)
    let reach = (estimator.isExact ? 1e-4 : 1.0 / 32) * level.sigma
    let rows = 1 + 2 * probes
    var x: [Double] = []
    x.reserveCapacity(places.count * rows * elements)
    var of: [Int] = []
    for (i, place) in places.enumerated() {
      let own = state.y[i * elements..<(i + 1) * elements].map { level.signal * $0 }
      x += own
      for probe in 0..<probes {
        let z = (i * probes + probe) * elements
        for sign in [reach, -reach] {
          for k in 0..<elements { x.append(own[k] + sign * directions[z + k]) }
        }
      }
      of += [Int](repeating: place, count: rows)
    }
    let data = try estimator.data(
      x, at: [NoiseLevel](repeating: level, count: of.count), of: of)

    // What is asked elsewhere, in proportion.
    let scale = s / asked
    var slope = State(y: [], divergence: [])
    slope.y.reserveCapacity(state.y.count)
    for i in places.indices {
      let first = i * rows * elements
      for k in 0..<elements {
        slope.y.append(
          scale * level.noise(xt: x[first + k], x0: data[first + k]))
      }
      for probe in 0..<probes {
        let z = (i * probes + probe) * elements
        let plus = first + (1 + 2 * probe) * elements
        let minus = plus + elements
        var (square, product) = (0.0, 0.0)
        for k in 0..<elements {
          let direction = directions[z + k]
          square += direction * direction
          product += direction * (data[plus + k] - data[minus + k])
        }
        // ∇_y·ε̂ = α·∇_x·ε̂ of ε̂ = (x − α·x̂_0)/σ, along z.
        let jacobian = product / (2 * reach)
        slope.divergence.append(
          scale * (level.signal / level.sigma) * (square - level.signal * jacobian))
      }
    }
    return slope
  }
}
