/// The energy distance of two sets of points, √(2·E|x − y| − E|x − x'| − E|y − y'|), each mean over all pairs, a point
/// with itself among them (Székely & Rizzo 2013, eq. 5, and its root; SciPy's `energy_distance` in one dimension).
///
/// 0 where the two sets are the same, and between samples of one distribution the smaller the more there are: compare
/// it at equal counts, beside the distance of as many real points.
struct EnergyDistance: Sendable {
  /// (N, D)
  private let points: [Float]
  private let elements: Int
  /// E|x − x'| of the points.
  private let own: Double

  /// - Parameters:
  ///   - points: (N, D), to measure others against.
  ///   - elements: D.
  init(to points: [Float], elements: Int) {
    self.points = points
    self.elements = elements
    own = Self.meanDistance(points, points, elements: elements)
  }

  /// - Parameter others: (M, D).
  /// - Returns: NaN if a point is not finite.
  func callAsFunction(_ others: [Float]) -> Double {
    let cross = Self.meanDistance(points, others, elements: elements)
    let square = 2 * cross - own - Self.meanDistance(others, others, elements: elements)
    // Equal sets may come out a rounding error below 0; what is not finite stays so.
    return square < 0 ? 0 : square.squareRoot()
  }

  private static func meanDistance(_ x: [Float], _ y: [Float], elements: Int) -> Double {
    let (n, m) = (x.count / elements, y.count / elements)
    var sum = 0.0
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        for i in 0..<n {
          var row = 0.0
          for j in 0..<m {
            var square = 0.0
            for d in 0..<elements {
              let difference = Double(x[i * elements + d]) - Double(y[j * elements + d])
              square += difference * difference
            }
            row += square.squareRoot()
          }
          sum += row
        }
      }
    }
    return sum / (Double(n) * Double(m))
  }
}
