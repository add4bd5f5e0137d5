import Analysis
import ExperimentFiles
import Store
import Text
import Values

extension Pages {
  /// What was swept against what came out: which settings matter, and every run as a line through them.
  func parameters(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let metric = try request.value("y") ?? firstMetric(table)
    let condition = request.value("where") ?? ""
    let metrics = try table.listedMetrics()
    let choices = (metrics.contains(metric) ? metrics : [metric] + metrics).map { known -> Markup in
      "<option\(known == metric ? " selected" : "")>\(known)</option>"
    }
    let all = Address.of(["e", name, "parameters"], [("y", request.value("y") ?? "")])
    let reset: Markup =
      condition.isEmpty ? "" : "<a href=\"\(all)\" data-soft>All runs</a>"
    let controls: Markup = """
      <form method="get" action="\(Address.experiment(name, "parameters"))" class="controls" data-soft>\
      <label>Metric <select name="y">\(choices)</select></label> \
      <label>Where <input name="where" value="\(condition)" size="40" spellcheck="false"></label> <button>Show</button> \(reset)</form>
      """
    let mark = try mark(metric, name)
    let chosen = [("where", condition)]
    let importance = PageCell(
      ImportanceCell.kind, of: name, [("metric", metric)] + chosen, mark: mark)
    let parallel = PageCell(
      of: name, [("y", metric), ("kind", "parallel")] + chosen, mark: mark)
    return Page(
      title: "Parameters of \(name)", trail: trail(name), tabs: tabs(name, here: "Parameters"),
      parts: [
        Page.Part(key: "title", content: "<h1>Parameters of \(name)</h1>"),
        Page.Part(key: "controls", content: controls),
        part("importance", importance) { below in
          """
          <h2>What matters</h2>\(importance.figure("Share of the variance of \(metric) that each setting explains", class: "still", isRead: false))
          \(below)\(importance.yaml)
          """
        },
        part("parallel", parallel) { below in
          """
          <h2>Every run</h2>\(parallel.figure("\(metric) of every run by its settings", class: "plot parallel"))
          \(below)<p class="caption">Drag along an axis to keep the runs that pass there; once more along another to keep fewer.</p>
          \(parallel.yaml)
          """
        },
      ], kind: "parameters")
  }
}
