import Analysis
import ExperimentFiles
import Foundation
import Reports
import Store
import Values

/// Cells that pages show as pictures: the drawing, what differs from the one before, the numbers in it.
extension Pages {
  /// The drawing; where the address says what the page shows `since` (the tag of a drawing before), what turns that into
  /// this one.
  func plotPicture(_ name: String, _ request: PageRequest) throws -> PageAnswer {
    let cell = try cell(name, request)
    let drawing = try drawing(of: cell)
    if let since = request.value("since") {
      var answer: [String: JSONValue] = ["tag": .string(drawing.tag)]
      if let edits = drawings.edits(from: since, to: drawing) {
        answer["edits"] = edits.json
      } else {
        answer["svg"] = .string(String(decoding: drawing.bytes, as: UTF8.self))
      }
      return .json(JSONValue.object(answer).canonical)
    }
    return PageAnswer(
      status: 200,
      headers: [
        ("Content-Type", "image/svg+xml"), ("ETag", "\"\(drawing.tag)\""),
        // With a mark of what there is, it is kept; without, runs may have gone on since.
        ("Cache-Control", cell.mark == nil ? "no-store" : "private, max-age=3600"),
      ],
      body: .bytes(drawing.bytes))
  }

  /// The numbers of a plot and the drawing with its frames, for reading at the pointer.
  func plotNumbers(_ name: String, _ request: PageRequest) throws -> PageAnswer {
    let picture = try picture(of: cell(name, request), keepsNumbers: true)
    let svg = String(decoding: picture.bytes, as: UTF8.self)
    func attribute(_ pattern: Regex<(Substring, Substring)>, within count: Int) -> String {
      svg.prefix(count).firstMatch(of: pattern).map { String($0.1) } ?? ""
    }
    let box = svg.prefix(400).firstMatch(of: /viewBox="0 0 ([0-9.]+) ([0-9.]+)"/)
    return .json(
      JSONValue.object([
        "frames": .string(attribute(/data-frames="([^"]*)"/, within: 2000)),
        "axes": .string(attribute(/data-axes="([^"]*)"/, within: 50_000)),
        "width": .string(box.map { String($0.1) } ?? ""),
        "height": .string(box.map { String($0.2) } ?? ""), "lines": picture.data ?? .array([]),
        "notes": .string(picture.notes),
      ]).canonical)
  }

  private func cell(_ name: String, _ request: PageRequest) throws -> PageCell {
    guard let cell = PageCell(name, request) else {
      throw StoreError(.notFound, "pages have no picture of such a cell")
    }
    return cell
  }

  /// A cell's drawing, made where it is not at hand.
  /// - Throws: what `CellPicture` throws where there is nothing to draw.
  func drawing(of cell: PageCell) throws -> Drawing {
    guard cell.mark != nil else { return Drawing(try picture(of: cell)) }
    let growth = try Self.mark(of: growth(table(cell.experiment)))
    return try drawings.drawing(cell.name + growth) { try picture(of: cell) }
  }

  private func picture(of cell: PageCell, keepsNumbers: Bool = false) throws -> CellPicture {
    let table = try table(cell.experiment)
    func draw(_ memory: ReportMemory) throws -> CellPicture {
      try CellPicture(
        store: store, experiment: cell.experiment, kind: cell.kind, arguments: cell.arguments,
        table: table, memory: memory, keepsNumbers: keepsNumbers, extent: growth(table))
    }
    guard isLarge(table) else { return try draw(memory) }
    // Of so many runs one after another, for what each takes meanwhile; and of their points nothing is kept.
    return try drawingLarge.withLock {
      defer { giveBack(after: table) }
      return try draw(ReportMemory(most: 0))
    }
  }

  /// A part that shows a cell with what is to be said of it, or why there is nothing to show.
  func part(_ key: String, _ cell: PageCell, _ content: (_ below: Markup) -> Markup) -> Page.Part {
    do {
      let below = try drawing(of: cell).below
      return Page.Part(key: key, content: content(Markup(trusted: below)))
    } catch {
      let why = Self.message(of: error).text
      return Page.Part(key: key, content: "<p class=\"muted\">\(Markup(lines: why))</p>")
    }
  }

  /// Of an experiment's metrics, what changes when points come.
  func mark(_ metric: String, _ name: String) throws -> String {
    let points = try store.metricMarks(experiment: name).first { $0.name == metric }?.mark
    return try (points ?? "0") + Self.mark(of: growth(table(name)))
  }

  // MARK: - Curves that grow

  /// The steps into which curves grow while runs go on: to the last that they plan, or to the next round number. So a
  /// curve keeps its place when points come. nil where no run goes on.
  func growth(_ table: RunTable) throws -> ClosedRange<Double>? {
    let running = table.runs.filter { $0.state == .running }
    guard !running.isEmpty else { return nil }
    let planned = try running.map { try table.setting("training.steps", of: $0)?.number ?? 0 }
    let longest = table.runs.map(\.step).max() ?? 0
    let end = planned.max() ?? 0
    return 0...(end >= Double(longest) ? max(1, end) : Self.roundedUp(longest))
  }

  /// Part of a drawing's mark: another where the axis ends elsewhere.
  static func mark(of growth: ClosedRange<Double>?) -> String {
    growth.map { ".\($0.upperBound)" } ?? ""
  }

  /// The next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten.
  static func roundedUp(_ step: Int) -> Double {
    guard step > 0 else { return 1 }
    let power = pow(10, floor(log10(Double(step))))
    let rounds = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
    return (rounds.first { $0 * power >= Double(step) } ?? 10) * power
  }
}
