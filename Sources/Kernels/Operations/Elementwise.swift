private import CKernels

/// Whole-buffer arithmetic outside the tape.
extension KernelSet {
  /// out = a·x + b·y, element by element.
  package func blend(
    _ x: UnsafePointer<Float>, _ a: Float, _ y: UnsafePointer<Float>, _ b: Float,
    into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.pointee.blend(out, x, y, a, b, count)
  }

  /// One step of Adam (Kingma & Ba 2015, algorithm 1) on `range` of flat buffers, and of the weights' average:
  /// average ← decay·average + (1 − decay)·weights.
  /// - Parameters:
  ///   - average: nil where none is kept.
  ///   - step: steps taken, this one included.
  ///   - scale: multiplies the gradient first.
  package func adam(
    weights: AlignedBuffer, m: AlignedBuffer, v: AlignedBuffer, average: AlignedBuffer?,
    gradient: AlignedBuffer, range: Range<Int>, step: Int, learningRate: Double, beta1: Double,
    beta2: Double, epsilon: Double, scale: Double, decay: Double
  ) {
    var settings = wb_adam(
      rate: Float(learningRate / (1 - power(beta1, step))), beta1: Float(beta1),
      beta2: Float(beta2), rest1: Float(1 - beta1), rest2: Float(1 - beta2),
      correction: Float(1 / (1 - power(beta2, step))),
      epsilon: Float(epsilon), scale: Float(scale), rest: Float(1 - decay))
    table.pointee.adam(
      weights.pointer + range.lowerBound, m.pointer + range.lowerBound,
      v.pointer + range.lowerBound, average.map { $0.pointer + range.lowerBound },
      gradient.pointer + range.lowerBound, &settings, range.count)
  }

  /// Σ x² over `range`, in double; the same bits from every set.
  package func squareSum(_ x: AlignedBuffer, range: Range<Int>) -> Double {
    table.pointee.square_sum(x.pointer + range.lowerBound, range.count)
  }

  /// base^exponent by squaring: the same bits on every system, unlike its library's `pow`.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, remaining) = (1.0, base, exponent)
    while remaining > 0 {
      if remaining & 1 == 1 { result *= square }
      square *= square
      remaining >>= 1
    }
    return result
  }
}
