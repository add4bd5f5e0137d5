/// Draws samples from trained networks when a page asks for them.
package protocol PageSampler: Sendable {
  /// What the page's controls may be set to, for a run's network; nil where it has none.
  func choices(run: String) async throws -> PageSamplerChoices?

  /// A sheet of samples as PNG. One request is served at a time; a later one ends an earlier one.
  /// - Throws: ``SamplingStopped`` where a later request or a page that went has ended it.
  func sample(_ request: PageSamplerRequest) async throws -> [UInt8]

  /// Ends what is being sampled: its page has gone.
  func stop() async
}

package struct PageSamplerChoices: Sendable {
  package var samplers: [String]
  package var sampler: String
  package var steps: Int
  package var guidance: Double?
  /// Names of the classes; empty for a network without.
  package var classes: [String]

  package init(
    samplers: [String], sampler: String, steps: Int, guidance: Double?, classes: [String]
  ) {
    self.samplers = samplers
    self.sampler = sampler
    self.steps = steps
    self.guidance = guidance
    self.classes = classes
  }
}

package struct PageSamplerRequest: Sendable {
  package var run: String
  package var sampler: String
  package var steps: Int
  package var guidance: Double?
  package var classIndex: Int?
  package var seed: Int
  package var count: Int

  package init(
    run: String, sampler: String, steps: Int, guidance: Double?, classIndex: Int?, seed: Int,
    count: Int
  ) {
    self.run = run
    self.sampler = sampler
    self.steps = steps
    self.guidance = guidance
    self.classIndex = classIndex
    self.seed = seed
    self.count = count
  }
}

/// Samples that nobody waits for any more.
package struct SamplingStopped: Error {
  package init() {}
}
