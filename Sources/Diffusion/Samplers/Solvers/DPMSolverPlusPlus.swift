import Foundation

// DPM-Solver++ (Lu 2022b): exponential integrators of x̂_0 in ℓ = −ln s, where h is a step of ℓ. All share
// x ← σ_{i+1}/σ_i·x + α_{i+1}·(1 − e^{−h})·D with an x̂_0 carried forward in D; no division by α, so that they start from
// pure noise too.

/// DPM-Solver++(2M) (Lu 2022b, algorithm 2): order 2, one evaluation a step. The first step and the one to data are of
/// order 1.
///
/// D = (1 + 1/(2r))·x̂_i − 1/(2r)·x̂_{i−1}, r = h_{i−1}/h_i.
///
/// - Returns: (N, D).
public func dpmpp2M<Value>(_ descent: Descent<Value>) throws -> [Value] {
  var last: (x0: [Value], h: Double)?
  return try descent.walk { x, step in
    let x0 = try descent.denoised(x, at: step.from)
    let (transition, gain) = (step.transition, step.gain)
    defer { last = (x0, transition.logStep) }
    guard let last, !step.isToData, last.h < .infinity else {
      return (descent.decay(x, step, (gain, x0)), x0)
    }
    let half = transition.logStep / (2 * last.h)
    return (
      descent.decay(x, step, (gain * (1 + half), x0), (-gain * half, last.x0)), x0
    )
  }
}

/// DPM-Solver++(3M) (Lu 2022b, appendix B, after Lu 2022's multistep solver of order 3): order 3 where its first two steps
/// are exact, 2 as it starts, by orders 1 and 2. The step to data is of order 1, and of fewer than 15 steps the one before
/// of order 2.
///
/// - Returns: (N, D).
public func dpmpp3M<Value>(_ descent: Descent<Value>) throws -> [Value] {
  var history: [(x0: [Value], h: Double)] = []
  return try descent.walk { x, step in
    let x0 = try descent.denoised(x, at: step.from)
    let (h, gain) = (step.transition.logStep, step.gain)
    defer {
      history = h < .infinity ? [(x0, h)] + history.prefix(1) : []
    }
    let endsEarly = step.count < 15 && step.place == 1 && descent.endsAtData
    let order = min(history.count + 1, step.isToData ? 1 : endsEarly ? 2 : 3)
    switch order {
    case 1: return (descent.decay(x, step, (gain, x0)), x0)
    case 2:
      let half = h / (2 * history[0].h)
      return (
        descent.decay(x, step, (gain * (1 + half), x0), (-gain * half, history[0].x0)),
        x0
      )
    default:
      // Divided differences: D1, D2 of a parabola in ℓ/h through the last three.
      let (r0, r1) = (history[0].h / h, history[1].h / h)
      // φ_1 = (e^{−h} − 1)/h + 1 and φ_2 = (e^{−h} − 1 + h)/h² − ½ of the paper, with their signs.
      let first = step.to.signal * (expm1(-h) / h + 1)
      let second = -step.to.signal * ((expm1(-h) + h) / (h * h) - 0.5)
      // D1 = (1 + r0/(r0 + r1))·d0 − r0/(r0 + r1)·d1, D2 = (d0 − d1)/(r0 + r1),
      // d0 = (x̂_i − x̂_{i−1})/r0, d1 = (x̂_{i−1} − x̂_{i−2})/r1.
      let share = r0 / (r0 + r1)
      let d0 = first * (1 + share) + second / (r0 + r1)
      let d1 = -(first * share + second / (r0 + r1))
      return (
        descent.decay(
          x, step, (gain + d0 / r0, x0), (-d0 / r0 + d1 / r1, history[0].x0),
          (-d1 / r1, history[1].x0)), x0
      )
    }
  }
}

/// DPM-Solver++(2S) (Lu 2022b, algorithm 1, r = ½): order 2, two evaluations a step but for the one to data.
///
/// D is x̂_0 half-way in ℓ, where a step of order 1 leads.
///
/// - Returns: (N, D).
public func dpmpp2S<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    guard !step.isToData, !step.isFromPureNoise else {
      return (descent.decay(x, step, (step.gain, estimate.x0)), estimate.x0)
    }
    let middle = descent.process.level(ratio: (step.from.ratio * step.to.ratio).squareRoot())
    let halfway = try descent.denoised(descent.move(estimate, to: middle), at: middle)
    return (descent.decay(x, step, (step.gain, halfway)), estimate.x0)
  }
}

/// SDE-DPM-Solver++(2M) (Lu 2022b, eq. 18, midpoint): order 2 in what is deterministic, noise of one Brownian path.
///
/// x ← σ_{i+1}/σ_i·e^{−h}·x + α_{i+1}·(1 − e^{−2h})·D + σ_{i+1}·√(1 − e^{−2h})·z, D as in 2M.
///
/// - Returns: (N, D).
public func dpmpp2MSDE<Value>(_ descent: Descent<Value>) throws -> [Value] {
  var last: (x0: [Value], h: Double)?
  return try descent.walk { x, step in
    let x0 = try descent.denoised(x, at: step.from)
    let h = step.transition.logStep
    defer { last = (x0, h) }
    guard !step.isToData else {
      return (descent.decay(x, step, (step.gain, x0)), x0)
    }
    let gain = -expm1(-2 * h)
    let half = last.map { $0.h < .infinity ? h / (2 * $0.h) : 0 } ?? 0
    var terms = [
      (step.to.sigma / step.from.sigma * exp(-h), x),
      (step.to.signal * gain * (1 + half), x0),
      (step.to.sigma * gain.squareRoot(), descent.normals(.path(from: step.from, to: step.to))),
    ]
    if half != 0, let last { terms.append((-step.to.signal * gain * half, last.x0)) }
    return (Value.combine(terms), x0)
  }
}

/// SDE-DPM-Solver++(2S): an ancestral step of order 1 half-way in ℓ, and from the start again with the x̂_0 found there,
/// noise of one Brownian path over both (Lu 2022b, section 4.3's SDE by the singlestep rule of algorithm 1, r = ½).
///
/// - Returns: (N, D).
public func dpmppSDE<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let x0 = try descent.denoised(x, at: step.from)
    guard !step.isToData else {
      return (descent.decay(x, step, (step.gain, x0)), x0)
    }
    func ancestral(_ x0: [Value], to level: NoiseLevel) -> [Value] {
      let ratio = Transition(from: step.from, to: level).ratio
      // To s_down = s'·ratio, which is ratio² of the noise in x, and back up.
      return descent.combine(
        (level.sigma / step.from.sigma * ratio, x), (level.signal * (1 - ratio * ratio), x0),
        (
          level.sigma * (1 - ratio * ratio).squareRoot(),
          descent.normals(.path(from: step.from, to: level))
        ))
    }
    guard !step.isFromPureNoise else { return (ancestral(x0, to: step.to), x0) }
    let middle = descent.process.level(ratio: (step.from.ratio * step.to.ratio).squareRoot())
    let halfway = try descent.denoised(ancestral(x0, to: middle), at: middle)
    return (ancestral(halfway, to: step.to), x0)
  }
}

extension Descent.Step {
  /// α_{i+1}·(1 − e^{−h}): what a step takes of x̂_0.
  var gain: Double { to.signal * (1 - transition.ratio) }
}

extension Descent {
  /// σ_{i+1}/σ_i·x and the rest.
  func decay(_ x: [Value], _ step: Step, _ terms: (weight: Double, values: [Value])...) -> [Value] {
    Value.combine([(step.to.sigma / step.from.sigma, x)] + terms)
  }
}
