import GRDB
package import Store
package import Values

/// An experiment in a line: how far it is.
package struct ExperimentOverview: Sendable {
  package let name: String
  package let question: String
  /// When it was last planned.
  package let updated: String
  /// How many of the runs that its file asks for are in each state, in the states' own order.
  package let states: [(state: RunState, count: Int)]
  /// Runs that its search has not proposed yet.
  package let pending: Int
  /// Seconds of work that are not done, by what the finished runs took; nil where nothing is left or nobody knows.
  package let secondsLeft: Double?

  package var total: Int { states.reduce(pending) { $0 + $1.count } }
  package var done: Int { states.reduce(0) { $0 + ($1.state.isDone ? $1.count : 0) } }
}

extension RunStore {
  /// Every experiment, that which was planned last first: a few queries, whatever the number of runs.
  /// - Throws: `StoreError`.
  package func experimentOverviews() throws -> [ExperimentOverview] {
    let experiments = try experiments()
    var counts: [String: [RunState: Int]] = [:]
    var seconds: [String: Double] = [:]
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT experiment.name, run.state, count(*),
            avg(run.seconds)
          FROM experiment
          JOIN experimentRun AS member ON member.experimentId = experiment.id AND NOT member.orphan
          JOIN run ON run.id = member.runId AND run.deleted IS NULL
          GROUP BY experiment.name, run.state
          """)
      while let row = try rows.next() {
        guard let state = RunState(rawValue: row[1]) else { continue }
        counts[row[0], default: [:]][state] = row[2]
        if state == .finished { seconds[row[0]] = row[3] }
      }
    }
    return try experiments.sorted { $0.updated > $1.updated }.map { experiment in
      let known = counts[experiment.name] ?? [:]
      let open =
        experiment.pending
        + known.reduce(0) {
          [.queued, .running, .interrupted].contains($1.key) ? $0 + $1.value : $0
        }
      return ExperimentOverview(
        name: experiment.name, question: experiment.question, updated: experiment.updated,
        states: RunState.allCases.compactMap { state in known[state].map { (state, $0) } },
        pending: experiment.pending,
        secondsLeft: open == 0 ? nil : seconds[experiment.name].map { $0 * Double(open) })
    }
  }
}
