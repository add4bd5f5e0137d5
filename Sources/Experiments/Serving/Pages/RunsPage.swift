import Analysis
import ExperimentFiles
import Statistics
import Store
import Text
import Values

extension Pages {
  /// Settings against what came out, seeds in a line, which opens into its runs.
  func runs(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let asked = RunsAddress(name, request)
    var parts = [
      Page.Part(key: "title", content: "<h1>Runs of \(name)</h1>"),
      Page.Part(key: "filter", content: asked.form),
    ]
    do {
      parts += try RunsView(table, settled(table, asked.condition), asked).table()
    } catch let error as ExpressionError {
      parts.append(Self.problem(error))
    }
    return Page(
      title: "Runs of \(name)", trail: trail(name), tabs: tabs(name, here: "Runs"), parts: parts,
      kind: "runs")
  }
}

/// Runs that meet a condition, in settings.
struct SettledRuns: Sendable {
  /// How many they are.
  let count: Int
  let comparison: Comparison
  let metrics: [String]

  /// - Throws: `ExpressionError` for what is no condition, `StoreError`.
  init(_ table: RunTable, where condition: String) throws {
    let selected = try table.runs(meeting: condition)
    count = selected.count
    let asked = try table.listedMetrics()
    comparison = try table.comparison(of: selected, metrics: asked).rowsAlone
    let having = Set(asked + [table.objective.metric]).filter { [comparison] metric in
      comparison.rows.contains { $0.metrics[metric] != nil || $0.prunedMetrics[metric] != nil }
    }
    metrics = MetricName.ordered(having, objective: comparison.objective ?? table.objective)
  }
}

/// The table of runs as an address asks for it.
private struct RunsView {
  private let runs: RunTable
  private let count: Int
  private let comparison: Comparison
  private let metrics: [String]
  private let asked: RunsAddress

  init(_ table: RunTable, _ settled: SettledRuns, _ asked: RunsAddress) {
    (runs, self.asked) = (table, asked)
    (count, comparison, metrics) = (settled.count, settled.comparison, settled.metrics)
  }

  // MARK: The table

  func table() throws -> [Page.Part] {
    guard !comparison.rows.isEmpty else {
      return [Page.Part(key: "nothing", content: "<p>No run meets this condition.</p>")]
    }
    let order = sorted()
    let shown =
      asked.hidden.isEmpty ? order : order.filter { !asked.hidden.contains(key(of: $0)) }
    let rows = try shown.prefix(asked.limit).flatMap { try self.rows($0) }
    let count =
      "\(self.count) of \(DecimalText.counted(runs.runs.count, "run")) in \(DecimalText.counted(comparison.rows.count, "setting"))"
    var notes: [Markup] = ["\(count). "]
    if !asked.hidden.isEmpty {
      notes.append(
        "<a href=\"\(asked.address(["hide": nil]))\" data-soft>\(asked.hidden.count) hidden: show them</a>. "
      )
    }
    if shown.count > asked.limit {
      notes.append(
        "<a href=\"\(asked.address(["limit": String(asked.limit * 4)]))\" data-soft>The first \(asked.limit): show more</a>. "
      )
    }
    let seeds: Markup =
      "Values are means over seeds with their 95 % interval and the number of seeds; a click on a setting opens its runs."
    let curves: Markup = "<a href=\"\(charts)\">Their curves</a>. "
    return [
      Page.Part(
        key: "table",
        content: """
          <div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs"><thead>\(header)</thead>
          <tbody>\(rows)</tbody></table></div>
          <p class="caption">\(notes)\(curves)\(seeds)</p>
          """),
      Page.Part(key: "cell", content: copy),
    ]
  }

  private var paths: [String] { comparison.settings }

  private var header: Markup {
    let short = SettingNames.short(paths)
    func head(_ key: String, _ title: String, isNumber: Bool, arrow: String = "") -> Markup {
      let isHere = asked.sort == key
      let next: [String: String?] = [
        "sort": key, "order": isHere && !asked.isDescending ? "down" : nil,
      ]
      let state = isHere ? (asked.isDescending ? "descending" : "ascending") : "none"
      return """
        <th aria-sort="\(state)"\(isNumber ? " class=\"number\"" : "")><a href="\(asked.address(next))" data-soft>\
        \(title)\(arrow)\(isHere ? (asked.isDescending ? " ▾" : " ▴") : "")</a></th>
        """
    }
    let settings = paths.map { head($0, short[$0] ?? $0, isNumber: false) }
    let values = metrics.map {
      head(
        $0, $0, isNumber: true,
        arrow: MetricName.arrow(MetricName.goal($0, objective: comparison.objective)))
    }
    return """
      <tr><th><span class="hidden">Colour, pin, hide</span></th>\(paths.isEmpty ? "<th>setting</th>" : "")\(settings)\(values)\
      <th class="number">runs</th></tr>
      """
  }

  /// Pinned rows first, then by the column that is asked for, else in the plan's order.
  private func sorted() -> [Int] {
    var order = Array(comparison.rows.indices)
    if let sort = asked.sort {
      if metrics.contains(sort) {
        let values = order.map { comparison.rows[$0].metrics[sort]?.mean ?? .nan }
        order.sort { a, b in
          if values[a].isNaN || values[b].isNaN { return !values[a].isNaN && values[b].isNaN }
          return asked.isDescending ? values[a] > values[b] : values[a] < values[b]
        }
      } else {
        func isBefore(_ a: Int, _ b: Int) -> Bool {
          let (a, b) = (comparison.rows[a].settings[sort], comparison.rows[b].settings[sort])
          if let a = a?.number, let b = b?.number { return a < b }
          return (a?.text ?? "") < (b?.text ?? "")
        }
        order.sort { asked.isDescending ? isBefore($1, $0) : isBefore($0, $1) }
      }
    }
    guard !asked.pinned.isEmpty else { return order }
    let marked = order.map { asked.pinned.contains(key(of: $0)) }
    return zip(order, marked).filter(\.1).map(\.0) + zip(order, marked).filter { !$0.1 }.map(\.0)
  }

