/// The 4×4 kernel of an upsampling convolution, [tap][a][b], and the 3×3 weight it comes from, laid out alike.
///
/// Output 2u sees inputs u − 1 and u, output 2u + 1 sees u and u + 1; the definition's taps 0, 1, 2 see the doubled
/// rows 2u − 1, 2u, 2u + 1 of u − 1, u, u (and 2u, 2u + 1, 2u + 2 of u, u, u + 1).
enum UpsamplingKernel {
  /// Which of the three taps each of the four sums, in a row as in a column.
  private static let sums = [[2], [1, 2], [0, 1], [0]]

  /// kernel[y][x] = Σ weight over the taps that fall together.
  static func expand(
    _ weight: UnsafePointer<Float>, into kernel: UnsafeMutablePointer<Float>, a: Int, b: Int
  ) {
    eachPair(size: a * b) { place, tap, isFirst in
      for i in 0..<(a * b) {
        kernel[place + i] = isFirst ? weight[tap + i] : kernel[place + i] + weight[tap + i]
      }
    }
  }

  /// The adjoint: each tap's gradient is the sum over the places it went to.
  static func addGradient(
    _ kernel: UnsafePointer<Float>, to weight: UnsafeMutablePointer<Float>, a: Int, b: Int
  ) {
    eachPair(size: a * b) { place, tap, _ in
      for i in 0..<(a * b) { weight[tap + i] += kernel[place + i] }
    }
  }

  /// Offsets of a tap of the kernel and one of the weight's that it sums.
  private static func eachPair(
    size: Int, _ body: (_ place: Int, _ tap: Int, _ isFirst: Bool) -> Void
  ) {
    for (y, rows) in sums.enumerated() {
      for (x, columns) in sums.enumerated() {
        for row in rows {
          for column in columns {
            body(
              (4 * y + x) * size, (3 * row + column) * size,
              row == rows[0] && column == columns[0])
          }
        }
      }
    }
  }
}
