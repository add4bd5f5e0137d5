import Analysis
import Store
import Values

extension CellContext {
  /// Why what the cell shows may not be the whole story; nil where it is. Plain text.
  func note() throws -> String? {
    if runs.runs.isEmpty {
      return runs.deleted == 0
        ? "The experiment has no run." : "All runs of the experiment are deleted."
    }
    if selected.isEmpty { return "No run meets the condition." }
    var notes: [String] = []
    let open = selected.filter { $0.state != .finished && $0.state != .pruned }
    if !open.isEmpty {
      let states: [(RunState, String)] = [
        (.failed, "failed"), (.crashed, "crashed"), (.running, "still running"),
        (.interrupted, "interrupted"), (.queued, "not begun"),
      ]
      let diverged = open.count { $0.hasDiverged }
      let counts =
        (diverged == 0 ? [] : ["\(diverged) diverged"])
        + states.compactMap { state, word -> String? in
          let count = open.count { $0.state == state && !$0.hasDiverged }
          return count == 0 ? nil : "\(count) \(word)"
        }
      notes.append("Of \(selected.count) runs: \(counts.joined(separator: ", ")).")
    }
    let pruned = selected.count { $0.state == .pruned }
    if pruned > 0 { notes.append("\(pruned) of \(selected.count) runs were pruned.") }
    // Of those that a condition chooses, nobody knows: the page itself tells of them.
    if runs.deleted > 0, selected.count == runs.runs.count {
      notes.append(
        runs.deleted == 1 ? "1 run is deleted." : "\(runs.deleted) runs are deleted.")
    }
    let programs = Set(try finished.compactMap { try runs.program(of: $0) })
    if programs.count > 1 {
      notes.append("These runs were made by \(programs.count) different states of the program.")
    }
    return notes.isEmpty ? nil : notes.joined(separator: " ")
  }
}
