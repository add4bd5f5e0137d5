import Foundation
import Kernels

/// Where a test's random shapes and values come from: SplitMix64 (Steele 2014), so that round i of a suite is the same
/// in every run and can be asked for alone.
struct Drawing {
  /// Shapes that all suites together draw: `KERNEL_SHAPES`, 2,000 unless it says otherwise.
  static let shapes = ProcessInfo.processInfo.environment["KERNEL_SHAPES"].flatMap(Int.init) ?? 2000

  /// A suite's rounds, `thousandths` of all.
  static func rounds(_ thousandths: Int) -> Range<Int> { 0..<max(1, shapes * thousandths / 1000) }

  private var state: UInt64

  init(_ suite: UInt64, round: Int) {
    state = suite &* 0xd134_2543_de82_ef95 &+ UInt64(round)
    _ = bits()
  }

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits() % UInt64(range.count))
  }

  mutating func one<Element>(of choices: [Element]) -> Element {
    choices[integer(0...choices.count - 1)]
  }

  mutating func isTrue() -> Bool { bits() & 1 == 1 }

  /// Around the widths of vectors (4, 8, 16, two of them) and of narrow outputs (4), with odd ones between.
  mutating func channels() -> Int {
    one(of: [
      1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 17, 19, 23, 24, 31, 32, 33, 40, 47, 48, 49, 65,
    ])
  }

  mutating func normals(_ count: Int) -> [Float] {
    CounterRandom(seed: bits()).normals(count: count, image: 0, step: 0, purpose: .data)
  }

  /// Values of a kind, as operands of a precision have them: rounding them again changes nothing.
  mutating func values(_ count: Int, _ kind: Values, _ precision: Precision) -> [Float] {
    let normals = normals(count)
    let isShort = precision == .fp16
    switch kind {
    case .normal: return normals.map { precision.rounded($0) }
    case .huge: return normals.map { precision.rounded($0 * (isShort ? 1e3 : 1e30)) }
    case .tiny: return normals.map { precision.rounded($0 * (isShort ? 1e-3 : 1e-30)) }
    case .mixed:
      return normals.map { normal in
        switch integer(0...7) {
        case 0: return 0
        case 1: return -0.0
        case 2: return precision.rounded(normal * (isShort ? 1e3 : 1e30))
        case 3: return precision.rounded(normal * 1e-3)
        default: return precision.rounded(normal)
        }
      }
    case .zero: return [Float](repeating: 0, count: count)
    }
  }
}

enum Values: CaseIterable {
  case normal
  /// Around 1e30, in float16 1e3.
  case huge
  /// Around 1e-30, in float16 1e-3.
  case tiny
  /// Some of each, and zeros of both signs.
  case mixed
  case zero

  /// Whether products with the like of it are floats.
  var mayBeHuge: Bool { self == .huge || self == .mixed }
}

extension Precision {
  /// The nearest value of the format, ties to even, by its definition: the neighbours are compared.
  func rounded(_ x: Float) -> Float {
    switch self {
    case .fp32: return x
    case .bf16: return Self.nearest(x, significantBits: 8, leastExponent: -126)
    case .fp16: return Self.nearest(x, significantBits: 11, leastExponent: -14)
    // By a scale that is its tensor's: no value's own.
    case .fp8: return x
    }
  }

  private static func nearest(_ x: Float, significantBits: Int, leastExponent: Int) -> Float {
    guard x.isFinite, x != 0 else { return x }
    let exponent = max(Int(x.exponent), leastExponent) - significantBits + 1
    let quantum = Double(sign: .plus, exponent: exponent, significand: 1)
    return Float((Double(x) / quantum).rounded(.toNearestOrEven) * quantum)
  }

  /// The largest relative error of rounding to it.
  var unit: Double {
    switch self {
    case .fp32: 0x1p-24
    case .bf16: 0x1p-8
    case .fp16: 0x1p-11
    case .fp8: 0x1p-3
    }
  }
}
