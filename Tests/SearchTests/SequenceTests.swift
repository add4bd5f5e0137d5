import Testing

@testable import Search

@Suite struct SequenceTests {
  /// The known answers of the authors' own library (Random123, `kat_vectors`, philox4x32 10).
  @Test func philoxGivesItsKnownAnswers() {
    let zero = SearchRandom.philox((0, 0, 0, 0), (0, 0))
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = SearchRandom.philox((.max, .max, .max, .max), (.max, .max))
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = SearchRandom.philox(
      (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), (0xa409_3822, 0x299f_31d0))
    #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  /// scipy 1.17.1: `scipy.stats.qmc.Sobol(64, scramble=False, bits=32).random(1024)`, as fractions of
  /// 2³², points 1, 2, 3, 7, 100 and 1000, dimensions 0, 1, 2, 6, 20 and 63.
  @Test func sobolsPointsAreThoseOfJoeAndKuo() {
    let expected: [Int: [UInt32]] = [
      1: [2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648],
      2: [3221225472, 1073741824, 1073741824, 1073741824, 1073741824, 3221225472],
      3: [1073741824, 3221225472, 3221225472, 3221225472, 3221225472, 1073741824],
      7: [536870912, 2684354560, 1610612736, 2684354560, 3758096384, 1610612736],
      100: [1778384896, 1107296256, 3321888768, 100663296, 3254779904, 2785017856],
      1000: [943718400, 415236096, 2227175424, 197132288, 2243952640, 1916796928],
    ]
    let sequence = SobolSequence(dimensions: 64, seed: nil)
    for (point, bits) in expected {
      let found = [0, 1, 2, 6, 20, 63].map {
        sequence.bits(point: UInt32(point), dimension: $0)
      }
      #expect(found == bits)
    }
  }

  /// Scrambled or not, the first 2ᵏ points have one in each interval of length 2⁻ᵏ, and the first two
  /// dimensions one in each box of that area (a (0, 2)-sequence).
  @Test(arguments: [nil, 0, 1, 12345] as [UInt64?])
  func sobolsPointsAreEvenlySpread(seed: UInt64?) {
    let sequence = SobolSequence(dimensions: SobolSequence.maximumDimensions, seed: seed)
    let count = 256
    for dimension in 0..<sequence.dimensions {
      let cells = Set(
        (0..<count).map { sequence.bits(point: UInt32($0), dimension: dimension) >> 24 })
      #expect(cells.count == count)
    }
    for bits in 1..<8 as Range<UInt32> {
      let boxes = Set(
        (0..<count).map { point in
          [
            sequence.bits(point: UInt32(point), dimension: 0) >> (32 - bits),
            sequence.bits(point: UInt32(point), dimension: 1) >> (24 + bits),
          ]
        })
      #expect(boxes.count == count)
    }
  }

  @Test func otherSeedsScrambleOtherwise() {
    let points = (0..<50 as Range<UInt64>).map {
      SobolSequence(dimensions: 3, seed: $0).point(0)
    }
    #expect(Set(points.map(\.first)).count == 50)
    // Uniform over the seeds: 50 values of mean ½ and standard error 0.041.
    for dimension in 0..<3 {
      let mean = points.reduce(0) { $0 + $1[dimension] } / 50
      #expect(abs(mean - 0.5) < 0.13)
    }
    #expect(
      SobolSequence(dimensions: 3, seed: 7).point(9)
        == SobolSequence(dimensions: 3, seed: 7).point(9))
  }
}
