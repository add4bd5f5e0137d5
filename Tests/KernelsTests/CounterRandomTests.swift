import CKernels
import Kernels
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
