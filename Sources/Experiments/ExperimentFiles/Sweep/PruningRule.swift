internal import Foundation
import Statistics
package import Values

/// When a sweep ends a run before its time.
package struct PruningRule: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Successive halving: of each rung the best 1/η go on.
    case asha
    /// A run goes on while its best is no worse than the median of the others' averages.
    case median
    /// A run ends when it is worse than a number.
    case bound
  }

  package var kind: Kind
  /// The metric looked at and which way is better.
  package var objective: Objective
  /// The first step at which a run may end.
  package var after: Int
  /// asha: η; one run in η continues, and the next rung is η times as far.
  package var eta: Int
  /// median: steps between two rungs.
  package var every: Int
  /// bound: nil: only what is not finite ends a run.
  package var threshold: Double?

  package init(
    kind: Kind, objective: Objective, after: Int, eta: Int = 3, every: Int? = nil,
    threshold: Double? = nil
  ) {
    self.kind = kind
    self.objective = objective
    self.after = after
    self.eta = eta
    self.every = every ?? after
    self.threshold = threshold
  }

  /// The steps at which a run of `steps` steps waits to be compared with others; none for `bound`.
  package func rungs(of steps: Int) -> [Int] {
    var rungs: [Int] = []
    var rung = after
    while kind != .bound, rung < steps {
      rungs.append(rung)
      let (next, overflow) =
        kind == .asha
        ? rung.multipliedReportingOverflow(by: eta) : rung.addingReportingOverflow(every)
      if overflow { break }
      rung = next
    }
    return rungs
  }

  /// The value so that lower is better; what is not finite is the worst.
  package func loss(_ value: Double) -> Double {
    guard value.isFinite else { return .infinity }
    return objective.goal == .minimize ? value : -value
  }

  /// bound: whether a value at a step ends the run.
  package func isOutOfBounds(_ value: Double, step: Int) -> Bool {
    guard kind == .bound, step >= after else { return false }
    guard value.isFinite else { return true }
    return threshold.map { loss(value) > loss($0) } ?? false
  }

  /// All of it as one line of JSON, which `Decodable` reads.
  package var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// What differs between two rules that decide differently, as one text.
  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "kind": .string(kind.rawValue), "metric": .string(objective.metric),
      "goal": .string(objective.goal.rawValue), "after": .integer(after),
    ]
    switch kind {
    case .asha: members["eta"] = .integer(eta)
    case .median: members["every"] = .integer(every)
    case .bound: members["threshold"] = threshold.map(JSONValue.number) ?? .null
    }
    return .object(members)
  }
}
