/// Where a run stands.
package enum RunState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Planned, not begun.
  case queued
  case running
  case finished
  /// Ended with an error of its own.
  case failed
  /// Ended on request, with everything saved.
  case interrupted
  /// Its process died.
  case crashed
  /// Ended early because others did better.
  case pruned

  /// Whether nothing is left to do.
  package var isDone: Bool { self == .finished || self == .pruned }
}
