import CKernels

/// A format of 16 or 8 bits that a float32 can be rounded to: to nearest, ties to even.
///
/// The 8-bit ones are those of Micikevicius et al. 2022 (*FP8 Formats for Deep Learning*): e4m3 has no infinity, and what
/// rounds beyond 448 is NaN; e5m2 is float16 with fewer bits.
public enum ShortFormat: String, Sendable, Hashable, CaseIterable {
  /// IEEE 754 binary16.
  case fp16
  /// The upper half of a float32.
  case bf16
  /// 4 bits of exponent, 3 of mantissa.
  case e4m3
  /// 5 bits of exponent, 2 of mantissa.
  case e5m2

  /// The largest finite number.
  public var largest: Float {
    switch self {
    case .fp16: 65504
    case .bf16: 0x1.FEp127
    case .e4m3: 448
    case .e5m2: 57344
    }
  }

  /// The smallest number with all bits of its mantissa.
  public var smallestNormal: Float {
    switch self {
    case .fp16, .e5m2: 0x1p-14
    case .bf16: 0x1p-126
    case .e4m3: 0x1p-6
    }
  }

  /// The smallest number above 0.
  public var smallestSubnormal: Float {
    switch self {
    case .fp16: 0x1p-24
    case .bf16: 0x1p-133
    case .e4m3: 0x1p-9
    case .e5m2: 0x1p-16
    }
  }

  var operand: Operand {
    switch self {
    case .fp16: wb_round_fp16
    case .bf16: wb_round_bf16
    case .e4m3: wb_round_e4m3
    case .e5m2: wb_round_e5m2
    }
  }

  /// The power of two that takes a tensor's largest magnitude as far up as the format reaches: the largest 2^k with
  /// 2^k·largest ≤ `largest`, k in −126 … 126; 1 of a tensor of zeros and of one that is not finite.
  /// - Parameter magnitude: bits of the largest magnitude.
  func scale(of magnitude: UInt32) -> Float {
    let value = Float(bitPattern: magnitude)
    guard value > 0, value.isFinite else { return 1 }
    var exponent = Int(largest.exponent) - Int(value.exponent)
    if value.significand > largest.significand { exponent -= 1 }
    return Float(sign: .plus, exponent: max(-126, min(126, exponent)), significand: 1)
  }
}
