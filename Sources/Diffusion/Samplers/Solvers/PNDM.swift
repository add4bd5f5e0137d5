/// Pseudo linear multistep (Liu 2022, PNDM, eq. 12; its start with one evaluation of the second level more, as S-PNDM's
/// eq. 13): order 2 at its start, the coefficients of Adams and Bashforth's fourth order on even steps after.
///
/// ε' of the last four, then DDIM's step with ε' in the place of ε̂: one evaluation a step and one in all.
///
/// - Returns: (N, D).
public func pndm<Value>(_ descent: Descent<Value>) throws -> [Value] {
  var history: [[Value]] = []
  return try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    guard !step.isFromPureNoise else { return (descent.move(estimate, to: step.to), estimate.x0) }
    func transfer(_ noise: [Value]) -> [Value] {
      descent.combine(
        (step.to.signal / step.from.signal, x),
        (step.to.signal * (step.to.ratio - step.from.ratio), noise))
    }
    history = [estimate.noise] + history.prefix(3)
    switch history.count {
    case 1:
      guard !step.isToData else { break }
      let next = try descent.estimate(transfer(estimate.noise), at: step.to)
      return (transfer(descent.combine((0.5, estimate.noise), (0.5, next.noise))), estimate.x0)
    case 2:
      return (transfer(descent.combine((1.5, history[0]), (-0.5, history[1]))), estimate.x0)
    case 3:
      return (
        transfer(
          descent.combine((23 / 12, history[0]), (-16 / 12, history[1]), (5 / 12, history[2]))),
        estimate.x0
      )
    default:
      return (
        transfer(
          descent.combine(
            (55 / 24, history[0]), (-59 / 24, history[1]), (37 / 24, history[2]),
            (-9 / 24, history[3]))), estimate.x0
      )
    }
    return (transfer(estimate.noise), estimate.x0)
  }
}
