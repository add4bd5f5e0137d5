import GRDB
package import Store
import Values

extension RunStore {
  /// What a run is meant for. Of runs that share a label, because their experiment's file was changed, only one is asked
  /// for still: that is the one to read, and to begin with. A change means none of them unless by its id.
  package enum ReferenceUse: Sendable, Hashable {
    case reading, change
  }

  /// The id of the run that a person means: a unique beginning of its id, `experiment/label`,
  /// `last` (begun last), or `best:EXPERIMENT` (by the experiment's objective).
  /// - Parameters:
  ///   - use: decides between runs of one label.
  ///   - excluded: runs that are not meant, unless by their ids.
  ///   - orphans: whether the best run may be one that its experiment no longer asks for.
  ///   - seed: of an experiment whose runs differ in `training.seed` alone, the one of this seed is meant; nil: none is.
  /// - Throws: `StoreError`: `notFound`; `badInput` where several runs fit.
  package func resolve(
    _ reference: String, for use: ReferenceUse = .reading, without excluded: Set<String> = [],
    orphans: Bool = false, seed: UInt64? = nil
  ) throws -> String {
    if reference == "last" { return try lastRun(without: excluded) }
    if reference.hasPrefix("best:") {
      return try bestRun(
        String(reference.dropFirst(5)), without: excluded, orphans: orphans)
    }
    if let slash = reference.firstIndex(of: "/") {
      return try run(
        labelled: String(reference[reference.index(after: slash)...]),
        in: String(reference[..<slash]), for: use, without: excluded, seed: seed)
    }
    let matches = try read {
      try String.fetchAll(
        $0,
        sql: """
          SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1 AND deleted IS NULL
          ORDER BY id LIMIT 4
          """,
        arguments: [reference.lowercased()])
    }
    if reference.isEmpty || matches.isEmpty {
      return try onlyRun(ofExperiment: reference, without: excluded, seed: seed)
    }
    if matches.count > 1 {
      throw StoreError(
        .badInput,
        "'\(reference)' could be \(matches.map { String($0.prefix(reference.count + 6)) }.joined(separator: ", "))"
          + "; type more of the id")
    }
    return matches[0]
  }

  private func lastRun(without excluded: Set<String>) throws -> String {
    let others = try StoredJSON.text(excluded.sorted())
    let id = try read {
      try String.fetchOne(
        $0,
        sql: """
          SELECT run.id FROM run LEFT JOIN attempt ON attempt.runId = run.id
          WHERE run.deleted IS NULL AND run.id NOT IN (SELECT value FROM json_each(?))
          ORDER BY attempt.started DESC NULLS LAST, run.created DESC, run.rowid DESC LIMIT 1
          """, arguments: [others])
    }
    guard let id else {
      throw StoreError(
        .notFound,
        "the store has no \(excluded.isEmpty ? "run yet" : "other run"); 'workbench run FILE' makes some"
      )
    }
    return id
  }

  private func bestRun(
    _ name: String, without excluded: Set<String>, orphans: Bool
  ) throws -> String {
    if try experiment(name).objective == nil {
      throw StoreError(
        .badInput, "'\(name)' has no objective, so none of its runs is best; name a run")
    }
    let settings = try BestSetting(store: self, experiment: name)
    let objective = settings.objective
    let candidates = try runs(experiment: name).filter {
      $0.state == .finished && (orphans || !$0.isOrphan) && !excluded.contains($0.id)
    }
    .compactMap { run in
      settings.comparison.score(objective.metric, of: run).map { (run.id, $0) }
    }
    .filter { !$0.1.isNaN }
    guard var best = candidates.first else {
      throw StoreError(
        .notFound,
        "no finished run of '\(name)' has \(objective.metric), which decides what is best")
    }
    if let reason = settings.notComparable {
      throw StoreError(.badInput, "no run of '\(name)' is best: \(reason.sentence); name a run")
    }
    if !settings.tied.isEmpty {
      throw StoreError(
        .badInput,
        "no run of '\(name)' is best: \(settings.tied.count) settings come out the same in "
          + "\(objective.metric); name a run")
    }
    for candidate in candidates where objective.prefers(candidate.1, to: best.1) {
      best = candidate
    }
    return best.0
  }

  private func run(
    labelled label: String, in name: String, for use: ReferenceUse,
    without excluded: Set<String>, seed: UInt64?
  ) throws -> String {
    let runs = try runs(experiment: name).filter { !excluded.contains($0.id) }
    let labelled = runs.filter { $0.label == label }
    let asked = labelled.filter { !$0.isOrphan }
    let meant = use == .reading && !asked.isEmpty ? asked : labelled
    if meant.count > 1 { throw RunStore.ambiguous("\(name)/\(label)", meant) }
    if let run = meant.first { return run.id }
    if let seed, let run = Self.run(of: seed, labelled: label, among: runs) { return run }
    var seen: Set<String> = []
    let labels = runs.compactMap(\.label).filter { seen.insert($0).inserted }
    throw StoreError(
      .notFound,
      "'\(name)' has no run labelled '\(label)'; it has "
        + labels.prefix(6).joined(separator: ", ") + (labels.count > 6 ? ", …" : ""))
  }

  /// An experiment's name stands for its run if it has just one.
  private func onlyRun(
    ofExperiment name: String, without excluded: Set<String>, seed: UInt64?
  ) throws -> String {
    guard try experiments().contains(where: { $0.name == name }) else {
      if let run = try? resolveDeleted(name) {
        throw StoreError(
          .notFound,
          "run \(run.prefix(8)) is deleted; 'workbench restore \(run.prefix(8))' brings it back")
      }
      throw RunStore.noRun(name)
    }
    let runs = try runs(experiment: name).filter { !excluded.contains($0.id) }
    if let run = runs.first, runs.count == 1 { return run.id }
    if runs.isEmpty { throw StoreError(.notFound, "'\(name)' is an experiment without runs") }
    if let seed, let run = Self.run(of: seed, among: runs) { return run }
    throw StoreError(
      .badInput,
      "'\(name)' is an experiment of \(runs.count) runs; say which: '\(name)/LABEL' or "
        + "'best:\(name)' ('workbench runs \(name)' lists them)")
  }

  /// The run of a seed whose label is this one less the seed; nil where there is none, or are several.
  private static func run(
    of seed: UInt64, labelled label: String, among runs: [RunSummary]
  ) -> String? {
    let labels = ["seed", seedPath].map { "\(label),\($0)=\(seed)" }
    let found = runs.filter {
      !$0.isOrphan && $0.parameters[seedPath]?.integer == Int(exactly: seed)
        && labels.contains($0.label ?? "")
    }
    return found.count == 1 ? found[0].id : nil
  }

  private static let seedPath = "training.seed"

  /// The run of a seed, of runs that differ in it alone; nil where there is none, or they differ in more.
  private static func run(of seed: UInt64, among runs: [RunSummary]) -> String? {
    let asked = runs.filter { !$0.isOrphan }
    let settings = Set(asked.map { $0.parameters.filter { $0.key != seedPath } })
    let found = asked.filter { $0.parameters[seedPath]?.integer == Int(exactly: seed) }
    return settings.count == 1 && found.count == 1 ? found[0].id : nil
  }
}
