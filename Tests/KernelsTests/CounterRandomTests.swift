import CKernels
import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct CounterRandomTests {
  /// Random123's known answers for philox4x32-10.
  @Test func knownAnswers() {
    var out = [UInt32](repeating: 0, count: 4)
    wb_philox4x32([0, 0, 0, 0], [0, 0], &out)
    #expect(out == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones = UInt32.max
    wb_philox4x32([ones, ones, ones, ones], [ones, ones], &out)
    #expect(out == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
  }

  /// Box and Muller 1958, in float64, from the words themselves; and the bits, which every result rests on.
  @Test func normalsByDefinition() {
    for kernels in KernelSet.underTest() { checkNormals(kernels) }
  }

  private func checkNormals(_ kernels: KernelSet) {
    let (seed, image, step, purpose): (UInt64, UInt32, UInt32, UInt32) = (9, 1, 2, 5)
    var words = [UInt32](repeating: 0, count: 1024)
    wb_random_words(&words, 0, words.count, seed, image, step, purpose)
    let uniforms = words.map { Double((Float($0 >> 8) + 0.5) * 0x1p-24) }
    for count in [1, 2, 7, 16, 63, 64, 65, 1000] {
      var normals = [Float](repeating: 0, count: count + 1)
      kernels.table.pointee.random_normals(&normals, count, seed, image, step, purpose)
      #expect(normals[count] == 0, "nothing is written behind them")
      for i in 0..<count {
        let radius = (-2 * Foundation.log(uniforms[i / 2 * 2])).squareRoot()
        let angle = 2 * Double.pi * uniforms[i / 2 * 2 + 1]
        let expected = radius * (i % 2 == 0 ? cos(angle) : sin(angle))
        // A turn of 2π has 24 bits, and the series an error of as much: 1e-6 of the radius.
        #expect(abs(Double(normals[i]) - expected) < 1e-6 * radius)
      }
      let first: [UInt32] = [
        0x3f2a_0b6f, 0x3ef8_18e3, 0x3f89_7b78, 0x3e5e_13ac, 0x3ff5_ceb1, 0xbf01_06bc, 0xbeac_0390,
        0xbf51_9a4b,
      ]
      #expect(normals.prefix(min(8, count)).map(\.bitPattern) == Array(first.prefix(count)))
    }
  }

  /// All sets of kernels, bit for bit.
  @Test func normalsAreTheSameBitsEverywhere() {
    let sets = KernelSet.underTest().map { kernels in
      var normals = [Float](repeating: 0, count: 100_003)
      kernels.table.pointee.random_normals(&normals, normals.count, 77, 3, 4, 5)
      return normals.map(\.bitPattern)
    }
    #expect(sets.allSatisfy { $0 == sets[0] })
  }

  @Test func normalsHaveTheMomentsOfANormal() {
    let n = 1_000_000
    let values = CounterRandom(seed: 1).normals(
      count: n, image: 3, step: 7, purpose: .trainingNoise)
    var moments = [Double](repeating: 0, count: 5)
    for value in values {
      var power = 1.0
      for k in 1...4 {
        power *= Double(value)
        moments[k] += power / Double(n)
      }
    }
    // Four standard errors of each moment's mean: √(Var xᵏ / n), Var = 1, 2, 15, 96.
    #expect(abs(moments[1]) < 4 * (1.0 / Double(n)).squareRoot())
    #expect(abs(moments[2] - 1) < 4 * (2.0 / Double(n)).squareRoot())
    #expect(abs(moments[3]) < 4 * (15.0 / Double(n)).squareRoot())
    #expect(abs(moments[4] - 3) < 4 * (96.0 / Double(n)).squareRoot())
  }

  @Test func aStreamDoesNotDependOnHowMuchOfItIsTaken() {
    let random = CounterRandom(seed: 9)
    let long = random.normals(count: 101, image: 1, step: 2, purpose: .samplingNoise)
    for count in [1, 2, 3, 15, 16, 17, 100] {
      #expect(
        random.normals(count: count, image: 1, step: 2, purpose: .samplingNoise)
          == Array(long[..<count]))
    }
  }

  @Test func permutationsHoldEachIndexOnce() {
    let order = CounterRandom(seed: 2).permutation(count: 1000, step: 5, purpose: .shuffle)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }
}
