import Analysis
import Reports
import Store
import Text

extension Pages {
  /// Samples of runs over their training: one slider moves all of them.
  func pictures(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    let count = min(max(request.value("n").flatMap { Int($0) } ?? 8, 1), 32)
    let condition = request.value("where") ?? ""
    let runs = try table.runs(meeting: condition)
    let drawn = try runs.compactMap { run -> (run: RunSummary, sheets: [SampleSheet])? in
      let sheets = try SampleSheet.all(of: run, table)
      return sheets.isEmpty ? nil : (run, sheets)
    }
    let shown = drawn.prefix(Self.mostRows)
    let steps = Array(Set(shown.flatMap { $0.sheets.map(\.step) })).sorted()
    let rows = shown.map { run, sheets -> Page.Part in
      let places = sheets.map { "\($0.step):\($0.sha256)" }.joined(separator: " ")
      return Page.Part(
        key: "p-\(run.id.prefix(16))",
        content: """
          <figure class="strip" data-sheets="\(places)" data-count="\(count)"><figcaption><a href="\(Address.run(run.id))">\(run.title)</a> \
          <span class="muted" data-step>step \(sheets.last?.step ?? 0)</span> \
          <button type="button" data-pin aria-pressed="false" title="Hold the others against this one">Compare</button></figcaption>\
          <span class="frame"><img loading="lazy" src="\(Address.of(["strip", sheets.last?.sha256 ?? ""], [("n", String(count))]))" \
          alt="Samples of \(run.title)"></span></figure>
          """)
    }
    let slider: Markup = """
      <form method="get" action="\(Address.experiment(name, "pictures"))" class="controls" data-soft>\
      <label>Images <input name="n" type="number" min="1" max="32" value="\(count)"></label> \
      <label>Where <input name="where" value="\(condition)" size="24" spellcheck="false"></label> <button>Show</button></form>
      <p class="slider"><label for="step">Training step</label> <input id="step" type="range" min="0" max="\(max(0, steps.count - 1))" \
      value="\(max(0, steps.count - 1))" data-steps="\(steps.map(String.init).joined(separator: " "))" list="marks">
      <output for="step">\(steps.last ?? 0)</output> <button type="button" data-walk>Play</button></p>
      """
    var parts = [
      Page.Part(key: "title", content: "<h1>Pictures of \(name)</h1>"),
      Page.Part(key: "controls", content: slider),
    ]
    if rows.isEmpty {
      parts.append(
        Page.Part(
          key: "nothing",
          content: """
            <p>No run has samples as pictures yet. <code>sampling: {every: 500}</code> draws some on the way; points are in the notebook.</p>
            """))
    }
    parts += rows
    if drawn.count > Self.mostRows {
      parts.append(
        Page.Part(
          key: "more",
          content:
            "<p class=\"caption\">The first \(Self.mostRows) of \(drawn.count) runs; a condition chooses others.</p>"
        ))
    }
    var cell: [(key: String, value: String)] = [
      ("rows", "setting"), ("columns", "image"),
      ("images", "[" + (0..<count).map(String.init).joined(separator: ", ") + "]"),
    ]
    if !condition.isEmpty { cell.append(("where", condition)) }
    parts.append(Page.Part(key: "cell", content: CellText.button("grid", cell)))
    return Page(
      title: "Pictures of \(name)", trail: trail(name), tabs: tabs(name, here: "Pictures"),
      parts: parts, kind: "pictures")
  }

  /// Runs whose pictures are shown at once.
  private static var mostRows: Int { 24 }

  func strip(_ sha256: String, _ request: PageRequest) throws -> PageAnswer {
    guard sha256.count == 64, sha256.allSatisfy(\.isHexDigit) else {
      return .refusal(404, "There is no such picture.")
    }
    let count = min(max(request.value("n").flatMap { Int($0) } ?? 8, 1), 32)
    return .immutable(
      try SampleStrip.png(sha256: sha256, count: count, in: store, memory: memory),
      type: "image/png")
  }
}
