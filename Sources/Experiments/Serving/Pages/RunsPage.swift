import Analysis
import Statistics
import Store
import Text
import Values

extension Pages {
  /// Settings against what came out, seeds in a line, which opens into its runs.
  func runs(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let view = try RunsView(table, settled(table, request.value("where") ?? ""), request)
    var parts = [
      Page.Part(key: "title", content: "<h1>Runs of \(name)</h1>"),
      Page.Part(key: "filter", content: view.filter),
    ]
    parts.append(contentsOf: try view.table())
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
  private let query: [(key: String, value: String)]
  private let name: String
  private let condition: String
  private let sort: String?
  private let isDescending: Bool
  private let choice: String
  private let pinned: Set<String>
  private let hidden: Set<String>
  private let open: Set<String>
  private let limit: Int

  /// Rows at first; more when asked for.
  private static let rowsAtFirst = 60

  init(_ table: RunTable, _ settled: SettledRuns, _ request: PageRequest) throws {
    runs = table
    name = table.experiment.name
    query = request.query.filter { !["have", "token"].contains($0.key) }
    condition = request.value("where") ?? ""
    sort = request.value("sort")
    isDescending = request.value("order") == "down"
    choice = request.value("summary") ?? "last"
    func all(_ key: String) -> Set<String> {
      Set(request.query.filter { $0.key == key }.map(\.value))
    }
    (pinned, hidden, open) = (all("pin"), all("hide"), all("open"))
    limit = request.value("limit").flatMap { Int($0) } ?? Self.rowsAtFirst
    (count, comparison, metrics) = (settled.count, settled.comparison, settled.metrics)
  }

  // MARK: Addresses

  /// This view, some keys changed; nil takes one away.
  private func address(_ changes: [String: String?]) -> String {
    var pairs = query.filter { changes[$0.key] == nil }
    for (key, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { pairs.append((key, value)) }
    }
    return Address.of(["e", name, "runs"], pairs)
  }

  /// This view with a value of a key that may stand several times, or without it.
  private func toggled(_ key: String, _ value: String, on: Bool) -> String {
    var pairs = query.filter { !($0.key == key && $0.value == value) }
    if on { pairs.append((key, value)) }
    return Address.of(["e", name, "runs"], pairs)
  }

  // MARK: Above the table

  var filter: Markup {
    let kept = query.filter { !["where", "summary"].contains($0.key) }.map { pair -> Markup in
      "<input type=\"hidden\" name=\"\(pair.key)\" value=\"\(pair.value)\">"
    }
    let choices = ["last", "min", "max"].map { word -> Markup in
      "<option\(word == choice ? " selected" : "")>\(word)</option>"
    }
    return """
      <form method="get" action="\(Address.experiment(name, "runs"))" class="controls" data-soft>\(kept)
      <label>Where <input name="where" value="\(condition)" size="40" spellcheck="false" \
      placeholder="training.optimizer.lr &lt; 0.01 and state == 'finished'"></label>
      <label>Values of runs <select name="summary">\(choices)</select></label>
      <button>Show</button></form>
      """
  }

  // MARK: The table

  func table() throws -> [Page.Part] {
    guard !comparison.rows.isEmpty else {
      return [Page.Part(key: "nothing", content: "<p>No run meets this condition.</p>")]
    }
    let order = sorted()
    let shown = order.filter { !hidden.contains(key(of: $0)) }
    let rows = try shown.prefix(limit).flatMap { try self.rows($0) }
    let count =
      "\(self.count) of \(runs.runs.count) runs in \(comparison.rows.count) settings"
    var notes: [Markup] = ["\(count). "]
    if !hidden.isEmpty {
      notes.append(
        "<a href=\"\(address(["hide": nil]))\" data-soft>\(hidden.count) hidden: show them</a>. ")
    }
    if shown.count > limit {
      notes.append(
        "<a href=\"\(address(["limit": String(limit * 4)]))\" data-soft>The first \(limit): show more</a>. "
      )
    }
    let seeds: Markup =
      "Values are means over seeds with their 95 % interval and the number of seeds; a click on a setting opens its runs."
    return [
      Page.Part(
        key: "table",
        content: """
          <div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs"><thead>\(header)</thead>
          <tbody>\(rows)</tbody></table></div>
          <p class="caption">\(notes)\(seeds)</p>
          """),
      Page.Part(key: "cell", content: copy),
    ]
  }

  private var paths: [String] { comparison.settings }

  private var header: Markup {
    let short = SettingNames.short(paths)
    func head(_ key: String, _ title: String, isNumber: Bool, arrow: String = "") -> Markup {
      let isHere = sort == key
      let next: [String: String?] = [
        "sort": key, "order": isHere && !isDescending ? "down" : nil,
      ]
      let state = isHere ? (isDescending ? "descending" : "ascending") : "none"
      return """
        <th aria-sort="\(state)"\(isNumber ? " class=\"number\"" : "")><a href="\(address(next))" data-soft>\
        \(title)\(arrow)\(isHere ? (isDescending ? " ▾" : " ▴") : "")</a></th>
        """
    }
    let settings = paths.map { head($0, short[$0] ?? $0, isNumber: false) }
    let values = metrics.map {
      head(
        $0, $0, isNumber: true,
        arrow: MetricName.arrow(MetricName.goal($0, objective: comparison.objective)))
    }
    return """
      <tr><th><span class="hidden">Pin, hide</span></th>\(paths.isEmpty ? "<th>setting</th>" : "")\(settings)\(values)\
      <th class="number">runs</th></tr>
      """
  }

  /// Pinned rows first, then by the column that is asked for, else in the plan's order.
  private func sorted() -> [Int] {
    var order = Array(comparison.rows.indices)
    if let sort {
      if metrics.contains(sort) {
        let values = order.map { comparison.rows[$0].metrics[sort]?.mean ?? .nan }
        order.sort { a, b in
          if values[a].isNaN || values[b].isNaN { return !values[a].isNaN && values[b].isNaN }
          return isDescending ? values[a] > values[b] : values[a] < values[b]
        }
      } else {
        func isBefore(_ a: Int, _ b: Int) -> Bool {
          let (a, b) = (comparison.rows[a].settings[sort], comparison.rows[b].settings[sort])
          if let a = a?.number, let b = b?.number { return a < b }
          return (a?.text ?? "") < (b?.text ?? "")
        }
        order.sort { isDescending ? isBefore($1, $0) : isBefore($0, $1) }
      }
    }
    let marked = order.map { pinned.contains(key(of: $0)) }
    return zip(order, marked).filter(\.1).map(\.0) + zip(order, marked).filter { !$0.1 }.map(\.0)
  }

  /// What a row is called in addresses: its first run.
  private func key(of row: Int) -> String {
    String((comparison.rows[row].runs.first ?? "").prefix(12))
  }

  private func rows(_ index: Int) throws -> [Markup] {
    let row = comparison.rows[index]
    let key = key(of: index)
    let (isPinned, isOpen) = (pinned.contains(key), open.contains(key))
    let name = comparison.name(ofRow: index)
    var opener: Markup = "\(name)"
    if !paths.isEmpty { opener = "\(row.settings[paths[0]]?.text ?? "–")" }
    let first: Markup = """
      <th scope="row"><a href="\(toggled("open", key, on: !isOpen))" data-soft aria-expanded="\(isOpen ? "true" : "false")">\
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
      <a href="\(toggled("pin", key, on: !isPinned))" data-soft title="\(isPinned ? "Unpin" : "Pin") \(name)" \
      aria-pressed="\(isPinned ? "true" : "false")" role="button">\(isPinned ? "★" : "☆")</a> \
      <a href="\(toggled("hide", key, on: true))" data-soft title="Hide \(name)" role="button">×</a></td>\
      \(first)\(settings)\(values)<td class="number">\(states)</td></tr>
      """
    return try [line] + (isOpen ? comparison.groups[index].map { try self.line(of: $0) } : [])
  }

  /// A single run, below its setting.
  private func line(of run: RunSummary) throws -> Markup {
    let values = try metrics.map { metric -> Markup in
      guard let summary = try runs.summary(metric, of: run) else {
        return "<td class=\"number\">–</td>"
      }
      let (value, step): (Double, Int?) =
        switch choice {
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
    if !condition.isEmpty { pairs.append(("where", condition)) }
    if !metrics.isEmpty { pairs.append(("metric", CellText.list(metrics))) }
    return CellText.button("results", pairs)
  }
}
