import Diffusion
import Testing

@Suite struct SampleVarianceTests {
  @Test func byHand() {
    // 1, 2, 3, 4: squares about 2.5 sum to 5, over 3.
    #expect(abs(sampleVariance([1, 2, 3, 4], elements: 1) - 5.0 / 3) < 1e-15)
    // Columns 1, 3 and 2, 8: variances 2 and 18, whatever their means.
    #expect(sampleVariance([1, 2, 3, 8], elements: 2) == 10)
    #expect(sampleVariance([101, 2, 103, 8], elements: 2) == 10)
    #expect(sampleVariance([7, 7, 7], elements: 1) == 0)
  }

  @Test func whatHasNoneGivesNaN() {
    #expect(sampleVariance([1, 2], elements: 2).isNaN)
    #expect(sampleVariance([], elements: 3).isNaN)
    #expect(sampleVariance([1, .nan], elements: 1).isNaN)
  }
}
