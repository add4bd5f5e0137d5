import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// What comes out of a run: weights, samples and measures as bits.
struct SessionOutcome {
  /// Weights as trained.
  let weights: [Float]
  /// Those drawn last.
  let samples: [Float]
  /// Every `eval/…`, the last of each.
  let measures: [String: Double]
  let session: RunSession

  /// - Parameter pause: a step at which the state is saved, for another session with one worker more to go on from.
  init(_ settings: RunSettings, workers: Int, pausingAt pause: Int? = nil) throws {
    let folder = try TemporaryFolder()
    var session = try RunSession(settings, workers: workers)
    if let pause {
      _ = try session.run(pausingAt: pause, shouldStop: { false }) { _ in }
      try session.state?.save(to: folder.path + "/state", owner: "run")
      session = try RunSession(settings, workers: workers + 1)
      try session.state?.load(
        from: folder.path + "/state", owner: "run", steps: settings.training.steps)
    }
    var (samples, measures): ([Float], [String: Double]) = ([], [:])
    _ = try session.run(shouldStop: { false }) { event in
      switch event {
      case .sampled(_, _, let images): samples = images.values
      case .logged(_, let values):
        for value in values where value.name.hasPrefix("eval/") {
          measures[value.name] = value.value
        }
      default: break
      }
    }
    (weights, self.samples, self.measures) =
      (session.state?.weights.array() ?? [], samples, measures)
    self.session = session
  }

  /// Whether the bits are the same.
  func isTheSame(as other: SessionOutcome) -> Bool {
    weights == other.weights && samples == other.samples && measures == other.measures
  }

  /// Holds a run with one worker against those with two and three, and against one that was stopped after two steps and
  /// taken up again.
  /// - Returns: the outcome.
  @discardableResult
  static func theSameForAnyNumberOfWorkersAndResumed(
    _ settings: RunSettings
  ) throws -> SessionOutcome {
    let expected = try SessionOutcome(settings, workers: 1)
    for (workers, pause) in [(2, nil), (3, nil), (1, 2)] as [(Int, Int?)] {
      let same = try SessionOutcome(settings, workers: workers, pausingAt: pause)
        .isTheSame(as: expected)
      #expect(same, "\(workers) workers\(pause == nil ? "" : ", resumed")")
    }
    return expected
  }
}

extension ResidualUNetSettings {
  /// Two levels of 8 and 12 channels without attention.
  static var tiny: ResidualUNetSettings {
    var settings = ResidualUNetSettings(
      blockOutChannels: [8, 12], layersPerBlock: 1, attentionLevels: [])
    (settings.normNumGroups, settings.attentionHeadDim) = (4, 4)
    return settings
  }
}
