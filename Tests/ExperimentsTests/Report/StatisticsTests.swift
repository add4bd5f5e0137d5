import Experiments
import Testing

@Suite struct StudentTTests {
  /// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2 (three decimals).
  @Test(arguments: [
    (0.90, 1.0, 3.078), (0.95, 1, 6.314), (0.975, 1, 12.706), (0.99, 1, 31.821),
    (0.999, 1, 318.309), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776),
    (0.95, 5, 2.015), (0.975, 9, 2.262), (0.99, 10, 2.764), (0.999, 10, 4.144),
    (0.975, 30, 2.042), (0.975, 100, 1.984), (0.975, .infinity, 1.960),
  ])
  func publishedTable(p: Double, freedom: Double, expected: Double) {
    let t = StudentT.quantile(p, degreesOfFreedom: freedom)
    // Half of the last printed digit.
    #expect(abs(t - expected) <= 0.000_501)
  }

  /// Closed forms: ν = 1 is Cauchy, tan(π(p − ½)); ν = 2 is 2a√(2/(1 − 4a²))… with a = p − ½;
  /// ν = 4 by Shaw 2006. The arithmetic of both sides loses a few units in the last place.
  @Test(arguments: [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.3, 0.499, 0.501, 0.6, 0.9, 0.975, 0.9999])
  func closedForms(p: Double) {
    let a = p - 0.5
    let product = 4 * p * (1 - p)
    let two = 2 * a * (2 / product).squareRoot()
    #expect(near(StudentT.quantile(p, degreesOfFreedom: 2), two, 1e-11))
    // P(T ≤ t) of ν = 4 is ½ + ⅜·w·(1 − w²/12·…): checked by going back instead.
    for freedom in [1.0, 2.5, 3, 4, 7, 29, 1000, 2e6] {
      let t = StudentT.quantile(p, degreesOfFreedom: freedom)
      #expect(near(StudentT.cumulative(t, degreesOfFreedom: freedom), p, 1e-11))
    }
  }
}

private func near(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  abs(a - b) <= tolerance * abs(b)
}
