private import CKernels

/// What a format makes of values x, q being what they are rounded to.
public struct RoundingSums: Sendable, Hashable {
  /// x that are not 0.
  public var values = 0
  /// Of these: q is 0 or subnormal.
  public var underflows = 0
  /// Of these: q is 0.
  public var zeros = 0
  /// Of these: beyond the format's largest number; what is not finite too.
  public var overflows = 0
  /// Σ x² of what is finite.
  public var power = 0.0
  /// Σ (x − q)² of it; what overflows is taken as the format's largest number.
  public var error = 0.0

  /// Sums over nothing.
  public init() {}

  /// Adds the sums over other values.
  public static func += (sums: inout RoundingSums, others: RoundingSums) {
    sums.values += others.values
    sums.underflows += others.underflows
    sums.zeros += others.zeros
    sums.overflows += others.overflows
    sums.power += others.power
    sums.error += others.error
  }

  /// Of the values that are not 0; 0 where there are none.
  public var underflowShare: Double { Double(underflows) / Double(max(values, 1)) }
  /// Of the values that are not 0; 0 where there are none.
  public var zeroShare: Double { Double(zeros) / Double(max(values, 1)) }
  /// Of the values that are not 0; 0 where there are none.
  public var overflowShare: Double { Double(overflows) / Double(max(values, 1)) }
  /// ‖x − q‖/‖x‖, the root of noise over signal; 0 of nothing but zeros.
  public var relativeError: Double { power > 0 ? (error / power).squareRoot() : 0 }
}

extension KernelSet {
  /// What a format makes of values; the same bits from every set.
  /// - Parameter isScaled: whether they take the format's scale of their largest magnitude first, and lose it again.
  public func examine(
    _ values: UnsafeBufferPointer<Float>, as format: ShortFormat, isScaled: Bool = false
  ) -> RoundingSums {
    let kernels = table.pointee
    let scale =
      isScaled ? format.scale(of: kernels.largest(values.baseAddress, values.count)) : 1
    var found = wb_rounding_sums()
    kernels.examine(&found, values.baseAddress, values.count, scale, 1 / scale, format.operand)
    var sums = RoundingSums()
    sums.values = Int(found.values)
    sums.underflows = Int(found.underflows)
    sums.zeros = Int(found.zeros)
    sums.overflows = Int(found.overflows)
    (sums.power, sums.error) = (found.power, found.error)
    return sums
  }

  /// Each value in the format, as a float32; with a scale of the largest magnitude where `isScaled`.
  public func rounded(
    _ values: [Float], to format: ShortFormat, isScaled: Bool = false
  ) -> [Float] {
    let scale = isScaled ? format.scale(of: table.pointee.largest(values, values.count)) : 1
    var result = values
    table.pointee.round_scaled(&result, values, values.count, scale, 1 / scale, format.operand)
    return result
  }
}
