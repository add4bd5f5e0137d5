/// Points that fill the unit cube evenly: Sobol's sequence, Owen-scrambled.
///
/// Direction numbers are Joe & Kuo's (2008), order is the Gray code's. Each coordinate is scrambled
/// on its own by a hash of its digits that acts as a nested uniform scramble does (A. Owen 1995; B.
/// Burley, "Practical Hash-based Owen Scrambling", JCGT 9, 2020): the first 2ᵏ points still have one
/// in each interval of length 2⁻ᵏ, and each point by itself is uniform over the seeds.
public struct SobolSequence: Sendable {
  /// As many dimensions as there are direction numbers for.
  public static let maximumDimensions = table.count + 1

  public let dimensions: Int
  /// Nil: not scrambled.
  private let scrambles: [UInt32]?
  /// V_k of each dimension, k = 0 ..< 32, as fractions of 2³².
  private let directions: [[UInt32]]

  /// - Parameter seed: of the scramble; nil: the sequence as it is, point 0 in the corner.
  /// - Precondition: 0 ≤ dimensions ≤ `maximumDimensions`.
  public init(dimensions: Int, seed: UInt64?) {
    precondition((0...Self.maximumDimensions).contains(dimensions))
    self.dimensions = dimensions
    directions = (0..<dimensions).map(Self.directions)
    scrambles = seed.map { seed in
      let random = SearchRandom(seed: seed, purpose: .scramble)
      return (0..<dimensions).map { UInt32(truncatingIfNeeded: random.bits($0, 0)) }
    }
  }

  /// V_k = m_k · 2^(32−k−1), m by the recurrence of the dimension's polynomial.
  private static func directions(dimension: Int) -> [UInt32] {
    guard dimension > 0 else { return (0..<32).map { 1 << UInt32(31 - $0) } }
    let (degree, coefficients, m) = table[dimension - 1]
    var v = [UInt32](repeating: 0, count: 32)
    for k in 0..<32 {
      if k < degree {
        v[k] = m[k] << UInt32(31 - k)
        continue
      }
      v[k] = v[k - degree] ^ (v[k - degree] >> UInt32(degree))
      for i in 1..<max(degree, 1) where coefficients >> UInt32(degree - 1 - i) & 1 == 1 {
        v[k] ^= v[k - i]
      }
    }
    return v
  }

  /// The coordinate as a fraction of 2³².
  func bits(point: UInt32, dimension: Int) -> UInt32 {
    var x: UInt32 = 0
    var gray = point ^ (point >> 1)
    while gray != 0 {
      x ^= directions[dimension][gray.trailingZeroBitCount]
      gray &= gray - 1
    }
    guard let scrambles else { return x }
    return Self.scrambled(x, seed: scrambles[dimension])
  }

  /// (dimensions): point number `point` of the sequence, each coordinate within (0, 1).
  public func point(_ point: Int) -> [Double] {
    (0..<dimensions).map { dimension in
      let bits = bits(point: UInt32(truncatingIfNeeded: point), dimension: dimension)
      return (Double(bits) + 0.5) * 0x1p-32
    }
  }

  /// A digit decides only about the digits below it: Laine & Karras' permutation of the reversed
  /// digits, with Vegdahl's constants.
  private static func scrambled(_ x: UInt32, seed: UInt32) -> UInt32 {
    var x = reversed(x)
    x ^= x &* 0x3d20_adea
    x = x &+ seed
    x = x &* (seed >> 16 | 1)
    x ^= x &* 0x0552_6c56
    x ^= x &* 0x53a2_2864
    return reversed(x)
  }

  private static func reversed(_ x: UInt32) -> UInt32 {
    var x = x
    x = (x & 0x5555_5555) << 1 | (x >> 1) & 0x5555_5555
    x = (x & 0x3333_3333) << 2 | (x >> 2) & 0x3333_3333
    x = (x & 0x0f0f_0f0f) << 4 | (x >> 4) & 0x0f0f_0f0f
    return x.byteSwapped
  }
}
