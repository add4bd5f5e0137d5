/// The share of pairs of a sample and a held-out image in which the sample is nearer to its nearest training image, half
/// of the ties among them: P(d(sample) < d(held out)) + P(=)/2, the statistic of Mann & Whitney (1947) that Meehan,
/// Chaudhuri & Dasgupta (2020, section 3) test data copying by.
///
/// ½ where samples are as far from the training images as images that were not trained on; near 1 where they are copies;
/// below ½ where they are further off than real images are.
///
/// - Parameters:
///   - samples: distances of samples to their nearest training image, 2 or more.
///   - heldOut: the same of held-out images, 2 or more.
/// - Returns: with the interval of that probability, by the placement values' variance (DeLong 1988); Wilson's interval
///   where all pairs agree. NaN if a distance is not a number.
func copyingShare(samples: [Double], heldOut: [Double]) -> IntervalEstimate {
  guard !samples.contains(where: \.isNaN), !heldOut.contains(where: \.isNaN) else { return .none }
  let ofSamples = placements(samples, among: heldOut.sorted()).map { 1 - $0 }
  let ofHeldOut = placements(heldOut, among: samples.sorted())
  let (n, m) = (Double(samples.count), Double(heldOut.count))
  let share = ofSamples.reduce(0, +) / n
  func variance(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + ($1 - share) * ($1 - share) } / Double(values.count - 1)
  }
  let total = variance(ofSamples) / n + variance(ofHeldOut) / m
  guard total > 0 else { return IntervalEstimate(share: share, of: min(n, m)) }
  return IntervalEstimate(value: share, variance: total, within: 0...1)
}

/// Of each value the share of `others`, sorted upwards, that are below it, half of its equals among them.
private func placements(_ values: [Double], among others: [Double]) -> [Double] {
  func count(_ isBelow: (Double) -> Bool) -> Int {
    var (low, high) = (0, others.count)
    while low < high {
      let middle = (low + high) / 2
      if isBelow(others[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
  return values.map { value in
    Double(count { $0 < value } + count { $0 <= value }) / (2 * Double(others.count))
  }
}
