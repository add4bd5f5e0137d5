import Analysis
import ExperimentFiles
import Reports
import Store
import Text

extension Pages {
  /// Samples of runs over their training, or over the steps of their samplers: one slider moves all of them.
  func pictures(_ name: String, _ request: PageRequest) throws -> Page {
    let table = try table(name)
    var view = PicturesView(request)
    let title = Page.Part(key: "title", content: "<h1>Pictures of \(name)</h1>")
    let runs: [RunSummary]
    do {
      runs = try table.runs(meeting: view.condition)
    } catch let error as ExpressionError {
      return Page(
        title: "Pictures of \(name)", trail: trail(name), tabs: tabs(name, here: "Pictures"),
        parts: [
          title, Page.Part(key: "controls", content: view.controls(name, [], arePoints: false)),
          Self.problem(error),
        ], kind: "pictures")
    }
    let drawn = try runs.compactMap { run -> (run: RunSummary, sheets: [SampleSheet])? in
      let sheets = try SampleSheet.all(of: run, table)
      return sheets.isEmpty ? nil : (run, sheets)
    }
    if let sheet = drawn.first?.sheets.last {
      view.held = try SampleStrip.imageCount(
        sha256: sheet.sha256, ofClass: view.classIndex != nil, in: store, memory: memory)
    }
    var parts = [
      title,
      Page.Part(
        key: "controls",
        content: view.controls(
          name, try SampleSheet.classNames(of: runs, table, memory), arePoints: drawn.isEmpty)),
    ]
    if drawn.isEmpty {
      parts += try points(name, view)
    } else if view.isOverSampling {
      parts.append(Page.Part(key: "slider", content: Self.denoisingSlider("Sampling step")))
      parts += drawn.prefix(Self.mostSampled).map { run, _ in
        Page.Part(
          key: "d-\(run.id.prefix(16))",
          content: Self.denoising(
            run.id, image: view.image, classIndex: view.classIndex,
            title: "<a href=\"\(Address.run(run.id))\">\(run.title)</a>"))
      }
    } else {
      parts.append(
        Page.Part(
          key: "slider",
          content: view.slider(drawn.prefix(Self.mostRows).flatMap { $0.sheets.map(\.step) })))
      parts += try drawn.prefix(Self.mostRows).map { run, sheets in
        Page.Part(
          key: "p-\(run.id.prefix(16))",
          content: view.strip(run, sheets, hasClasses: try SampleSheet.isOfClasses(run, table)))
      }
    }
    let most = view.isOverSampling ? Self.mostSampled : Self.mostRows
    if drawn.count > most {
      parts.append(
        Page.Part(
          key: "more",
          content:
            "<p class=\"caption\">The first \(most) of \(drawn.count) runs; a condition chooses others.</p>"
        ))
    }
    if !drawn.isEmpty {
      parts.append(
        Page.Part(
          key: "cell",
          content: view.isOverSampling
            ? CellText.button(TimelineCell.kind, view.timelineKeys)
            : CellText.button(GridCell.kind, view.gridKeys)))
    }
    return Page(
      title: "Pictures of \(name)", trail: trail(name), tabs: tabs(name, here: "Pictures"),
      parts: parts, kind: "pictures")
  }

  /// Of runs whose samples are points: where they lie.
  private func points(_ name: String, _ view: PicturesView) throws -> [Page.Part] {
    let mark = "\(try store.dataVersion())"
    func cell(_ over: String) -> PageCell {
      PageCell(
        ScatterCell.kind, of: name,
        [("over", over), ("where", view.condition)], mark: mark)
    }
    let cells = view.isOverSampling ? [cell("sampling")] : [cell("end"), cell("training")]
    let parts = cells.compactMap { cell -> Page.Part? in
      guard let drawing = try? drawing(of: cell) else { return nil }
      return Page.Part(
        key: "points-\(cell.keys[0].value)",
        content: """
          \(cell.figure("Samples of \(name) in the plane", class: "still", isRead: false))\(Markup(trusted: drawing.below))\(cell.yaml)
          """)
    }
    guard parts.isEmpty else { return parts }
    return [
      Page.Part(
        key: "nothing",
        content: """
          <p>No run has samples to look at yet. <code>sampling: {every: 500}</code> draws some on the way.</p>
          """)
    ]
  }

  /// Runs whose networks are sampled for one page.
  private static var mostSampled: Int { 12 }

  /// Runs whose pictures are shown at once.
  private static var mostRows: Int { 24 }

