package import Analysis
import ExperimentFiles
import Plots
import Reports
import Statistics
package import Store
import Text
import Values

/// Reads from a store what a screen shows: the same values, from the same functions, as lists, reports and pages have.
package final class WatchReader {
  package let store: RunStore
  private let memory = ReportMemory()
  private var known: (version: Int, table: RunTable)?

  package init(store: RunStore) { self.store = store }

  /// A part of a screen, what is read first first.
  package enum Part: Sendable, Hashable, CaseIterable {
    case head, list, chart, samples
  }

  /// Parts of a screen that have to be read again when a state has changed.
  package static func parts(from old: WatchState, to new: WatchState) -> [Part] {
    if old.place != new.place || old.condition != new.condition { return Part.allCases }
    if old.chosenExperiment != new.chosenExperiment { return Part.allCases }
    if old.chosenRow != new.chosenRow { return [.chart, .samples] }
    var parts: [Part] = []
    if old.metric != new.metric || old.smoothing != new.smoothing { parts.append(.chart) }
    if old.sheet != new.sheet || old.showsPictures != new.showsPictures { parts.append(.samples) }
    return parts
  }

  /// - Throws: `StoreError`; `ExpressionError` for what is wrong with a condition.
  package func read(_ part: Part, _ state: WatchState, into data: inout WatchData) throws {
    switch part {
    case .head: try readHead(state, &data)
    case .list: try readList(state, &data)
    case .chart: try readChart(state, &data)
    case .samples: try readSamples(state, &data)
    }
  }

  /// A run's curve and newest samples.
  /// - Throws: `StoreError`.
  package func readRun(_ id: String, experiment: String) throws -> WatchData {
    var data = WatchData()
    let state = WatchState(place: .run(id: id, experiment: experiment))
    try readRun(id, try table(experiment), &data)
    try readChart(state, &data)
    try readSamples(state, &data)
    return data
  }

  private func readRun(_ id: String, _ table: RunTable, _ data: inout WatchData) throws {
    let name = table.experiment.name
    guard let run = try store.memberships(run: id).first(where: { $0.experiment == name }) else {
      throw StoreError(.notFound, "'\(name)' has no run \(id.prefix(8)) any more")
    }
    var goals: [String: Objective.Goal] = [:]
    for metric in run.metrics.keys { goals[metric] = table.goal(metric) }
    data.run = RunPart(run: run, goals: goals, events: try store.events(run: id).suffix(50))
  }

  /// The experiment's runs as they are now: read again only when the store has changed.
  package func table(_ experiment: String) throws -> RunTable {
    let version = try store.dataVersion()
    if let known, known.version == version, known.table.experiment.name == experiment {
      return known.table
    }
    let table = try RunTable(store: store, experiment: experiment)
    known = (version, table)
    return table
  }

  // MARK: - Lists

  /// How far experiments are: a few queries, whatever the number of runs.
  private func readHead(_ state: WatchState, _ data: inout WatchData) throws {
    data.overviews = try store.experimentOverviews()
    if data.settings?.experiment != state.experiment { (data.settings, data.leader) = (nil, nil) }
  }

  private func readList(_ state: WatchState, _ data: inout WatchData) throws {
    guard let name = state.experiment else {
      (data.settings, data.run, data.leader) = (nil, nil, nil)
      return
    }
    let table = try table(name)
    let (settings, leader) = try self.settings(table, state)
    (data.settings, data.leader) = (settings, leader)
    data.run = nil
    if case .run(let id, _) = state.place { try readRun(id, table, &data) }
  }

  private func settings(
    _ table: RunTable, _ state: WatchState
  ) throws -> (SettingsPart, LeadingSetting?) {
    let runs = try table.runs(meeting: state.condition)
    let asked = try table.listedMetrics()
    let comparison = try table.comparison(of: runs, metrics: asked)
    let having = Set(asked + [table.objective.metric]).filter { metric in
      comparison.rows.contains { $0.metrics[metric] != nil || $0.prunedMetrics[metric] != nil }
        || metric == MetricName.trainLoss
    }
    let objective = comparison.objective ?? table.objective
    let metrics = MetricName.ordered(having, objective: objective)
    let leaders = comparison.leaders()
    let settings = try comparison.rows.indices.map { place in
      let row = comparison.rows[place]
      let members = try table.filled(comparison.groups[place], settings: ["training.steps"])
      return SettingsPart.Setting(
        key: row.runs.first ?? "", name: comparison.name(ofRow: place),
        values: metrics.map { Self.text(row, $0) }, isBest: row.isBest,
        states: Self.states(members), runs: members,
        runValues: try members.map { run in
          try metrics.map { metric in
            try table.last(metric, of: run).map { DecimalText.significant($0, digits: 4) } ?? ""
          }
        })
    }
    let part = SettingsPart(
      experiment: table.experiment.name,
      metrics: metrics.map { $0 + MetricName.arrow(MetricName.goal($0, objective: objective)) },
      settings: settings,
      ranked: leaders.notComparable == nil && !leaders.ranked.isEmpty
        ? leaders.ranked + comparison.rows.indices.filter { !leaders.ranked.contains($0) } : nil,
      allRuns: table.runs.count)
    return (part, LeadingSetting(of: comparison))
  }

  /// As the page of runs writes it: mean, 95 % interval, number of seeds.
  private static func text(_ row: Comparison.Row, _ metric: String) -> String {
    if let value = row.metrics[metric] {
      return DecimalText.interval(value) + (value.count > 1 ? " (\(value.count))" : "")
    }
    return row.prunedMetrics[metric].map { "(\(DecimalText.significant($0.mean, digits: 3)))" }
      ?? ""
  }

  /// How far runs are: "finished" or "running 45 %" of one, "1/3, 45 %, 1 failed" of several.
  package static func states(_ runs: [RunSummary]) -> String {
    let counts = Dictionary(grouping: runs, by: \.state).mapValues(\.count)
    let running = runs.filter { $0.state == .running }.map { run -> String in
      guard case .integer(let steps)? = run.parameters["training.steps"], steps > 0 else {
        return "step \(run.step)"
      }
      return "\(100 * min(run.step, steps) / steps) %"
    }
    if runs.count == 1, let run = runs.first {
      return running.first.map { "running \($0)" } ?? run.state.rawValue
    }
    let done = runs.count { $0.state.isDone }
    let rest = [RunState.failed, .crashed, .interrupted].compactMap { state in
      counts[state].map { "\($0) \(state.rawValue)" }
    }
    return (["\(done)/\(runs.count)"] + running + rest).joined(separator: ", ")
  }

  // MARK: - Curves

  private func readChart(_ state: WatchState, _ data: inout WatchData) throws {
    data.chart = nil
    guard let name = state.experiment ?? data.chosenExperiment(state)?.name else { return }
    let table = try table(name)
    if state.experiment == nil {
      data.leader =
        table.runs.contains { $0.state.isDone } ? try table.leadingSetting() : nil
    }
    let marks = try store.metricMarks(experiment: name)
    var metrics = MetricName.orderedForCharts(marks.map(\.name), objective: table.objective)
    if let run = data.run?.run { metrics = metrics.filter { run.metrics[$0] != nil } }
    guard let metric = metrics.first(where: { $0 == state.metric }) ?? metrics.first else { return }
    var keys: [(key: String, value: String)] = []
    let smoothing = WatchState.smoothings[state.smoothing]
    if smoothing > 0 { keys.append(("smooth", "\(smoothing)")) }
    func lines(_ runs: [RunSummary], _ usual: [(key: String, value: String)]) throws -> CurveLines {
      try CurveLines(
        metric, arguments: (usual + keys).map { "\($0.key)=\($0.value)" }, of: runs, table,
        asksForStates: try Self.asksForStates(state.condition), memory: memory)
    }
    let runs =
      try data.run.map { [$0.run] } ?? table.runs(meeting: state.condition)
    let drawn = try lines(runs, data.run == nil ? CurveLines.usualKeys(table) : [])
    var chart = ChartPart(
      metric: metric, metrics: metrics,
      lines: drawn.lines.map {
        .init(label: $0.label, color: $0.color, curve: $0.curve, isFaint: $0.isFaint)
      }, xTitle: drawn.xTitle)
    if case .experiment = state.place, let row = data.chosenRow(state),
      row.run != nil || (data.settings?.settings.count ?? 0) > 1
    {
      if row.run == nil, drawn.lines.contains(where: { $0.label == row.setting }) {
        chart.chosenLabel = row.setting
      } else {
        chart.chosen = try lines(row.runs, []).lines.map(\.curve)
      }
    }
    data.chart = chart
  }

  private static func asksForStates(_ condition: String) throws -> Bool {
    guard !condition.isEmpty else { return false }
    return try Expression(condition).names.contains(RunAttribute.state.rawValue)
  }

  // MARK: - Samples

  /// Pictures of a sheet that are read.
  private static let mostImages = 64

  private func readSamples(_ state: WatchState, _ data: inout WatchData) throws {
    data.samples = nil
    guard state.showsPictures,
      let name = state.experiment ?? data.chosenExperiment(state)?.name
    else { return }
    let table = try table(name)
    let runs =
      data.run.map { [$0.run] } ?? data.chosenRow(state)?.runs
      ?? table.runs.sorted { $0.updated > $1.updated }.prefix(8).map { $0 }
    // What is under way first.
    for run in runs.filter({ $0.state == .running }) + runs.filter({ $0.state != .running }) {
      let sheets = try SampleSheet.all(of: run, table)
      guard !sheets.isEmpty else { continue }
      let sheet = sheets[max(0, sheets.count - 1 - state.sheet)]
      guard
        let images = try? SampleStrip.images(
          sha256: sheet.sha256, count: Self.mostImages, in: store, memory: memory)
      else { continue }
      data.samples = SamplesPart(
        title: run.title, step: sheet.step, count: sheets.count, images: images)
      return
    }
  }
}
