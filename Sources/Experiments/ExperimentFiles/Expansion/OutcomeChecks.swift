import Diffusion
import Text
import Values

/// What cannot come of a file, whatever its runs do: an objective that none logs, a condition that none meets.
struct OutcomeChecks {
  let stack: SettingStack
  let sweep: Sweep?
  let runs: [ExpandedRun]
  private let logged: Set<String>

  init(_ stack: SettingStack, _ sweep: Sweep?, _ runs: [ExpandedRun]) {
    (self.stack, self.sweep, self.runs) = (stack, sweep, runs)
    logged = runs.reduce(into: []) { logged, run in
      logged.formUnion(LoggedMetrics.names { run.values[$0] })
    }
  }

  func check(_ cells: [ReportCell], into diagnostics: inout Diagnostics) {
    guard !runs.isEmpty, diagnostics.isEmpty else { return }
    checkObjective(into: &diagnostics)
    checkMeasures(into: &diagnostics)
    checkInception(into: &diagnostics)
    checkGuidance(into: &diagnostics)
    for cell in cells where cell.experiment == nil { check(cell, into: &diagnostics) }
  }

  private func checkObjective(into diagnostics: inout Diagnostics) {
    guard let given = stack.assignments["objective.metric"], let metric = given.value.word,
      !logged.contains(metric)
    else { return }
    let (reason, hint) = why(metric)
    diagnostics.error(
      "no run logs \(quoted(metric)), the objective\(reason)", at: given.place,
      hint: hint
        ?? "those that are: \(logged.filter(MetricName.isResult).sorted().joined(separator: ", "))")
  }

  /// What keeps a metric from being logged, and what to do.
  private func why(_ metric: String) -> (reason: String, hint: String?) {
    let all = EvaluationSettings.Metric.allCases
    guard
      let measure = all.first(where: {
        $0.name == metric || $0.referenceName == metric || $0.furtherNames.contains(metric)
      })
    else { return ("", Suggestion.hint(for: metric, among: logged.sorted())) }
    let values = runs[0].values
    if let obstacle = LoggedMetrics.obstacle(measure, { values[$0] }) {
      return (": \(obstacle.reason)", obstacle.hint)
    }
    let sliced = EvaluationSettings.Metric.slicedWasserstein
    if measure == .wasserstein2, logged.contains(sliced.name) {
      return (
        ": in more than one dimension it is that of projections", "it is called \(sliced.name)"
      )
    }
    return ("", "add \(measure.rawValue) to evaluation.metrics")
  }

  /// Measures that are asked for and that no run makes.
  private func checkMeasures(into diagnostics: inout Diagnostics) {
    guard let given = stack.assignments["evaluation.metrics"], case .list(let words) = given.value
    else { return }
    for case let measure? in words.map({
      $0.word.flatMap(EvaluationSettings.Metric.init(rawValue:))
    })
    where !logged.contains(measure.name) && measure != .wasserstein2 {
      guard let obstacle = LoggedMetrics.obstacle(measure, { runs[0].values[$0] }) else { continue }
      diagnostics.warning(
        "never measured: \(obstacle.reason)", at: given.place, hint: obstacle.hint)
    }
    for case let measure? in words.map({
      $0.word.flatMap(EvaluationSettings.Metric.init(rawValue:))
    }) {
      checkData(of: measure, at: given.place, into: &diagnostics)
    }
  }

  /// What a run would refuse to measure.
  private func checkData(
    of measure: EvaluationSettings.Metric, at place: Place, into diagnostics: inout Diagnostics
  ) {
    guard let least = measure.leastSamples else { return }
    let counts = runs.compactMap { $0.values["evaluation.images"]?.number }
    if let count = counts.min(), count < Double(least) {
      diagnostics.error(
        "\(measure.rawValue) takes \(least) samples or more, and evaluation.images is \(count.canonical)",
        at: place, hint: "set evaluation.images: 1000")
    }
    let vectors = ["gaussian", "mixture", "points"]
    if measure.isOfClassifier || measure == .fid,
      let source = runs.lazy.compactMap({ $0.values["data.source"]?.word })
        .first(where: vectors.contains)
    {
      diagnostics.error(
        "\(measure.rawValue) is of images, by a \(measure == .fid ? "network" : "classifier")'s features, and data.source \(source) has vectors",
        at: place, hint: "measure wasserstein2 or energy-distance")
    }
  }

  private static func hasGuide(_ run: ExpandedRun) -> Bool {
    ["sampling.guide", "sampling.guide_step"].contains { (run.values[$0] ?? .null) != .null }
  }

  /// A distance in a network's features without the network, and the network without the distance.
  private func checkInception(into diagnostics: inout Diagnostics) {
    func measures(_ run: ExpandedRun) -> Bool {
      guard case .list(let words)? = run.values["evaluation.metrics"] else { return false }
      return words.contains { $0.word == EvaluationSettings.Metric.fid.rawValue }
    }
    func names(_ run: ExpandedRun) -> Bool {
      (run.values["evaluation.inception"] ?? .null) != .null
    }
    if let run = runs.first(where: { measures($0) && !names($0) }) {
      diagnostics.error(
        "fid takes the weights of the Inception network, and evaluation.inception names no file",
        at: stack.assignments["evaluation.metrics"]?.place ?? run.place,
        hint: "docs/fid.md says how to come by one; frechet-pca64 and classifier-frechet need none")
    } else if let given = stack.assignments["evaluation.inception"], given.value != .null,
      !runs.contains(where: measures)
    {
      diagnostics.warning(
        "no run measures fid, which this file is for", at: given.place,
        hint: "add fid to evaluation.metrics")
    }
  }