  func strip(_ sha256: String, _ request: PageRequest) throws -> PageAnswer {
    guard sha256.count == 64, sha256.allSatisfy(\.isHexDigit) else {
      return .refusal(404, "There is no such picture.")
    }
    let view = PicturesView(request)
    return .immutable(
      try SampleStrip.png(
        sha256: sha256, count: view.count,
        classIndex: view.classIndex, in: store, memory: memory),
      type: "image/png")
  }
}

/// What the address of a page of pictures asks for.
private struct PicturesView {
  /// Images of a run.
  let count: Int
  let condition: String
  /// nil: all.
  let classIndex: Int?
  /// Which image of a run, over its sampling.
  let image: Int
  let isOverSampling: Bool
  /// How many images the samples of a run have; nil where that is not known.
  var held: Int?

  init(_ request: PageRequest) {
    func number(_ key: String) -> Int? { request.value(key).flatMap { Int($0) } }
    count = min(max(number("n") ?? 8, 1), 32)
    condition = request.value("where") ?? ""
    classIndex = number("class").flatMap { (0..<10_000).contains($0) ? $0 : nil }
    image = min(max(number("image") ?? 0, 0), 9999)
    isOverSampling = request.value("over") == "sampling"
  }

  /// - Parameters:
  ///   - classes: names of the runs' classes; empty where they have none.
  ///   - arePoints: whether there is nothing but points, of which all are shown.
  func controls(_ name: String, _ classes: [String], arePoints: Bool) -> Markup {
    func option(_ value: String, _ text: String, _ isNow: Bool) -> Markup {
      "<option value=\"\(value)\"\(isNow ? " selected" : "")>\(text)</option>"
    }
    let listed = classes.enumerated().map { option(String($0), $1, $0 == classIndex) }
    let menu: Markup =
      classes.isEmpty
      ? ""
      : "<label>Class <select name=\"class\">\(option("", isOverSampling ? "the run's own" : "all", classIndex == nil))\(listed)</select></label> "
    let which: Markup =
      arePoints
      ? ""
      : isOverSampling
        ? "<label>Image <input name=\"image\" type=\"number\" min=\"0\" max=\"9999\" value=\"\(image)\"></label> "
        : "<label>Images <input name=\"n\" type=\"number\" min=\"1\" max=\"32\" value=\"\(count)\"></label> "
    return """
      <form method="get" action="\(Address.experiment(name, "pictures"))" class="controls" data-soft>\
      <label>Over <select name="over">\(option("", "training", !isOverSampling))\(option("sampling", "sampling", isOverSampling))</select></label> \
      \(which)\(menu)<label>Where <input name="where" value="\(condition)" size="24" spellcheck="false"></label> <button>Show</button></form>
      """
  }

  func slider(_ all: [Int]) -> Markup {
    let steps = Array(Set(all)).sorted()
    return """
      <p class="slider"><label for="step">Training step</label> <input id="step" type="range" min="0" max="\(max(0, steps.count - 1))" \
      value="\(max(0, steps.count - 1))" data-steps="\(steps.map(String.init).joined(separator: " "))">
      <output for="step">\(steps.last ?? 0)</output> <button type="button" data-walk="step">Play</button></p>
      """
  }

  func strip(_ run: RunSummary, _ sheets: [SampleSheet], hasClasses: Bool) -> Markup {
    let places = sheets.map { "\($0.step):\($0.sha256)" }.joined(separator: " ")
    let query = [
      ("n", String(count)), ("class", hasClasses ? classIndex.map(String.init) ?? "" : ""),
    ]
    let asked = Address.of([], query).dropFirst()
    return """
      <figure class="strip" data-sheets="\(places)" data-query="\(String(asked))"><figcaption><a href="\(Address.run(run.id))">\(run.title)</a> \
      <span class="muted" data-step>step \(sheets.last?.step ?? 0)</span> \
      <button type="button" data-pin aria-pressed="false" title="Hold the others against this one">Compare</button></figcaption>\
      <span class="frame"><img loading="lazy" src="\(Address.of(["strip", sheets.last?.sha256 ?? ""], query))" \
      alt="Samples of \(run.title)"></span></figure>
      """
  }

  var gridKeys: [(key: String, value: String)] {
    var keys = [
      ("rows", "setting"), ("columns", "image"),
      (
        "images",
        "["
          + (0..<min(count, held ?? count, GridCell.most)).map(String.init).joined(separator: ", ")
          + "]"
      ),
    ]
    if let classIndex { keys.append(("class", String(classIndex))) }
    if !condition.isEmpty { keys.append(("where", condition)) }
    return keys
  }

  var timelineKeys: [(key: String, value: String)] {
    var keys = [("over", "sampling"), ("image", String(image))]
    if let classIndex { keys.append(("class", String(classIndex))) }
    if !condition.isEmpty { keys.append(("where", condition)) }
    return keys
  }
}