  /// What a row is called in addresses: its first run.
  private func key(of row: Int) -> String {
    String((comparison.rows[row].runs.first ?? "").prefix(12))
  }

  private func rows(_ index: Int) throws -> [Markup] {
    let row = comparison.rows[index]
    let key = key(of: index)
    let (isPinned, isOpen) = (asked.pinned.contains(key), asked.open.contains(key))
    let name = comparison.name(ofRow: index)
    var opener: Markup = "\(name)"
    if !paths.isEmpty { opener = "\(row.settings[paths[0]]?.text ?? "–")" }
    let first: Markup = """
      <th scope="row"><a href="\(asked.toggled("open", key, on: !isOpen))" data-soft aria-expanded="\(isOpen ? "true" : "false")">\
      \(opener)</a></th>
      """
    let settings = paths.dropFirst().map { path -> Markup in
      "<td>\(row.settings[path]?.text ?? "–")</td>"
    }
    let values = metrics.map { metric -> Markup in
      let text =
        row.metrics[metric].map { DecimalText.interval($0) }
        ?? row.prunedMetrics[metric].map { "(\(DecimalText.significant($0.mean, digits: 3)))" }
        ?? "–"
      let isBest = row.isBest && metric == comparison.objective?.metric
      let count = row.metrics[metric].map { $0.count > 1 ? " (\($0.count))" : "" } ?? ""
      return "<td class=\"number\">\(isBest ? "<strong>\(text)</strong>" : "\(text)")\(count)</td>"
    }
    let states = [
      (row.finished, "finished"), (row.pruned, "pruned"), (row.missing, "open"),
      (row.failed, "failed"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let line: Markup = """
      <tr data-row="\(key)"\(isPinned ? " class=\"pinned\"" : "")><td class="tools">\
      \(swatch(key, name))\
      <a href="\(asked.toggled("pin", key, on: !isPinned))" data-soft title="\(isPinned ? "Unpin" : "Pin") \(name)" \
      aria-pressed="\(isPinned ? "true" : "false")" role="button">\(isPinned ? "★" : "☆")</a> \
      <a href="\(asked.toggled("hide", key, on: true))" data-soft title="Hide \(name)" role="button">×</a></td>\
      \(first)\(settings)\(values)<td class="number">\(states)</td></tr>
      """
    return try [line] + (isOpen ? comparison.groups[index].map { try self.line(of: $0) } : [])
  }

  /// The colour that the setting has in the charts, which a click changes.
  private func swatch(_ key: String, _ name: String) -> Markup {
    let place = asked.colors[key]
    let now = place.map { SeriesPalette.names[$0] }
    let next = asked.nextColor(key) ?? "no colour of its own"
    return """
      <a href="\(asked.painted(key))" data-soft class="swatch\(now.map { " \($0)" } ?? "")" role="button" \
      title="Colour of \(name): \(now ?? "none of its own"); a click takes \(next)">\(place == nil ? "○" : "●")</a> 
      """
  }

  /// The charts of these runs, settings in the colours that were chosen.
  private var charts: String {
    let rows = asked.colors.isEmpty ? 0..<0 : comparison.rows.indices
    let colors = rows.compactMap { row -> String? in
      asked.colors[key(of: row)].map {
        "\(CellText.scalar(comparison.name(ofRow: row))): \(SeriesPalette.names[$0])"
      }
    }
    return Address.of(
      ["e", asked.experiment, "charts"],
      [
        ("where", asked.condition), ("color", "setting"),
        ("colors", colors.isEmpty ? "" : "{\(colors.joined(separator: ", "))}"),
      ])
  }

  /// A single run, below its setting.
  private func line(of run: RunSummary) throws -> Markup {
    let values = try metrics.map { metric -> Markup in
      guard let summary = try runs.summary(metric, of: run) else {
        return "<td class=\"number\">–</td>"
      }
      let (value, step): (Double, Int?) =
        switch asked.choice {
        case "min": (summary.min, summary.minStep)
        case "max": (summary.max, summary.maxStep)
        default: (summary.last, summary.lastStep)
        }
      return """
        <td class="number"><span title="at step \(step ?? 0)">\(DecimalText.significant(value, digits: 4))</span></td>
        """
    }
    let blanks = max(0, paths.count - 1)
    return """
      <tr class="run"><td></td><td><a href="\(Address.run(run.id))">\(run.title)</a></td>\
      \(blanks > 0 ? "<td colspan=\"\(blanks)\">seed \(run.seed)</td>" : "")\(values)\
      <td class="number"><span class="state \(run.state.rawValue)">\(run.state.rawValue)</span> \(run.step)</td></tr>
      """
  }

  /// The same as a cell of a notebook.
  private var copy: Markup {
    var pairs: [(String, String)] = []
    if !asked.condition.isEmpty { pairs.append(("where", asked.condition)) }
    if !metrics.isEmpty { pairs.append(("metric", CellText.list(metrics))) }
    return CellText.button("results", pairs)
  }
}
