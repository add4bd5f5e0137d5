import Kernels

/// On which timesteps the variational bound of an image is measured: all T, or one in each of K stretches that cover
/// 0 ..< T, whose term stands for all of the stretch.
///
/// Timestep 0, the decoder, is a stretch of its own, and the others end at 1 + (T − 1)·(j/(K − 1))², so that timesteps next to
/// the data, whose terms are large and differ most, are looked at one by one, and those next to noise in stretches of about
/// 2·T/K. Image i's is the (i + o_j) mod width-th of stretch j, o_j drawn
/// once: each timestep is as likely as the others of its stretch, so that the sum over stretches is unbiased, and images
/// share them out evenly.
struct BoundTimesteps: Sendable {
  /// K stretches, in order.
  let strata: [Range<Int>]
  private let offsets: [Int]

  /// - Parameters:
  ///   - count: K; T where it is larger.
  ///   - steps: T, at least 1.
  init(_ count: Int, of steps: Int) {
    let count = max(1, min(count, steps))
    let random = CounterRandom(seed: 0)
    var strata: [Range<Int>] = []
    if count > 1 { strata.append(0..<1) }
    let rest = count - strata.count
    for j in 1...rest {
      let start = strata.last?.upperBound ?? 0
      let share = Double(j) / Double(rest)
      let end = j == rest ? steps : 1 + Int((Double(steps - 1) * share * share).rounded())
      strata.append(start..<max(start + 1, end))
    }
    self.strata = strata
    offsets = strata.indices.map {
      random.integer(below: strata[$0].count, image: $0, step: 0, purpose: .boundTimestep)
    }
  }

  /// Whether every image visits each timestep.
  var isComplete: Bool { strata.allSatisfy { $0.count == 1 } }

  /// The timestep of a stretch that an image visits.
  func timestep(_ stratum: Int, image: Int) -> Int {
    let range = strata[stratum]
    return range.lowerBound + (image + offsets[stratum]) % range.count
  }
}
