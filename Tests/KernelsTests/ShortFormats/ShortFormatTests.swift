import CKernels
import Kernels
import TestSupport
import Testing

/// Rounding to 16 and 8 bits, with and without a scale, and what is counted of it.
@Suite struct ShortFormatTests {
  /// Of what PyTorch makes of 262,144 values, by `Goldens/make_format_hashes.py`.
  static let hashes: [ShortFormat: UInt64] = [
    .fp16: 0x80fa_4f94_f7a5_a265, .bf16: 0x5796_1a0a_682a_8685, .e4m3: 0xa7e5_d53c_7076_1da5,
    .e5m2: 0x13fa_aeb5_9a2a_5fa5,
  ]

  @Test(arguments: ShortFormat.allCases) func roundsAsPyTorch(_ format: ShortFormat) {
    let values = (0..<UInt32(1 << 16)).flatMap { upper in
      [0x0000, 0x7FFF, 0x8000, 0x8001].map { Float(bitPattern: upper << 16 | $0) }
    }
    for kernels in KernelSet.underTest() {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for value in kernels.rounded(values, to: format) {
        let bits = value.isNaN ? 0x7FC0_0000 : value.bitPattern
        for byte in 0..<4 {
          hash = (hash ^ UInt64(bits >> (8 * UInt32(byte)) & 0xFF)) &* 0x100_0000_01B3
        }
      }
      #expect(hash == Self.hashes[format], "\(kernels)")
    }
  }

  /// Every value of an 8-bit format by its bits: sign, exponent, mantissa (Micikevicius et al. 2022, table 1).
  private static func values(_ format: ShortFormat) -> [Float] {
    let (mantissaBits, bias) = format == .e4m3 ? (3, 7) : (2, 15)
    return (0..<128).compactMap { code in
      let (exponent, mantissa) = (code >> mantissaBits, code & ((1 << mantissaBits) - 1))
      let isSpecial =
        format == .e4m3 ? code == 127 : exponent == 31
      guard !isSpecial else { return nil }
      let fraction = Float(mantissa) / Float(1 << mantissaBits)
      return Float(
        sign: .plus, exponent: max(exponent, 1) - bias,
        significand: exponent == 0 ? fraction : 1 + fraction)
    }
  }

  @Test(arguments: [ShortFormat.e4m3, .e5m2]) func eightBitValues(_ format: ShortFormat) {
    let values = Self.values(format)
    #expect(values.count == (format == .e4m3 ? 127 : 124))
    #expect(values.last == format.largest && values[1] == format.smallestSubnormal)
    #expect(values.contains(format.smallestNormal))
    for kernels in KernelSet.underTest() {
      #expect(kernels.rounded(values, to: format) == values)
      for (index, (low, high)) in zip(values, values.dropFirst()).enumerated() {
        let middle = (low + high) / 2
        let around = [middle.nextDown, middle, middle.nextUp]
        let even = index % 2 == 0 ? low : high
        #expect(kernels.rounded(around, to: format) == [low, even, high])
        #expect(kernels.rounded(around.map { -$0 }, to: format) == [-low, -even, -high])
      }
    }
  }

  @Test func beyondTheLargest() {
    for kernels in KernelSet.underTest() {
      let e4m3 = kernels.rounded([464, Float(464).nextUp, .infinity, -.infinity, .nan], to: .e4m3)
      #expect(e4m3[0] == 448 && e4m3[1...].allSatisfy(\.isNaN))
      let e5m2 = kernels.rounded(
        [Float(61440).nextDown, 61440, .infinity, -1e9, .nan], to: .e5m2)
      #expect(e5m2[0] == 57344 && e5m2[1] == .infinity && e5m2[2] == .infinity)
      #expect(e5m2[3] == -.infinity && e5m2[4].isNaN)
    }
  }

  /// A power of two that leaves nothing beyond the format and no place above unused.
  @Test(arguments: [ShortFormat.e4m3, .e5m2], [1e-30, 1e-6, 0.3, 1, 1.75, 1.7500001, 5e3, 1e30])
  func scales(_ format: ShortFormat, largest: Float) {
    let values = normals(999, seed: 4).map { max(-3, min(3, $0)) / 3 * largest } + [largest]
    for kernels in KernelSet.underTest() {
      let rounded = kernels.rounded(values, to: format, isScaled: true)
      // Half a place: 2^-4 or 2^-3 of the value, or of the smallest normal number below it.
      let unit = format == .e4m3 ? 0x1p-4 : 0x1p-3
      let least = Double(largest) * Double(format.smallestNormal / format.largest) * 2
      for (value, result) in zip(values, rounded) {
        let bound = unit * max(abs(Double(value)), least)
        #expect(abs(Double(result) - Double(value)) <= bound, "\(value)")
      }
      let again = kernels.rounded(values.map { $0 * 0x1p-9 }, to: format, isScaled: true)
      #expect(again == rounded.map { $0 * 0x1p-9 })
    }
    #expect(KernelSet.best.rounded([0, 0], to: format, isScaled: true) == [0, 0])
  }

  /// Against sums in double by their definition, to a few roundings of the differences; counts as they are.
  @Test(arguments: ShortFormat.allCases, [1, 31, 32, 1000])
  func whatIsCounted(_ format: ShortFormat, count: Int) {
    var values = normals(count, seed: UInt64(count)).enumerated().map { place, x in
      x * [1, 1e-5, 1e-9, 1e6, 0][place % 5]
    }
    if count == 1000 { (values[7], values[8]) = (.nan, -.infinity) }
    let rounded = KernelSet.best.rounded(values, to: format)
    var expected = RoundingSums()
    for (x, q) in zip(values, rounded) {
      let isOver = !q.isFinite
      expected.values += x == 0 ? 0 : 1
      expected.overflows += isOver ? 1 : 0
      expected.underflows += x != 0 && abs(q) < format.smallestNormal ? 1 : 0
      expected.zeros += x != 0 && q == 0 ? 1 : 0
      guard x.isFinite else { continue }
      let kept = isOver ? (x < 0 ? -format.largest : format.largest) : q
      expected.power += Double(x) * Double(x)
      expected.error += (Double(x) - Double(kept)) * (Double(x) - Double(kept))
    }
    var first: RoundingSums?
    for kernels in KernelSet.underTest() {
      let found = values.withUnsafeBufferPointer { kernels.examine($0, as: format) }
      #expect(found.values == expected.values && found.overflows == expected.overflows)
      #expect(found.underflows == expected.underflows && found.zeros == expected.zeros)
      #expect(abs(found.power - expected.power) <= 1e-12 * expected.power)
      #expect(abs(found.error - expected.error) <= 1e-6 * expected.error)
      #expect(found == first ?? found, "\(kernels): other bits")
      first = found
    }
  }

  /// With the scale: no overflow, and the error of what it rounds.
  @Test func whatIsCountedWithAScale() {
    let values = normals(1000, seed: 3).map { $0 * 1e-7 }
    for kernels in KernelSet.underTest() {
      let (plain, scaled) = values.withUnsafeBufferPointer {
        (kernels.examine($0, as: .e4m3), kernels.examine($0, as: .e4m3, isScaled: true))
      }
      #expect(plain.underflowShare == 1 && plain.relativeError == 1)
      #expect(scaled.overflows == 0 && scaled.underflowShare < 0.01)
      let error = relativeError(kernels.rounded(values, to: .e4m3, isScaled: true), values)
      #expect(abs(scaled.relativeError - error) < 1e-6 * error)
    }
  }
}
