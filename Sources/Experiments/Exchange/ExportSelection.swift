import Analysis
package import Store

/// What an export takes: runs of the store, each as a member of one experiment.
package struct ExportSelection: Sendable {
  package let store: RunStore
  /// Those that have the runs, by name.
  package let experiments: [ExperimentSummary]
  /// By experiment, in the order of its plan; no run twice in one experiment.
  package let runs: [RunSummary]
  /// How many of the experiments' runs are left out, since their file no longer has them.
  package let orphansLeftOut: Int

  /// - Parameters:
  ///   - references: an experiment's name for all of its runs, or runs as `RunStore.resolve` takes
  ///     them.
  ///   - orphans: whether an experiment brings runs that its file no longer has.
  /// - Throws: `StoreError`: `notFound`, `badInput`.
  package init(_ references: [String], store: RunStore, orphans: Bool = false) throws {
    let experiments = try store.experiments()
    var runs: [RunSummary] = []
    var leftOut = 0
    // Of a run in an experiment.
    var seen: Set<[String?]> = []
    for reference in references {
      var found: [RunSummary]
      if experiments.contains(where: { $0.name == reference }) {
        let all = try store.runs(experiment: reference)
        found = orphans ? all : all.filter { !$0.isOrphan }
        leftOut += all.count - found.count
      } else {
        let all = try store.memberships(run: try store.resolve(reference))
        // The one that it was called by; otherwise the first that still has it.
        let named = reference.split(separator: "/", maxSplits: 1).first.map(String.init)
        found = [
          all.first { $0.experiment == named } ?? all.first { !$0.isOrphan } ?? all[0]
        ]
      }
      runs += found.filter { seen.insert([$0.id, $0.experiment]).inserted }
    }
    self.store = store
    orphansLeftOut = leftOut
    let names = Set(runs.compactMap(\.experiment))
    self.experiments = experiments.filter { names.contains($0.name) }
    self.runs = runs.enumerated().sorted { a, b in
      let (first, second) = (a.element.experiment ?? "", b.element.experiment ?? "")
      return first == second ? a.offset < b.offset : first < second
    }.map(\.element)
  }

  /// The runs of one experiment; of none for nil.
  package func runs(of experiment: String?) -> [RunSummary] {
    runs.filter { $0.experiment == experiment }
  }

  /// Dotted paths that any of the runs sets, in order: one column each.
  package var paths: [String] { Set(runs.flatMap(\.parameters.keys)).sorted() }

  package var metrics: [String] { Set(runs.flatMap(\.metrics.keys)).sorted() }

  /// Calls `body` with each run and its points, a few runs in memory at a time.
  package func forEachHistory(_ body: (RunSummary, [SeriesPoints]) throws -> Void) throws {
    for run in runs { try body(run, try store.history(of: run)) }
  }
}

extension RunStore {
  /// A run's points, by metric.
  /// - Throws: `StoreError`.
  func history(of run: RunSummary) throws -> [SeriesPoints] {
    try histories(runs: [run.id])[run.id] ?? []
  }
}
