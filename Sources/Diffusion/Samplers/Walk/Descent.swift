/// What a sampler walks down: a batch of noise, the levels it visits, the denoiser, the noise that is added on the way,
/// and who watches.
///
/// A sampler is a function of one of these. Each is written as its paper has it, in x̂_0, ε̂ and the levels' α, σ and
/// s = σ/α.
public final class Descent<Value: SampleValue> {
  /// One step of a sampler: between two neighbouring levels.
  public struct Step: Sendable {
    /// 0 for the noisiest.
    let index: Int
    /// n
    let count: Int
    let from: NoiseLevel
    let to: NoiseLevel

    /// Its number where steps count down to 0, the last.
    var place: Int { count - 1 - index }
    var isFirst: Bool { index == 0 }
    /// To data without noise.
    var isToData: Bool { to.sigma == 0 }
    /// From a level where nothing is left of the data: only x̂_0 tells the way.
    var isFromPureNoise: Bool { from.signal == 0 }
    var transition: Transition { Transition(from: from, to: to) }
  }

  /// The process whose levels these are, and what the denoiser predicts.
  public let process: NoiseProcess
  /// n + 1, of falling s.
  public let levels: [NoiseLevel]
  /// (N, D): x at the first level.
  public let start: [Value]
  /// How far x̂_0 may go.
  public let limit: EstimateLimit
  /// D, values of one sample.
  public let elements: Int
  /// How often the denoiser was asked.
  public private(set) var evaluations = 0

  /// The number of the first step and of how many, where the levels are part of a longer walk.
  private let numbering: (first: Int, count: Int)?
  private let noise: NoiseSource
  private let denoise: Denoiser<Value>
  private let observe: SamplingObserver?
  private var output: [Value]
  private var z: [Float] = []
  private var seen: [Value]

  /// - Parameters:
  ///   - start: (N, D), x at the first level.
  ///   - levels: n + 1, of falling s = σ/α, see ``NoiseProcess/levels(for:)``.
  ///   - elements: D; nil: the batch is one sample.
  ///   - limit: how far x̂_0 may go.
  ///   - noise: standard normals; not asked by samplers that add none.
  public convenience init(
    from start: [Value], process: NoiseProcess, levels: [NoiseLevel], elements: Int? = nil,
    limit: EstimateLimit = .none, noise: @escaping NoiseSource, denoise: @escaping Denoiser<Value>,
    observe: SamplingObserver? = nil
  ) {
    self.init(
      from: start, process: process, levels: levels, numbering: nil, elements: elements,
      limit: limit, noise: noise, denoise: denoise, observe: observe)
  }

  /// Part of a longer walk.
  /// - Parameter numbering: the number of the first step here, and of how many; nil: these are all.
  init(
    from start: [Value], process: NoiseProcess, levels: [NoiseLevel],
    numbering: (first: Int, count: Int)?, elements: Int?, limit: EstimateLimit,
    noise: @escaping NoiseSource, denoise: @escaping Denoiser<Value>, observe: SamplingObserver?
  ) {
    self.start = start
    self.process = process
    self.numbering = numbering
    self.levels = levels
    self.elements = max(1, elements ?? start.count)
    self.limit = limit
    self.noise = noise
    self.denoise = denoise
    self.observe = observe
    let outputs = process.settings.variance == .learned ? 2 * start.count : start.count
    output = [Value](repeating: 0, count: outputs)
    seen = observe == nil ? [] : [Value](repeating: 0, count: start.count)
  }

  /// The levels two by two.
  public var steps: [Step] {
    let (first, count) = numbering ?? (0, levels.count - 1)
    return (0..<max(0, levels.count - 1)).map {
      Step(index: first + $0, count: count, from: levels[$0], to: levels[$0 + 1])
    }
  }

  /// Whether the last step goes to data without noise.
  var endsAtData: Bool { levels.last?.sigma == 0 }

  // MARK: What samplers are made of

