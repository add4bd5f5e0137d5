/// Random numbers of a search: they depend on the seed and on where they are used, nothing else.
///
/// Philox 4x32-10 (Salmon et al. 2011), keyed by the seed; the counter is (index, part, 0, purpose).
public struct SearchRandom: Sendable, Hashable {
  /// What a stream is for. A value once used never changes: it is part of every sweep.
  public enum Purpose: UInt32, Sendable {
    case draw = 1
    case scramble = 2
    case candidates = 3
  }

  private let seed: UInt64
  private let purpose: Purpose

  public init(seed: UInt64, purpose: Purpose) {
    self.seed = seed
    self.purpose = purpose
  }

  /// 64 random bits.
  public func bits(_ index: Int, _ part: Int) -> UInt64 {
    let counter = (
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: part), UInt32(0),
      purpose.rawValue
    )
    let key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let words = Self.philox(counter, key)
    return UInt64(words.1) << 32 | UInt64(words.0)
  }

  /// Uniform in (0, 1), 53 bits.
  public func uniform(_ index: Int, _ part: Int) -> Double {
    (Double(bits(index, part) >> 12) + 0.5) * 0x1p-52
  }

  typealias Words = (UInt32, UInt32, UInt32, UInt32)

  /// The paper's ten rounds.
  static func philox(_ counter: Words, _ key: (UInt32, UInt32)) -> Words {
    var (c, k) = (counter, key)
    for round in 0..<10 {
      if round > 0 { k = (k.0 &+ 0x9e37_79b9, k.1 &+ 0xbb67_ae85) }
      let a = c.0.multipliedFullWidth(by: 0xd251_1f53)
      let b = c.2.multipliedFullWidth(by: 0xcd9e_8d57)
      c = (b.high ^ c.1 ^ k.0, b.low, a.high ^ c.3 ^ k.1, a.low)
    }
    return c
  }
}
