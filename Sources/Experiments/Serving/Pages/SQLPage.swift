import ExperimentFiles
import Store
import Text

extension Pages {
  private static var mostRows: Int { 1000 }
  private static var seconds: Double { 10 }

  /// The views of `workbench sql`.
  func sql(_ request: PageRequest) throws -> Page {
    let experiment = try request.value("e").map { try store.experiment($0).name }
    let query = request.value("q") ?? ""
    var parts = [
      Page.Part(key: "title", content: "<h1>SQL</h1>"),
      Page.Part(
        key: "form",
        content: """
          <form method="get" action="/sql" class="query" data-soft>\(experiment.map { name -> Markup in
            "<input type=\"hidden\" name=\"e\" value=\"\(name)\">" })\
          <label for="q">One query; it cannot change anything\(experiment == nil ? "" : "; the view wide has a row for each run of \(experiment ?? "")")</label>
          <textarea id="q" name="q" rows="5" spellcheck="false">\(Markup(lines: query))</textarea>\
          \(experiment == nil ? "" : Self.chartControls(request))<button>Ask</button></form>
          """),
    ]
    if query.isEmpty {
      let examples = StoreDocumentation.current.examples.map { example -> Markup in
        """
        <li><a href="\(Address.of(["sql"], [("e", experiment ?? ""), ("q", example.sql)]))">\(example.question)</a></li>
        """
      }
      parts.append(Page.Part(key: "examples", content: "<h2>For instance</h2><ul>\(examples)</ul>"))
    } else {
      let keys = [("query", query)] + Self.chartKeys.map { ($0.key, request.value($0.key) ?? "") }
      let result = result(query, experiment)
      if let experiment, request.value("chart") != nil, !result.isError {
        let cell = PageCell(
          SQLCell.kind, of: experiment, keys, mark: "\(try store.dataVersion())")
        parts.append(
          part("chart", cell) { below in
            "\(cell.figure("What the query gives", class: "still", isRead: false))\(below)\(cell.yaml)"
          })
      }
      parts.append(Page.Part(key: "result", content: result.content))
      if experiment != nil, request.value("chart") == nil {
        parts.append(
          Page.Part(key: "cell", content: CellText.button(SQLCell.kind, [("query", query)])))
      }
    }
    return Page(
      title: "SQL", trail: experiment.map { trail($0) } ?? [],
      tabs: experiment.map { tabs($0, here: "SQL") } ?? [], parts: parts, kind: "sql")
  }

  /// Keys of the cell that make a chart of the result.
  private static let chartKeys: [(key: String, title: String)] = [
    ("chart", "As"), ("x", "x"), ("y", "y"), ("color", "Colour"),
  ]

  private static func chartControls(_ request: PageRequest) -> Markup {
    let now = request.value("chart") ?? ""
    let kinds = [("", "table"), ("line", "lines"), ("scatter", "points"), ("bar", "bars")].map {
      value, text -> Markup in
      "<option value=\"\(value)\"\(value == now ? " selected" : "")>\(text)</option>"
    }
    let fields = chartKeys.dropFirst().map { key, title -> Markup in
      """
      <label>\(title) <input name="\(key)" value="\(request.value(key) ?? "")" size="10" placeholder="column" spellcheck="false"></label>
      """
    }
    return """
      <p class="controls"><label>As <select name="chart">\(kinds)</select></label> \(fields)</p>
      """
  }

  private func result(
    _ query: String, _ experiment: String?
  ) -> (content: Markup, isError: Bool) {
    let result: QueryResult
    do {
      result = try store.query(
        query, experiment: experiment, limit: Self.mostRows + 1, seconds: Self.seconds)
    } catch {
      return ("<p class=\"problem\">\(Markup(lines: "\(error)"))</p>", true)
    }
    let heads = result.columns.map { name -> Markup in "<th>\(name)</th>" }
    let rows = result.rows.prefix(Self.mostRows).map { row -> Markup in
      let cells = row.map { value -> Markup in
        switch value {
        case .null: "<td class=\"muted\">NULL</td>"
        case .integer(let number): "<td class=\"number\">\(number)</td>"
        case .number(let number):
          "<td class=\"number\">\(DecimalText.significant(number, digits: 6))</td>"
        case .text(let text): "<td>\(text)</td>"
        case .bytes(let count): "<td class=\"muted\">(\(count) bytes)</td>"
        }
      }
      return "<tr>\(cells)</tr>"
    }
    let more =
      result.rows.count > Self.mostRows
      ? "The first \(Self.mostRows) rows." : "\(DecimalText.counted(result.rows.count, "row"))."
    let table: Markup = """
      <div class="scroll" tabindex="0" role="region" aria-label="Result"><table><thead><tr>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>\
      <p class="caption">\(more)</p>
      """
    return (table, false)
  }
}
