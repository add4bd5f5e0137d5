/// What samples are computed in: Float, or Double, in which an order of convergence can be seen.
///
/// The loops over elements are here, once; what a sampler does is a few of them a step. Each element is computed in
/// Double and rounded once.
public protocol SampleValue: BinaryFloatingPoint, Sendable {
  /// Σ weight·values, element by element, in the order given.
  static func combine(_ terms: [(weight: Double, values: [Self])]) -> [Self]

  /// x̂_0 of a network's output, within its limit.
  static func denoised(
    _ output: [Self], x: [Self], at level: NoiseLevel, process: NoiseProcess, limit: EstimateLimit,
    elements: Int
  ) -> [Self]

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

  public static func denoised(
    _ output: [Float], x: [Float], at level: NoiseLevel, process: NoiseProcess,
    limit: EstimateLimit, elements: Int
  ) -> [Float] {
    cleaned(output, x: x, at: level, process: process, limit: limit, elements: elements)
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

  public static func denoised(
    _ output: [Double], x: [Double], at level: NoiseLevel, process: NoiseProcess,
    limit: EstimateLimit, elements: Int
  ) -> [Double] {
    cleaned(output, x: x, at: level, process: process, limit: limit, elements: elements)
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

/// Hands over x, x̂_0 and ε̂ of each value, x̂_0 within ±`clip`, and ε̂ what that leaves of x where it is held there.
///
/// There is no branch for a value, so that several go together.
@inline(__always)
private func forEachEstimate<Value: SampleValue>(
  _ x: UnsafePointer<Value>, _ output: UnsafePointer<Value>, count: Int, at level: NoiseLevel,
  process: NoiseProcess, clip: Double?,
  _ body: (_ k: Int, _ xt: Double, _ x0: Double, _ noise: Double) -> Void
) {
  let form = process.prediction.form(at: level, sigmaData: process.sigmaData)
  let (ofX, ofOutput, divisor) = (form.x, form.output, form.divisor)
  let (alpha, sigma, limit) = (level.signal, level.sigma, clip ?? .infinity)
  if form.isNoise {
    for k in 0..<count {
      let (xt, said) = (Double(x[k]), Double(output[k]))
      let free = (ofX * xt + ofOutput * said) / divisor
      // A NaN stays one: it must show, not turn into a grey pixel.
      let x0 = free > limit ? limit : free < -limit ? -limit : free
      body(k, xt, x0, x0 == free ? said : (xt - alpha * x0) / sigma)
    }
  } else {
    for k in 0..<count {
      let (xt, said) = (Double(x[k]), Double(output[k]))
      let free = (ofX * xt + ofOutput * said) / divisor
      let x0 = free > limit ? limit : free < -limit ? -limit : free
      body(k, xt, x0, (xt - alpha * x0) / sigma)
    }
  }
}

@inline(__always)
private func cleaned<Value: SampleValue>(
  _ output: [Value], x: [Value], at level: NoiseLevel, process: NoiseProcess, limit: EstimateLimit,
  elements: Int
) -> [Value] {
  let count = x.count
  var x0 = [Value](unsafeUninitializedCapacity: count) { x0, initialized in
    initialized = count
    guard let x0 = x0.baseAddress else { return }
    withPointers([x, output]) { from in
      guard from.count == 2 else { return }
      forEachEstimate(
        from[0], from[1], count: count, at: level, process: process, clip: limit.range
      ) { k, _, estimate, _ in
        x0[k] = rounded(estimate)
      }
    }
  }
  if case .dynamic(let quantile) = limit { hold(&x0, within: quantile, elements: elements) }
  return x0
}

@inline(__always)
private func estimated<Value: SampleValue>(
  _ output: [Value], x: [Value], at level: NoiseLevel, process: NoiseProcess, limit: EstimateLimit,
  elements: Int
) -> Estimate<Value> {
  let count = x.count
  var noise = [Value]()
  var x0 = [Value](unsafeUninitializedCapacity: count) { x0, initialized in
    initialized = count
    noise = [Value](unsafeUninitializedCapacity: count) { noise, initialized in
      initialized = count
      guard let x0 = x0.baseAddress, let noise = noise.baseAddress else { return }
      withPointers([x, output]) { from in
        guard from.count == 2 else { return }
        forEachEstimate(
          from[0], from[1], count: count, at: level, process: process, clip: limit.range
        ) { k, _, estimate, rest in
          x0[k] = rounded(estimate)
          noise[k] = rounded(rest)
        }
      }
    }
  }
  if case .dynamic(let quantile) = limit {
    hold(&x0, within: quantile, elements: elements)
    for k in noise.indices {
      noise[k] = rounded(level.noise(xt: Double(x[k]), x0: Double(x0[k])))
    }
  }
  return Estimate(x0: x0, noise: noise)
}

/// Holds each sample's x̂_0 within a quantile of its magnitudes and scales it to 1, where that quantile is larger.
private func hold<Value: SampleValue>(
  _ x0: inout [Value], within quantile: Double, elements: Int
) {
  for first in stride(from: 0, to: x0.count, by: elements) {
    let sample = first..<first + elements
    let threshold = max(1, Value(quantileOfMagnitudes(x0[sample], quantile)))
    for k in sample where !x0[k].isNaN {
      x0[k] = max(-threshold, min(threshold, x0[k])) / threshold
    }
  }
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
  let count = x.count
  let (ofX0, ofX, ofNoise, deviation) = (step.x0, step.x, step.epsilon, step.noise)
  x.withUnsafeMutableBufferPointer { x in
    guard let x = x.baseAddress else { return }
    output.withUnsafeBufferPointer { output in
      guard let output = output.baseAddress else { return }
      if !estimate.isEmpty {
        forEachEstimate(x, output, count: count, at: level, process: process, clip: clip) {
          k, _, x0, _ in
          estimate[k] = Value(x0)
        }
      }
      if deviation > 0 {
        z.withUnsafeBufferPointer { z in
          forEachEstimate(x, output, count: count, at: level, process: process, clip: clip) {
            k, xt, x0, noise in
            let mean = ofX0 * x0 + ofX * xt + ofNoise * noise
            x[k] = rounded(mean + deviation * Double(z[k]))
          }
        }
      } else {
        forEachEstimate(x, output, count: count, at: level, process: process, clip: clip) {
          k, xt, x0, noise in
          x[k] = rounded(ofX0 * x0 + ofX * xt + ofNoise * noise)
        }
      }
    }
  }
}
