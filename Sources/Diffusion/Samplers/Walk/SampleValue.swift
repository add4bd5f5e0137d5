/// What samples are computed in: Float, or Double, in which an order of convergence can be seen.
///
/// The loops over elements are here, once; what a sampler does is a few of them a step. Each element is computed in
/// Double and rounded once.
public protocol SampleValue: BinaryFloatingPoint, Sendable {
  /// Σ weight·values, element by element, in the order given.
  static func combine(_ terms: [(weight: Double, values: [Self])]) -> [Self]

  /// x̂_0 and ε̂ of a network's output, x̂_0 within its limit, and then ε̂ what that leaves of x.
  static func estimate(
    _ output: [Self], x: [Self], at level: NoiseLevel, process: NoiseProcess, limit: EstimateLimit,
    elements: Int
  ) -> Estimate<Self>

  /// x ← x0·x̂_0 + x·x + epsilon·ε̂ + noise·z; writes x̂_0 where it is asked for.
  static func advance(
    _ x: inout [Self], _ output: [Self], by step: ReverseStep, z: [Float], at level: NoiseLevel,
    process: NoiseProcess, clip: Double?, estimate: inout [Self]
  )
}

/// What a network takes a batch to be made of: x = α·x̂_0 + σ·ε̂.
public struct Estimate<Value: Sendable>: Sendable {
  /// (N, D)
  public let x0: [Value]
  /// (N, D)
  public let noise: [Value]
}

/// What a step back in time is made of: x ← x0·x̂_0 + x·x + epsilon·ε̂ + noise·z.
public struct ReverseStep: Sendable {
  var x0 = 0.0
  var x = 0.0
  var epsilon = 0.0
  /// Standard deviation of the fresh noise.
  var noise = 0.0
}

extension Float: SampleValue {
  public static func combine(_ terms: [(weight: Double, values: [Float])]) -> [Float] {
    combined(terms)
  }

  public static func estimate(
    _ output: [Float], x: [Float], at level: NoiseLevel, process: NoiseProcess,
    limit: EstimateLimit, elements: Int
  ) -> Estimate<Float> {
    estimated(output, x: x, at: level, process: process, limit: limit, elements: elements)
  }

  public static func advance(
    _ x: inout [Float], _ output: [Float], by step: ReverseStep, z: [Float], at level: NoiseLevel,
    process: NoiseProcess, clip: Double?, estimate: inout [Float]
  ) {
    walk(
      &x, output, by: step, z: z, at: level, process: process, clip: clip, estimate: &estimate)
  }
}

extension Double: SampleValue {
  public static func combine(_ terms: [(weight: Double, values: [Double])]) -> [Double] {
    combined(terms)
  }

  public static func estimate(
    _ output: [Double], x: [Double], at level: NoiseLevel, process: NoiseProcess,
    limit: EstimateLimit, elements: Int
  ) -> Estimate<Double> {
    estimated(output, x: x, at: level, process: process, limit: limit, elements: elements)
  }

  public static func advance(
    _ x: inout [Double], _ output: [Double], by step: ReverseStep, z: [Float],
    at level: NoiseLevel, process: NoiseProcess, clip: Double?, estimate: inout [Double]
  ) {
    walk(
      &x, output, by: step, z: z, at: level, process: process, clip: clip, estimate: &estimate)
  }
}

// MARK: The loops

/// Which of several NaN comes out of a sum depends on how it was computed: what comes out has one.
@inline(__always)
private func rounded<Value: SampleValue>(_ value: Double) -> Value {
  value.isNaN ? .nan : Value(value)
}

/// Hands over where each of several arrays lies.
private func withPointers<Value, Result>(
  _ arrays: ArraySlice<[Value]>, _ pointers: [UnsafePointer<Value>] = [],
  _ body: ([UnsafePointer<Value>]) -> Result
) -> Result {
  guard let first = arrays.first else { return body(pointers) }
  return first.withUnsafeBufferPointer { buffer in
    guard let pointer = buffer.baseAddress else { return body([]) }
    return withPointers(arrays.dropFirst(), pointers + [pointer], body)
  }
}