  /// Guidance is from what a network says without a class to what it says with one.
  private func checkGuidance(into diagnostics: inout Diagnostics) {
    let withGuide = runs.filter(Self.hasGuide)
    if let first = withGuide.first,
      withGuide.allSatisfy({ $0.values["sampling.guidance"]?.number == 1 })
    {
      let given = ["sampling.guide", "sampling.guide_step"].compactMap { stack.assignments[$0] }
      diagnostics.warning(
        "the guide is never asked: sampling.guidance is 1", at: given.first?.place ?? first.place,
        hint: "set sampling: {guidance: 2}")
    }
    let guided = runs.filter { run in
      // By what it was earlier, or by another one, a network is guided without classes too.
      !Self.hasGuide(run)
        && run.values["sampling.guidance"]?.number.map { $0 != 0 && $0 != 1 } ?? false
    }
    guard let first = guided.first, let scale = first.values["sampling.guidance"]?.number else {
      return
    }
    let place = stack.assignments["sampling.guidance"]?.place ?? first.place
    func all(_ path: String, _ isMeant: (ParameterValue) -> Bool) -> Bool {
      guided.allSatisfy { $0.values[path].map(isMeant) ?? false }
    }
    if all("conditioning.kind", { $0.word == "none" }) {
      diagnostics.error(
        "guidance \(scale.canonical) is towards a class, but conditioning.kind is none: it would change nothing",
        at: place, hint: "set conditioning.kind: class, or leave guidance out")
    } else if all("conditioning.dropout", { $0.number == 0 }),
      !all("model.architecture", { ["exact", "exact-gaussian"].contains($0.word) }),
      all("training.from", { $0 == .null })
    {
      diagnostics.warning(
        "guidance \(scale.canonical) starts from what the network says without a class, which conditioning.dropout 0 never trains",
        at: place, hint: "set conditioning.dropout: 0.1")
    }
  }

  // MARK: Cells

  private func check(_ cell: ReportCell, into diagnostics: inout Diagnostics) {
    // What a search has not proposed yet may be anything.
    if sweep?.method != .tpe {
      for condition in [cell.condition].compactMap({ $0 }) where !isPossible(condition.root) {
        diagnostics.warning(
          "no run of this file meets the condition of this cell: \(quoted(condition.text))",
          at: cell.place, hint: "compare it with what the sweep varies, or with 'workbench plan'")
      }
      for call in cell.cell.calls {
        guard let condition = call.condition, !isPossible(condition) else { continue }
        diagnostics.warning(
          "no run of this file meets a condition in this cell", at: cell.place,
          hint: "compare it with what the sweep varies, or with 'workbench plan'")
      }
    }
    checkPromises(of: cell, into: &diagnostics)
    for metric in distinct(cell.cell.metrics) where !logged.contains(metric) {
      let (reason, hint) = why(metric)
      // Others may come from elsewhere.
      guard hint != nil || KnownMetrics.names.contains(metric) else { continue }
      diagnostics.warning(
        "no run of this file logs \(quoted(metric))\(reason)", at: cell.place, hint: hint)
    }
  }

  /// What a kind of cell needs of the runs' settings.
  private func checkPromises(of cell: ReportCell, into diagnostics: inout Diagnostics) {
    func none(_ path: String, _ isMeant: (ParameterValue) -> Bool) -> Bool {
      sweep?.method != .tpe && runs.allSatisfy { $0.values[path].map(isMeant) ?? true }
    }
    switch cell.cell {
    case let grid as GridCell
    where !grid.classes.isEmpty || grid.rows == .class || grid.columns == .class:
      guard none("conditioning.kind", { $0.word == "none" }),
        none("sampling.classifier_guidance", { $0.number == 0 })
      else { return }
      diagnostics.warning(
        "this grid is by class, and no run of this file is conditioned on one", at: cell.place,
        hint: "set conditioning.kind: class")
    case let timeline as TimelineCell where !timeline.isOverSampling:
      guard none("sampling.every", { $0 == .null }) else { return }
      diagnostics.warning(
        "this timeline is of samples drawn during training, and no run of this file draws any",
        at: cell.place, hint: "set sampling.every, or over: sampling")
    case let compare as CompareCell where !compare.baseline.isEmpty:
      let isThere =
        sweep?.method == .tpe
        || runs.contains { run in
          compare.baseline.allSatisfy { run.values[$0.path]?.text == $0.value.text }
        }
      guard !isThere else { return }
      diagnostics.warning(
        "no run of this file is the baseline of this cell", at: cell.place,
        hint: "name values that the sweep has")
    default: break
    }
  }

  private func isPossible(_ condition: Expression.Node) -> Bool {
    runs.contains { condition.truth($0.values) != false }
  }
}

extension Expression.Node {
  /// Whether a condition holds for a run of these settings; nil where that depends on more than settings.
  fileprivate func truth(_ settings: [String: ParameterValue]) -> Bool? {
    switch self {
    case .and(let a, let b):
      let (a, b) = (a.truth(settings), b.truth(settings))
      return a == false || b == false ? false : a == nil || b == nil ? nil : true
    case .or(let a, let b):
      let (a, b) = (a.truth(settings), b.truth(settings))
      return a == true || b == true ? true : a == nil || b == nil ? nil : false
    case .not(let operand, _): return operand.truth(settings).map { !$0 }
    default:
      var isOfSettings = calls.isEmpty
      visit { node in
        if case .name(let name, _) = node, KeyDefinitions.byPath[name]?.isSetting != true {
          isOfSettings = false
        }
      }
      guard isOfSettings else { return nil }
      let evaluator = Expression.Evaluator(name: { settings[$0]?.expressionValue ?? .none })
      return try? evaluator.holds(self)
    }
  }
}
