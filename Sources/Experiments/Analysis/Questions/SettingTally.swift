package import Values

/// What has come of the settings that were asked for: a winner is the best of all of them, those included
/// that came to nothing.
package struct SettingTally: Sendable, Hashable {

  package init() {
  }
  private enum Outcome: Int, CaseIterable {
    case value, notANumber, failed, pruned, notMeasured, notFinished

    /// Of so many settings.
    func text(_ count: Int) -> String {
      let (was, has) = count == 1 ? ("was", "has") : ("were", "have")
      return switch self {
      case .value: "\(count) \(has) a value"
      case .notANumber: "\(count) ended in NaN"
      case .failed: "\(count) failed"
      case .pruned: "\(count) \(was) pruned"
      case .notMeasured: "\(count) \(was) not measured"
      case .notFinished: "\(count) \(has) not finished"
      }
    }
  }

  private var counts: [Outcome: Int] = [:]

  /// All that were asked for.
  package var count: Int { counts.values.reduce(0, +) }

  /// - Parameters:
  ///   - value: the setting's mean; nil where no run of it has one.
  ///   - states: of its runs.
  package mutating func add(_ value: Double?, states: some Sequence<RunState>) {
    let outcome: Outcome
    if let value {
      outcome = value.isNaN ? .notANumber : .value
    } else {
      let states = Set(states)
      let isOpen = !states.isDisjoint(with: [.queued, .running, .interrupted])
      outcome =
        states.contains(.finished)
        ? .notMeasured
        : isOpen || states.isEmpty
          ? .notFinished : states.contains(.pruned) && states.count == 1 ? .pruned : .failed
    }
    counts[outcome, default: 0] += 1
  }

  /// Whether a setting without a value may yet get one.
  package var mayChange: Bool { counts[.notFinished] != nil || counts[.failed] != nil }

  /// "1 ended in NaN, 2 were pruned"; empty where every setting has a value.
  package var exceptions: String {
    Outcome.allCases.dropFirst().compactMap { outcome in
      counts[outcome].map { outcome.text($0) }
    }.joined(separator: ", ")
  }

  /// "of 3 settings 1 ended in NaN", or "of 3 settings".
  package var clause: String {
    let settings = count == 1 ? "1 setting" : "\(count) settings"
    return exceptions.isEmpty ? "of \(settings)" : "of \(settings) \(exceptions)"
  }

  /// "3 settings", or "3 settings; 1 ended in NaN".
  package var text: String {
    let settings = count == 1 ? "1 setting" : "\(count) settings"
    return exceptions.isEmpty ? settings : "\(settings); \(exceptions)"
  }
}