@inline(__always)
private func combined<Value: SampleValue>(
  _ terms: [(weight: Double, values: [Value])]
) -> [Value] {
  let count = terms[0].values.count
  precondition(terms.allSatisfy { $0.values.count == count })
  guard count > 0 else { return [] }
  let w = terms.map(\.weight)
  return withPointers(terms.map(\.values)[...]) { v in
    [Value](unsafeUninitializedCapacity: count) { out, initialized in
      initialized = count
      switch w.count {
      case 2:
        let (a, b, wa, wb) = (v[0], v[1], w[0], w[1])
        for k in 0..<count { out[k] = rounded(wa * Double(a[k]) + wb * Double(b[k])) }
      case 3:
        let (a, b, c, wa, wb, wc) = (v[0], v[1], v[2], w[0], w[1], w[2])
        for k in 0..<count {
          out[k] = rounded(wa * Double(a[k]) + wb * Double(b[k]) + wc * Double(c[k]))
        }
      case 4:
        let (a, b, c, d) = (v[0], v[1], v[2], v[3])
        let (wa, wb, wc, wd) = (w[0], w[1], w[2], w[3])
        for k in 0..<count {
          let half = wa * Double(a[k]) + wb * Double(b[k])
          out[k] = rounded(half + wc * Double(c[k]) + wd * Double(d[k]))
        }
      default:
        for k in 0..<count {
          var sum = 0.0
          for i in w.indices { sum += w[i] * Double(v[i][k]) }
          out[k] = rounded(sum)
        }
      }
    }
  }
}

/// x̂_0 and ε̂ of one value, x̂_0 within ±`clip`.
@inline(__always)
private func clipped(
  _ estimate: (x0: Double, noise: Double), xt: Double, at level: NoiseLevel, clip: Double?
) -> (x0: Double, noise: Double) {
  guard let clip, !(abs(estimate.x0) <= clip) else { return estimate }
  // A NaN stays one: it must show, not turn into a grey pixel.
  let x0 = estimate.x0.isNaN ? estimate.x0 : estimate.x0 < 0 ? -clip : clip
  return (x0, level.noise(xt: xt, x0: x0))
}

@inline(__always)
private func estimated<Value: SampleValue>(
  _ output: [Value], x: [Value], at level: NoiseLevel, process: NoiseProcess, limit: EstimateLimit,
  elements: Int
) -> Estimate<Value> {
  let (prediction, sigmaData) = (process.prediction, process.sigmaData)
  let clip: Double? = if case .clip(let range) = limit { range } else { nil }
  var noise = [Value]()
  var x0 = [Value](unsafeUninitializedCapacity: x.count) { x0, initialized in
    initialized = x.count
    noise = [Value](unsafeUninitializedCapacity: x.count) { noise, initialized in
      initialized = x.count
      for k in 0..<x.count {
        let xt = Double(x[k])
        let e = clipped(
          prediction.estimates(
            from: Double(output[k]), xt: xt, at: level, sigmaData: sigmaData),
          xt: xt, at: level, clip: clip)
        x0[k] = rounded(e.x0)
        noise[k] = rounded(e.noise)
      }
    }
  }
  if case .dynamic(let quantile) = limit {
    for first in stride(from: 0, to: x.count, by: elements) {
      let sample = first..<first + elements
      let threshold = max(1, Value(quantileOfMagnitudes(x0[sample], quantile)))
      guard threshold > 1 else {
        for k in sample where abs(x0[k]) > 1 {
          x0[k] = x0[k] < 0 ? -1 : 1
          noise[k] = rounded(level.noise(xt: Double(x[k]), x0: Double(x0[k])))
        }
        continue
      }
      for k in sample {
        if !x0[k].isNaN { x0[k] = max(-threshold, min(threshold, x0[k])) / threshold }
        noise[k] = rounded(level.noise(xt: Double(x[k]), x0: Double(x0[k])))
      }
    }
  }
  return Estimate(x0: x0, noise: noise)
}

/// The quantile of |values|, between two of them in proportion.
private func quantileOfMagnitudes<Value: SampleValue>(
  _ values: ArraySlice<Value>, _ quantile: Double
) -> Double {
  let sorted = values.map { abs(Double($0)) }.sorted()
  let place = quantile * Double(sorted.count - 1)
  let below = Int(place)
  guard below + 1 < sorted.count else { return sorted.last ?? 0 }
  return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
}

@inline(__always)
private func walk<Value: SampleValue>(
  _ x: inout [Value], _ output: [Value], by step: ReverseStep, z: [Float], at level: NoiseLevel,
  process: NoiseProcess, clip: Double?, estimate: inout [Value]
) {
  let (prediction, sigmaData) = (process.prediction, process.sigmaData)
  let isNoisy = step.noise > 0
  let isSeen = !estimate.isEmpty
  for k in x.indices {
    let xt = Double(x[k])
    let (x0, e) = clipped(
      prediction.estimates(from: Double(output[k]), xt: xt, at: level, sigmaData: sigmaData),
      xt: xt, at: level, clip: clip)
    var next = step.x0 * x0 + step.x * xt + step.epsilon * e
    if isNoisy { next += step.noise * Double(z[k]) }
    if isSeen { estimate[k] = Value(x0) }
    x[k] = rounded(next)
  }
}
