private import CKernels

extension KernelSet {
  /// Weights to the bfloat16 nearest to each, in place.
  package func roundToNearest(_ weights: AlignedBuffer, range: Range<Int>) {
    let place = weights.pointer + range.lowerBound
    table.pointee.round(place, place, range.count, wb_round_bf16)
  }

  /// Weights to one of the two bfloat16 next to each, at random so that the mean is the weight (Gupta et al. 2015,
  /// section 3.1), in place. What is drawn for a weight depends on its place, the seed and the step alone.
  /// - Precondition: the range begins at a multiple of 8.
  package func roundStochastically(
    _ weights: AlignedBuffer, range: Range<Int>, seed: UInt64, step: Int
  ) {
    precondition(range.lowerBound % 8 == 0)
    table.pointee.round_stochastic(
      weights.pointer + range.lowerBound, range.lowerBound, range.count, seed,
      UInt32(truncatingIfNeeded: step), CounterRandom.Purpose.weightRounding.rawValue)
  }
}
