import Foundation
import Kernels
import Testing

/// Attention: heads around the narrow outputs and the vectors, tokens around the tiles and panels, scores near zero, peaked,
/// far below zero and far above.
@Suite struct AttentionShapes {
  @Test(arguments: Drawing.rounds(150)) func attention(round: Int) {
    var drawing = Drawing(4, round: round)
    let heads = drawing.integer(1...4)
    let size = drawing.one(of: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40])
    let shape = Shape(
      count: drawing.integer(1...2), height: drawing.integer(1...7), width: drawing.integer(1...8),
      channels: heads * size)
    let (spread, centre) = drawing.one(
      of: [(0.1, 0), (1, 0), (4, 0), (1e-20, 0), (0.05, 12), (0.05, -12), (0.5, 30), (0.5, -30)]
        as [(Float, Float)])
    let slopes = drawing.one(of: [Values.normal, .tiny, .huge, .zero])
    // Operands of 8 bits are rounded before these kernels see them, which are fp32's.
    for precision in Precision.allCases where precision != .fp8 {
      func scores(_ centre: Float) -> [Float] {
        drawing.normals(shape.elements).map { precision.rounded(centre + spread * $0) }
      }
      // All scores of a query have the sign of its centre, or none.
      let (q, k) = (scores(abs(centre)), scores(centre))
      let v = drawing.values(shape.elements, .normal, precision)
      let direction = drawing.values(
        shape.elements, precision == .fp16 && slopes == .huge ? .normal : slopes, precision)
      let operation = Operation(
        name: "attention of \(shape), \(heads) heads, \(centre) ± \(spread), \(slopes) slopes",
        inputs: [(shape, q), (shape, k), (shape, v)]
      ) { tape, x in tape.attention(q: x[0], k: x[1], v: x[2], heads: heads) }
      let plain = Plain(shape: shape, heads: heads, precision: precision)
      let expected = plain(
        q.map(Double.init), k.map(Double.init), v.map(Double.init), direction.map(Double.init))
      operation.check(&drawing, precision, direction: direction) { _ in
        (expected.output, expected.gradients, Bounds())
      }
    }
  }

  /// The definition, forward and backward, beside what rounding may do to it.
  private struct Plain {
    var shape: Shape
    var heads: Int
    var precision: Precision

    func callAsFunction(_ q: [Double], _ k: [Double], _ v: [Double], _ dy: [Double]) -> (
      output: Bounds, gradients: [Bounds]
    ) {
      let zeros = q.map { _ in 0.0 }
      var (y, dq, dk, dv) = (
        Bounds(zeros, zeros), Bounds(zeros, zeros), Bounds(zeros, zeros), Bounds(zeros, zeros)
      )
      let (size, pixels) = (shape.channels / heads, shape.pixels)
      let scale = 1 / Double(size).squareRoot()
      // Probabilities and the scores' gradients are rounded before they are multiplied; float16 has no less than 2^-24.
      let unit = precision == .fp32 ? 2e-6 : 1.01 * precision.unit + 2e-6
      let least = precision == .fp16 ? 0x1p-24 : 0
      for n in 0..<shape.count {
        for h in 0..<heads {
          func place(_ p: Int, _ c: Int) -> Int { (n * pixels + p) * shape.channels + h * size + c }
          func product(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int) -> (
            sum: Double, size: Double
          ) {
            var (sum, magnitude) = (0.0, 0.0)
            for c in 0..<size {
              sum += a[place(i, c)] * b[place(j, c)]
              magnitude += abs(a[place(i, c)] * b[place(j, c)])
            }
            return (sum, magnitude)
          }
          for i in 0..<pixels {
            let scores = (0..<pixels).map { product(q, i, k, $0) }
            let top = scores.map(\.sum).max() ?? 0
            let weights = scores.map { exp(($0.sum - top) * scale) }
            let total = weights.reduce(0, +)
            // A score's rounding is its probability's relative error, as is the largest one's.
            let off = 4e-7 * scale * (scores.map(\.size).max() ?? 0) + unit
            let slopes = (0..<pixels).map { product(dy, i, v, $0) }
            let mean = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1.sum } / total
            let meanSize = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1.size } / total
            for j in 0..<pixels {
              let probability = weights[j] / total
              let error = probability * off + least
              let score = probability * (slopes[j].sum - mean) * scale
              let scoreError =
                (probability * (slopes[j].size + meanSize) * off
                  + 1e-37 * (slopes[j].size + meanSize)) * scale + least
              for c in 0..<size {
                let (at, to) = (place(i, c), place(j, c))
                y.values[at] += probability * v[to]
                y.errors[at] += error * abs(v[to])
                dv.values[to] += probability * dy[at]
                dv.errors[to] += error * abs(dy[at])
                dq.values[at] += score * k[to]
                dq.errors[at] += scoreError * abs(k[to])
                dk.values[to] += score * q[at]
                dk.errors[to] += scoreError * abs(q[at])
              }
            }
          }
        }
      }
      return (y, [dq, dk, dv])
    }
  }
}
