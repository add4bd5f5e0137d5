import Values

extension RunStore {
  /// Several runs have one label: their ids, and what tells them apart.
  package static func ambiguous(_ reference: String, _ runs: [RunSummary]) -> StoreError {
    let length = ShortID.length(for: runs.map(\.id))
    let paths = Set(runs.flatMap(\.parameters.keys)).filter { path in
      Set(runs.map { $0.parameters[path] ?? .null }).count > 1
    }.sorted()
    let listed = runs.prefix(6).map { run in
      var marks = paths.prefix(3).map { "\($0) \(run.parameters[$0]?.text ?? "none")" }
      if paths.isEmpty { marks.append("of \(run.created)") }
      if run.isOrphan { marks.append("no longer in the file") }
      return "\(run.id.prefix(length)) (\(marks.joined(separator: ", ")))"
    }
    return StoreError(
      .badInput,
      "'\(reference)' is the label of \(runs.count) runs; specify one by its id: "
        + listed.joined(separator: ", ") + (runs.count > 6 ? ", …" : ""))
  }
}
