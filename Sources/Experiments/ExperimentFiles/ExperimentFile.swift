internal import Foundation
import Statistics
import Text
package import Values

/// An experiment as its file says it, read and checked, its runs expanded.
package struct ExperimentFile: Sendable {
  package let name: String
  /// What the experiment asks, in prose.
  package let question: String?
  package let objective: Objective
  /// Nil: one run.
  package let sweep: Sweep?
  /// The file itself first, then those it extends.
  package let sources: [SourceText]
  /// `key=value` of the command line.
  package let overrides: [String]
  /// Names of imported runs that its cells may use.
  package let imported: ImportedNames
  /// The cells of its report; without any, the report is the automatic one.
  package let cells: [ReportCell]
  /// The runs, in order, not yet identified; of a `tpe` sweep those proposed so far.
  package var runs: [ExpandedRun]
  /// What every run begins with.
  package let base: SettingStack
  /// What can be run and will disappoint.
  package let warnings: [Diagnostic]

  /// Whether a word of the command line means a file, not an experiment: a name has no '/', and nobody should have to guess
  /// what lies in the folder.
  package static func isPath(_ word: String) -> Bool {
    word.contains("/") || [".yaml", ".yml", ".md", ".markdown"].contains { word.hasSuffix($0) }
  }

  /// Reads a file, the files it extends and the overrides, and checks all of it.
  ///
  /// - Throws: `ExperimentFileError` with every error found.
  package static func load(path: String, overrides: [String] = []) throws -> ExperimentFile {
    try read(path: path, overrides: overrides, open: TextFile.read)
  }

  /// The same for text that is at hand.
  ///
  /// - Parameter path: the file's name in errors; its folder is where `extends` begins.
  package static func read(
    text: String, path: String, overrides: [String] = []
  ) throws -> ExperimentFile {
    try read(path: path, overrides: overrides) { asked in
      try asked == path ? text : TextFile.read(asked)
    }
  }

  package static func read(
    path: String, overrides: [String], open: @escaping (String) throws -> String
  ) throws -> ExperimentFile {
    var diagnostics = Diagnostics()
    var loader = LayerLoader(open: open)
    let own = try loader.load(path, into: &diagnostics)
    guard let origin = loader.sources.first?.start else {
      throw ExperimentFileError(.notFound, "no such file: \(path)")
    }

    var stack = SettingStack(origin: origin)
    for layer in loader.layers { stack.apply(layer, into: &diagnostics) }
    var sweepNode = loader.sweep
    var reportNode = loader.report
    var overridden: Layer?
    if let tree = Overrides.read(overrides, into: &diagnostics) {
      let layer = Layer(tree, source: origin.source, into: &diagnostics)
      for (_, place) in layer.extends {
        diagnostics.error("'extends' cannot be overridden", at: place)
      }
      stack.apply(layer, into: &diagnostics)
      sweepNode = LayerLoader.merge(sweepNode, under: layer.sweep)
      reportNode = layer.report ?? reportNode
      overridden = layer
    }

    let objective = objective(stack, into: &diagnostics)
    let sweep = sweepNode.flatMap {
      SweepReader.read($0, objective: objective, into: &diagnostics)
    }
    if let sweep, let overridden {
      checkOverrides(overridden, against: sweep, into: &diagnostics)
    }
    var runs: [ExpandedRun] = []
    let imported = ImportedNames(stack)
    if sweepNode == nil, imported != .none, !stack.hasSettings {
      // It is about imported runs alone.
    } else if sweepNode == nil || sweep != nil {
      runs = Expansion.expand(stack, sweep, into: &diagnostics)
    }
    let cells = CellReader.cells(reportNode, imported: imported, into: &diagnostics)
    OutcomeChecks(stack, sweep, runs).check(cells, into: &diagnostics)
    let name = experimentName(own, overridden, path: path, origin: origin, into: &diagnostics)
    try diagnostics.check()

    var question: String?
    if case .string(let text)? = stack.assignments["question"]?.value { question = text }
    return ExperimentFile(
      name: name, question: question, objective: objective, sweep: sweep,
      sources: loader.sources, overrides: overrides, imported: imported, cells: cells, runs: runs,
      base: stack,
      warnings: diagnostics.warnings)
  }

  /// The name is the file's own: two experiments that share a base must not share a name.
  private static func experimentName(
    _ own: Layer, _ overridden: Layer?, path: String, origin: Place,
    into diagnostics: inout Diagnostics
  ) -> String {
    let given = overridden?.assignments["name"] ?? own.assignments["name"]
    if case .string(let name)? = given?.value { return name }
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for ending in [".yaml", ".yml", ".md", ".markdown"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    if let problem = ExperimentName.problem(with: name), !own.failed.contains("name") {
      diagnostics.error(
        "the experiment has no 'name', and the file's name cannot serve as one: \(problem)",
        at: origin,
        hint: "give it a name: …")
    }
    return name
  }

  /// A metric that nothing measures would leave the experiment without an answer.
  private static func objective(
    _ stack: SettingStack, into diagnostics: inout Diagnostics
  ) -> Objective {
    let goal = stack.assignments["objective.goal"]?.value.word
      .flatMap(Objective.Goal.init(rawValue:))
    guard let given = stack.assignments["objective.metric"], case .string(let metric) = given.value
    else { return Objective(metric: LoggedMetrics.standardObjective(stack.value), goal: goal) }
    if metric.hasPrefix("eval/"), case .list(let measured)? = stack.value("evaluation.metrics"),
      !stack.isFailed("evaluation.metrics")
    {
      let known = metric.dropFirst("eval/".count).split(separator: "_").joined(separator: "-")
      let words = measured.map(\.text)
      if case .words(let all, _)? = KeyDefinitions.byPath["evaluation.metrics"]?.type,
        all.contains(known), !words.contains(known),
        // What is not exact is logged as what it is.
        known != "sliced-wasserstein" || !words.contains("wasserstein2")
      {
        diagnostics.error(
          "nothing measures \(quoted(metric)): evaluation.metrics is "
            + "[\(words.joined(separator: ", "))]",
          at: given.place, hint: "add \(known) to evaluation.metrics")
      }
    }
    return Objective(metric: metric, goal: goal)
  }

  /// A sweep sets its keys itself: an override of one would silently change nothing.
  private static func checkOverrides(
    _ layer: Layer, against sweep: Sweep, into diagnostics: inout Diagnostics
  ) {
    for path in sweep.paths {
      guard let assignment = layer.assignments[path] else { continue }
      let single = "sweep.parameters.\(path)=[\(assignment.value.text)]"
      diagnostics.error(
        "'\(path)' is swept, so this would change nothing", at: assignment.keyPlace,
        hint: sweep.method != .list
          ? "\(single) makes it the one value tried; sweep=none removes the sweep"
          : "sweep=none removes the sweep")
    }
  }
}

extension ExperimentFile {
  /// Whether the file itself was changed on the command line; such a plan makes no orphans.
  package var isOverridden: Bool { !overrides.isEmpty }

  /// How many runs it has; of a `tpe` sweep, with those still to be proposed.
  package var runCount: Int {
    guard let sweep, sweep.method == .tpe else { return runs.count }
    return SweepSearch(base: base, sweep: sweep).pointCount * (sweep.seedCount ?? 1)
  }

  /// Of its report.
  package var cellCount: Int { cells.count }

  /// Whether it is a Markdown document.
  package var isDocument: Bool { sources.first.map { MarkdownDocument.isNamed($0.name) } ?? false }
}
