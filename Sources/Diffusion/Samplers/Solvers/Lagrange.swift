/// Integrals of the polynomials that multistep methods lay through what they have seen.
enum Lagrange {
  /// ∫ L_j(w)·weight(w) dw from `from` to `to`, of each j: L_j is 1 at knot j and 0 at the others.
  ///
  /// By Gauss and Legendre's eight nodes on each of some parts: exact for polynomials, and of e^w over a few units to the
  /// last digits of Double.
  static func integrals(
    knots: [Double], from: Double, to: Double, weight: (Double) -> Double = { _ in 1 }
  ) -> [Double] {
    let parts = 1 + Int(abs(to - from))
    var sums = [Double](repeating: 0, count: knots.count)
    let width = (to - from) / Double(min(parts, 64))
    for part in 0..<min(parts, 64) {
      let middle = from + (Double(part) + 0.5) * width
      for (node, share) in nodes {
        let w = middle + node * width / 2
        let value = weight(w) * share * width / 2
        for j in knots.indices { sums[j] += value * polynomial(j, knots, at: w) }
      }
    }
    return sums
  }

  private static func polynomial(_ j: Int, _ knots: [Double], at w: Double) -> Double {
    var product = 1.0
    for k in knots.indices where k != j { product *= (w - knots[k]) / (knots[j] - knots[k]) }
    return product
  }

  /// Nodes and weights on [−1, 1] (Abramowitz & Stegun 1964, table 25.4, n = 8).
  private static let nodes: [(Double, Double)] = {
    let half = [
      (0.183434642495649804939476142360184, 0.362683783378361982965150449277196),
      (0.525532409916328985817739049189246, 0.313706645877887287337962201986601),
      (0.796666477413626739591553936475830, 0.222381034453374470544355994426241),
      (0.960289856497536231683560868569473, 0.101228536290376259152531354309962),
    ]
    return half + half.map { (-$0.0, $0.1) }
  }()
}
