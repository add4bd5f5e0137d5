import Analysis
import ExperimentFiles
import Foundation
import Reports
import Store
import Text
import Values

/// Keys of plots that the controls above charts set.
private let chartKeys = ["x", "color", "band", "smooth", "log", "facet", "where"]

extension Pages {
  /// A chart for each metric.
  func charts(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let filter = request.value("filter") ?? ""
    let marks = try store.metricMarks(experiment: name)
    let names = MetricName.orderedForCharts(marks.map(\.name), objective: table.objective).filter {
      filter.isEmpty || $0.localizedCaseInsensitiveContains(filter)
    }
    let limit = request.value("limit").flatMap { Int($0) } ?? 60
    let versions = Dictionary(marks.map { ($0.name, $0.mark) }) { first, _ in first }
    let keys = plotKeys(request, table)
    let charts = names.prefix(limit).map { metric -> Page.Part in
      let query = [("y", metric)] + keys
      let picture = Address.of(
        ["e", name, "plot.svg"],
        query + [("width", "420px"), ("font_size", "11px"), ("v", versions[metric] ?? "")])
      return Page.Part(
        key: "m-\(metric)",
        content: """
          <figure class="chart"><a href="\(Address.of(["e", name, "plot"], query))"><img loading="lazy" width="420" height="240" \
          src="\(picture)" alt="\(metric)"></a><figcaption>\(metric)</figcaption></figure>
          """)
    }
    let more: Markup =
      names.count > limit
      ? """
      <p><a href="\(Address.of(["e", name, "charts"], request.query.filter { !["limit", "have", "token"].contains($0.key) } + [("limit", String(limit * 4))]))" data-soft>\
      The first \(limit) of \(names.count) metrics: show more</a></p>
      """ : "<p class=\"caption\">\(names.count) metrics.</p>"
    return Page(
      title: "Charts of \(name)", trail: trail(name), tabs: tabs(name, here: "Charts"),
      parts: [
        Page.Part(key: "title", content: "<h1>Charts of \(name)</h1>"),
        Page.Part(
          key: "controls",
          content: controls(name, "charts", request, [("filter", filter)])),
      ] + charts + [Page.Part(key: "more", content: more)], kind: "charts")
  }

  /// One plot, large.
  func plot(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let metric = request.value("y") ?? table.objective.metric
    let query = [("y", metric)] + plotKeys(request, table) + range(request)
    let mark = try store.metricMarks(experiment: name).first { $0.name == metric }?.mark ?? ""
    return Page(
      title: "\(metric) of \(name)",
      trail: trail(name) + [
        Page.Link(title: "Charts", address: Address.experiment(name, "charts"))
      ],
      tabs: tabs(name, here: "Charts"),
      parts: [
        Page.Part(key: "title", content: "<h1><code>\(metric)</code></h1>"),
        Page.Part(key: "controls", content: controls(name, "plot", request, [("y", metric)])),
        Page.Part(
          key: "plot",
          content: """
            <figure class="plot" tabindex="0" data-plot="\(Address.of(["e", name, "plot.json"], query + [("v", mark)]))">\
            <img src="\(Address.of(["e", name, "plot.svg"], query + [("v", mark)]))" alt="\(metric) of the runs of \(name)"></figure>
            <p class="caption">Point at it to read every line, the nearest first; drag along the steps to look closer, double click to see all.</p>
            """),
        Page.Part(key: "cell", content: CellText.button("plot", query)),
      ], kind: "plot")
  }

  func plotPicture(_ name: String, _ request: PageRequest) throws -> PageAnswer {
    let picture = try cellPicture(name, request, keepsNumbers: false)
    return PageAnswer(
      status: 200,
      headers: [
        ("Content-Type", "image/svg+xml"),
        // With a mark of what there is, it is kept; without, runs may have gone on since.
        ("Cache-Control", request.value("v") == nil ? "no-store" : "private, max-age=3600"),
      ],
      body: .bytes(picture.bytes))
  }

  /// The numbers of a plot and the drawing with its frames, for reading at the pointer.
  func plotNumbers(_ name: String, _ request: PageRequest) throws -> PageAnswer {
    let picture = try cellPicture(name, request, keepsNumbers: true)
    let svg = String(decoding: picture.bytes, as: UTF8.self)
    let frames = svg.prefix(2000).firstMatch(of: /data-frames="([^"]*)"/).map { String($0.1) } ?? ""
    let width = svg.prefix(400).firstMatch(of: /viewBox="0 0 ([0-9.]+) ([0-9.]+)"/)
    return .json(
      JSONValue.object([
        "frames": .string(frames), "width": .string(width.map { String($0.1) } ?? ""),
        "height": .string(width.map { String($0.2) } ?? ""), "lines": picture.data ?? .array([]),
        "notes": .string(picture.notes),
      ]).canonical)
  }

  private func cellPicture(
    _ name: String, _ request: PageRequest, keepsNumbers: Bool
  ) throws -> CellPicture {
    let arguments = request.query.filter {
      !["v", "have", "token"].contains($0.key) && !$0.value.isEmpty
    }
    .map { "\($0.key)=\($0.value)" }
    return try CellPicture(
      store: store, experiment: name, kind: PlotCell.kind, arguments: arguments,
      table: try table(name), memory: memory, keepsNumbers: keepsNumbers)
  }

  /// What the address says, or what the automatic report would take.
  private func plotKeys(
    _ request: PageRequest, _ table: RunTable
  ) -> [(key: String, value: String)] {
    var keys = request.query.filter { chartKeys.contains($0.key) && !$0.value.isEmpty }
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
    _ name: String, _ view: String, _ request: PageRequest, _ own: [(key: String, value: String)]
  ) -> Markup {
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
    return """
      <form method="get" action="\(Address.experiment(name, view))" class="controls" data-soft>\(ownFields)\
      \(menu("x", "Along", [("", "step"), ("time", "training time"), ("unix", "the clock")]))\
      \(menu("color", "Colour", [("", "automatic"), ("setting", "setting"), ("seed", "seed"), ("state", "state")]))\
      \(menu("band", "Seeds", [("", "automatic"), ("interval", "mean, 95 % interval"), ("range", "mean, range")]))\
      \(menu("smooth", "Smooth", [("", "no"), ("0.02", "2 %"), ("0.05", "5 %"), ("0.1", "10 %"), ("0.2", "20 %")]))\
      \(menu("log", "Logarithmic", [("", "no"), ("y", "y"), ("x", "x"), ("[x, y]", "both")]))\
      <label>Where <input name="where" value="\(request.value("where") ?? "")" size="24" spellcheck="false"></label> \
      <button>Show</button></form>
      """
  }
}
