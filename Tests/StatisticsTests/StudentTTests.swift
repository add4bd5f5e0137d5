import Statistics
import Testing

@Suite struct StudentTTests {
  /// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, three decimals printed:
  /// right to half of the last one.
  @Test(arguments: [
    (0.90, 1.0, 3.078), (0.95, 1, 6.314), (0.975, 1, 12.706), (0.99, 1, 31.821),
    (0.999, 1, 318.309), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776),
    (0.95, 5, 2.015), (0.975, 9, 2.262), (0.99, 10, 2.764), (0.999, 10, 4.144),
    (0.975, 30, 2.042), (0.975, 100, 1.984), (0.975, .infinity, 1.960),
  ])
  func publishedTable(p: Double, freedom: Double, expected: Double) {
    let t = StudentT.quantile(p, degreesOfFreedom: freedom)
    #expect(abs(t - expected) < 0.000_501)
  }

  /// mpmath 1.3 at 40 digits: bisection of
  /// `betainc(v/2, 1/2, 0, v/(v+t*t), regularized=True)/2 == 1-p` over t, 15 digits printed.
  @Test(arguments: [
    (0.501, 0.5, 0.00370817484897635), (0.501, 1, 0.00314160298905616),
    (0.501, 3, 0.00272070352173402), (0.501, 29, 0.00252832902222917),
    (0.501, 100_000, 0.00250663716619622),
    (0.7, 0.5, 1.00952587860717), (0.7, 2, 0.617213399848368), (0.7, 7.5, 0.547412877581261),
    (0.7, 1000, 0.524567707309227),
    (0.975, 0.5, 164.557673480489), (0.975, 1, 12.7062047361747), (0.975, 2, 4.30265272974946),
    (0.975, 3, 3.18244630528371), (0.975, 4, 2.77644510519779), (0.975, 7.5, 2.33303962686497),
    (0.975, 29, 2.0452296421327), (0.975, 1000, 1.96233908082641),
    (0.975, 100_000, 1.95998770753461),
    (0.9995, 0.5, 411396.462526171), (0.9995, 1, 636.61924876872), (0.9995, 2, 31.5990545764436),
    (0.9995, 4, 8.61030158137928), (0.9995, 29, 3.65940501946633),
    (0.9995, 100_000, 3.29062403141188),
  ])
  func highPrecision(p: Double, freedom: Double, expected: Double) {
    let t = StudentT.quantile(p, degreesOfFreedom: freedom)
    // 1 − p of a far tail is exact to 1e-13 only; x^(ν/2) takes 1e5 roundings at the largest ν.
    #expect(abs(t - expected) < 1e-11 * expected)
    #expect(abs(StudentT.quantile(1 - p, degreesOfFreedom: freedom) + expected) < 1e-11 * expected)
  }

  /// ν = 2 has a closed form: (2p − 1)·√(2 / (4p(1 − p))).
  @Test(arguments: [1e-300, 1e-12, 1e-6, 0.025, 0.249, 0.251, 0.4999, 0.6, 0.9999])
  func twoDegreesOfFreedom(p: Double) {
    let expected = (2 * p - 1) * (2 / (4 * p * (1 - p))).squareRoot()
    let t = StudentT.quantile(p, degreesOfFreedom: 2)
    #expect(abs(t - expected) < 1e-11 * abs(expected))
  }

  @Test(arguments: [0.1, 1, 2.5, 12, 999, 9.9e6, 1.1e7, 1e12])
  func cumulativeTakesTheQuantileBack(freedom: Double) {
    for p in [1e-9, 0.01, 0.2, 0.26, 0.5, 0.74, 0.9, 0.99999] {
      let t = StudentT.quantile(p, degreesOfFreedom: freedom)
      // At ν ≈ 1e7 a rounding of x in x^(ν/2) is worth 5e-10.
      #expect(abs(StudentT.cumulative(t, degreesOfFreedom: freedom) - p) < 2e-9 * p)
    }
  }

  @Test func edges() {
    #expect(StudentT.quantile(0.5, degreesOfFreedom: 3) == 0)
    #expect(StudentT.quantile(0, degreesOfFreedom: 3) == -.infinity)
    #expect(StudentT.quantile(1, degreesOfFreedom: 3) == .infinity)
    #expect(StudentT.quantile(1.1, degreesOfFreedom: 3).isNaN)
    #expect(StudentT.quantile(.nan, degreesOfFreedom: 3).isNaN)
    #expect(StudentT.quantile(0.9, degreesOfFreedom: 0).isNaN)
    #expect(StudentT.quantile(0.9, degreesOfFreedom: .nan).isNaN)
    // Beyond the largest double: an answer all the same, and no endless loop.
    #expect(StudentT.quantile(1e-300, degreesOfFreedom: 0.1) < -1e100)
  }
}
