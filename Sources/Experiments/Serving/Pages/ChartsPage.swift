import Analysis
import ExperimentFiles
import Foundation
import Reports
import Store
import Text
import Values

/// Keys of plots that the controls above charts set.
private let chartKeys = ["x", "color", "colors", "band", "smooth", "log", "facet", "where"]

extension Pages {
  /// A chart for each metric.
  func charts(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let filter = request.value("filter") ?? ""
    let known = try chartedMetrics(table)
    let wanted = filter.lowercased()
    let names = known.filter { wanted.isEmpty || $0.lowercase.contains(wanted) }.map(\.name)
    let limit = request.count("limit", atFirst: 60)
    let versions = Dictionary(known.map { ($0.name, $0.mark) }) { first, _ in first }
    let keys = try plotKeys(request, table)
    let growth = try Self.mark(of: growth(table))
    let charts = names.prefix(limit).map { metric -> Page.Part in
      let cell = PageCell(
        of: name, [("y", metric)] + keys, looks: Self.small,
        mark: (versions[metric] ?? "") + growth)
      let large = Address.of(["e", name, "plot"], cell.keys)
      return Page.Part(
        key: "m-\(metric)",
        content: """
          <figure class="chart"><a href="\(large)"><img loading="lazy" width="420" height="240" \
          src="\(cell.picture)" alt="\(metric)"></a><figcaption>\(metric)</figcaption></figure>
          """)
    }
    let more: Markup =
      names.count > limit
      ? """
      <p><a href="\(Address.of(["e", name, "charts"], request.query.filter { !["limit", "have", "token"].contains($0.key) } + [("limit", String(limit * 4))]))" data-soft>\
      The first \(limit) of \(names.count) metrics: show more</a></p>
      """ : "<p class=\"caption\">\(DecimalText.counted(names.count, "metric")).</p>"
    return Page(
      title: "Charts of \(name)", trail: trail(name), tabs: tabs(name, here: "Charts"),
      parts: [
        Page.Part(key: "title", content: "<h1>Charts of \(name)</h1>"),
        Page.Part(
          key: "controls",
          content: try controls(table, "charts", request, [("filter", filter)])),
      ] + charts + [Page.Part(key: "more", content: more)], kind: "charts")
  }

  /// One plot, large.
  func plot(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let metric = try request.value("y") ?? firstMetric(table)
    let cell = try PageCell(
      of: name, [("y", metric)] + plotKeys(request, table) + range(request),
      mark: mark(metric, name))
    return Page(
      title: "\(metric) of \(name)",
      trail: trail(name) + [
        Page.Link(title: "Charts", address: Address.experiment(name, "charts"))
      ],
      tabs: tabs(name, here: "Charts"),
      parts: [
        Page.Part(key: "title", content: "<h1><code>\(metric)</code></h1>"),
        Page.Part(key: "controls", content: try controls(table, "plot", request, [("y", metric)])),
        part("plot", cell) { below in
          """
          \(cell.figure("\(metric) of the runs of \(name)"))\(below)
          <p class="caption">Point at it to read every line, the nearest first; drag along the steps to look closer, double click to see all.</p>
          """
        },
        Page.Part(key: "cell", content: cell.yaml),
      ], kind: "plot")
  }

  /// Of charts side by side.
  static var small: [(key: String, value: String)] { [("width", "420px"), ("font_size", "11px")] }

  /// What the address says, or what the automatic report would take.
  private func plotKeys(
    _ request: PageRequest, _ table: RunTable
  ) throws -> [(key: String, value: String)] {
    var keys = request.query.filter { chartKeys.contains($0.key) && !$0.value.isEmpty }
    if let x = request.value("x"), !PlotQuantity.alongRuns.contains(x),
      try table.metricNames().contains(x)
    {
      // Another metric: each run's way through both.
      keys.removeAll { $0.key == "band" }
      keys.append(("trace", "true"))
      if !keys.contains(where: { $0.key == "color" }) { keys.append(("color", "setting")) }
      return keys
    }
    guard request.value("shown") == nil else { return keys }
    if !keys.contains(where: { $0.key == "color" }) {
      for usual in CurveLines.usualKeys(table) where !keys.contains(where: { $0.key == usual.key })
      {
        keys.append(usual)
      }
    }
    return keys
  }

  private func range(_ request: PageRequest) -> [(key: String, value: String)] {
    request.value("xrange").map { [("xrange", $0)] } ?? []
  }

  private func controls(
    _ table: RunTable, _ view: String, _ request: PageRequest,
    _ own: [(key: String, value: String)]
  ) throws -> Markup {
    let name = table.experiment.name
    let short = SettingNames.short(table.sweptPaths)
    let metrics = try table.listedMetrics().map { (value: $0, text: $0) }
    let settings = table.sweptPaths.map { (value: $0, text: short[$0] ?? $0) }
    func menu(_ key: String, _ title: String, _ options: [(value: String, text: String)]) -> Markup
    {
      let now = request.value(key) ?? ""
      let listed = options.map { option -> Markup in
        "<option value=\"\(option.value)\"\(option.value == now ? " selected" : "")>\(option.text)</option>"
      }
      return "<label>\(title) <select name=\"\(key)\">\(listed)</select></label> "
    }
    let ownFields = own.map { key, value -> Markup in
      key == "filter"
        ? "<label>Metrics <input name=\"filter\" value=\"\(value)\" size=\"16\" placeholder=\"any\" spellcheck=\"false\"></label> "
        : "<input type=\"hidden\" name=\"\(key)\" value=\"\(value)\">"
    }
    let colors: Markup =
      request.value("colors").map { "<input type=\"hidden\" name=\"colors\" value=\"\($0)\">" }
      ?? ""
    return """
      <form method="get" action="\(Address.experiment(name, view))" class="controls" data-soft>\(ownFields)\(colors)\
      \(menu("x", "Along", [("", "step"), ("progress", "share of the steps"), ("time", "training time"), ("unix", "the clock")] + metrics))\
      \(menu("color", "Colour", [("", "automatic"), ("setting", "setting")] + settings + [("label", "run"), ("seed", "seed"), ("state", "state")]))\
      \(menu("band", "Seeds", [("", "automatic"), ("interval", "mean, 95 % interval"), ("range", "mean, range")]))\
      \(menu("smooth", "Smooth", [("", "no"), ("0.02", "2 %"), ("0.05", "5 %"), ("0.1", "10 %"), ("0.2", "20 %")]))\
      \(menu("log", "Logarithmic", [("", "no"), ("y", "y"), ("x", "x"), ("[x, y]", "both")]))\
      <label>Where <input name="where" value="\(request.value("where") ?? "")" size="24" spellcheck="false"></label> \
      <button>Show</button></form>
      """
  }
}
