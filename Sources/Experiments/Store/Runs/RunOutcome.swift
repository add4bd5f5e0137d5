internal import Diffusion
internal import GRDB
package import Values

/// What has come of a run, as far as its state and its error tell.
package protocol RunOutcome {
  var state: RunState { get }
  var error: String? { get }
}

extension RunOutcome {
  /// Whether its training came to nothing: it has failed, and would fail again at the same step.
  package var hasDiverged: Bool { state == .failed && Divergence.isTold(by: error) }

  /// Whether its measures count. Those of a run that diverged are no numbers, and they do: leaving
  /// them out would flatter its setting.
  package var hasResult: Bool { state == .finished || hasDiverged }
}

extension RunSummary: RunOutcome {}
extension RunStanding: RunOutcome {}

extension RunStore {
  /// How a run diverged, if it did and would again: with the same version of the program it comes to
  /// the same end.
  /// - Parameter program: `program.version`; nil: any.
  package func divergence(of run: String, program: String?) throws -> String? {
    let error = try read { db in
      try String.fetchOne(
        db, sql: "SELECT error FROM run WHERE id = ? AND state = ?",
        arguments: [run, RunState.failed.rawValue])
    }
    guard let error, Divergence.isTold(by: error) else { return nil }
    let last = try attempts(run: run).last?.environment["program.version"]
    return program == nil || program == last ? error : nil
  }
}
