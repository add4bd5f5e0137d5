private import CKernels

/// Whole-buffer arithmetic outside the tape.
extension KernelSet {
  /// out = a·x + b·y, element by element.
  public func blend(
    _ x: UnsafePointer<Float>, _ a: Float, _ y: UnsafePointer<Float>, _ b: Float,
    into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.pointee.blend(out, x, y, a, b, count)
  }

  /// One step of Adam (Kingma & Ba 2015, algorithm 1) on `range` of flat buffers.
  /// - Parameters:
  ///   - step: steps taken, this one included.
  ///   - scale: multiplies the gradient first.
  public func adam(
    weights: AlignedBuffer, m: AlignedBuffer, v: AlignedBuffer, gradient: AlignedBuffer,
    range: Range<Int>, step: Int, learningRate: Double, beta1: Double, beta2: Double,
    epsilon: Double, scale: Double
  ) {
    var settings = wb_adam(
      rate: Float(learningRate / (1 - power(beta1, step))), beta1: Float(beta1),
      beta2: Float(beta2), rest1: Float(1 - beta1), rest2: Float(1 - beta2),
      correction: Float(1 / (1 - power(beta2, step))),
      epsilon: Float(epsilon), scale: Float(scale))
    table.pointee.adam(
      weights.pointer + range.lowerBound, m.pointer + range.lowerBound,
      v.pointer + range.lowerBound, gradient.pointer + range.lowerBound, &settings, range.count)
  }

  /// average ← decay·average + (1 − decay)·weights, on `range`.
  public func average(
    _ average: AlignedBuffer, _ weights: AlignedBuffer, range: Range<Int>, decay: Double
  ) {
    table.pointee.average(
      average.pointer + range.lowerBound, weights.pointer + range.lowerBound, Float(1 - decay),
      range.count)
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
