/// What samplers cost beside the network: whole samplings on one core with a network that returns at once.
package struct SamplerBenchmark: Sendable {
  /// Of one sampler.
  package struct Result: Sendable, Encodable {
    /// Its name in experiment files.
    package var sampler: String
    /// Levels that it visits.
    package var steps: Int
    /// Network evaluations of an image.
    package var evaluations: Int
    /// Of all images, the fastest of the rounds.
    package var millisecondsPerStep: Double
    /// Per value and step.
    package var nanosecondsPerValue: Double
  }

  /// Levels that are visited.
  package var steps = 50
  /// Images that are drawn, as a run's are: eight together.
  package var images = 64
  /// Values of an image.
  package var elements = 3 * 32 * 32
  /// Times that each sampling is made.
  package var rounds = 3

  /// Of 64 images of 3×32×32 in 50 steps.
  package init() {}

  /// - Throws: `DiffusionError` where the steps do not fit.
  package func measure(_ sampler: SamplingSettings.Sampler) throws -> Result {
    let process = try NoiseProcess(DiffusionSettings())
    let settings = SamplingSettings(sampler: sampler, steps: steps)
    let batch = 8
    var (best, evaluations) = (Double.infinity, 0)
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      for first in stride(from: 0, to: images, by: batch) {
        let drawn = try sample(
          settings, process: process, indices: first..<min(first + batch, images),
          elements: elements, clip: true, denoise: { _, _, _ in })
        evaluations = drawn.evaluations
      }
      best = min(best, (ContinuousClock.now - start).seconds)
    }
    return Result(
      sampler: sampler.rawValue, steps: steps, evaluations: evaluations,
      millisecondsPerStep: 1000 * best / Double(steps),
      nanosecondsPerValue: 1e9 * best / Double(steps * images * elements))
  }
}