  /// Walks all steps: `next` gives x after a step, and the x̂_0 that it went by.
  func walk(
    _ next: (_ x: [Value], _ step: Step) throws -> (x: [Value], x0: [Value])
  ) throws -> [Value] {
    var x = start
    for step in steps {
      let result = try next(x, step)
      x = result.x
      try report(step, x: x, x0: result.x0)
    }
    return x
  }

  /// Asks the denoiser for x̂_0 alone: one evaluation.
  func denoised(_ x: [Value], at level: NoiseLevel) throws -> [Value] {
    try evaluate(x, at: level)
    return Value.denoised(
      output, x: x, at: level, process: process, limit: limit, elements: elements)
  }

  /// Asks the denoiser for x̂_0 and ε̂: one evaluation.
  func estimate(_ x: [Value], at level: NoiseLevel) throws -> Estimate<Value> {
    try evaluate(x, at: level)
    return Value.estimate(
      output, x: x, at: level, process: process, limit: limit, elements: elements)
  }

  /// Asks the denoiser for x̂_0, and for the variances that it says beside it, −1 … 1 from β̃' to β'.
  func estimateOfLearned(
    _ x: [Value], at level: NoiseLevel
  ) throws -> (x0: [Value], variances: ArraySlice<Value>) {
    let x0 = try denoised(x, at: level)
    return (x0, output[x.count...])
  }

  /// Walks all steps that are a sum of x, x̂_0, ε̂ and noise of this step alone.
  func descend(by step: (Step) -> ReverseStep) throws -> [Value] {
    if case .dynamic = limit {
      return try walk { x, place in
        let estimate = try estimate(x, at: place.from)
        let step = step(place)
        var terms = [(step.x0, estimate.x0), (step.x, x), (step.epsilon, estimate.noise)]
        if step.noise > 0 { terms.append((step.noise, normals(.step(place.place)))) }
        return (Value.combine(terms), estimate.x0)
      }
    }
    var x = start
    for place in steps {
      try evaluate(x, at: place.from)
      let step = step(place)
      if step.noise > 0 { fillNoise(.step(place.place)) }
      Value.advance(
        &x, output, by: step, z: z, at: place.from, process: process, clip: limit.range,
        estimate: &seen)
      try report(place, x: x, x0: seen)
    }
    return x
  }

  private func evaluate(_ x: [Value], at level: NoiseLevel) throws {
    try denoise(x, level, &output)
    evaluations += 1
    precondition(
      output.count == x.count || output.count == 2 * x.count,
      "the denoiser changed the number of values")
  }

  private func fillNoise(_ draw: NoiseDraw) {
    if z.count != start.count { z = [Float](repeating: 0, count: start.count) }
    noise(draw, &z)
  }

  /// (N, D) standard normals.
  func normals(_ draw: NoiseDraw) -> [Value] {
    fillNoise(draw)
    return (z as? [Value]) ?? z.map { Value($0) }
  }

  /// Σ weight·values.
  func combine(_ terms: (weight: Double, values: [Value])...) -> [Value] { Value.combine(terms) }

  /// x of this estimate at another level, the noise staying what it is: α·x̂_0 + σ·ε̂. It is Euler's step of the
  /// probability-flow ODE in s, and DDIM's of η = 0.
  func move(_ estimate: Estimate<Value>, to level: NoiseLevel) -> [Value] {
    combine((level.signal, estimate.x0), (level.sigma, estimate.noise))
  }

  /// Of a sampler whose steps are its own affair: the last is all that is seen.
  func reportEnd(_ x: [Value], _ x0: [Value]) throws {
    guard let step = steps.last else { return }
    try report(step, x: x, x0: x0)
  }

  private func report(_ step: Step, x: [Value], x0: [Value]) throws {
    try observe?(
      SamplingStep(
        index: step.index, count: step.count, level: step.from, evaluations: evaluations,
        x: (x as? [Float]) ?? x.map { Float($0) }, x0: (x0 as? [Float]) ?? x0.map { Float($0) }))
  }
}
