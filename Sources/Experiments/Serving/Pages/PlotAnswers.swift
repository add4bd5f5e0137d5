import Analysis
import ExperimentFiles
import Foundation
import Reports
import Store
import Values

/// Plots that pages show: the drawing, what differs from the one before, the numbers in it.
extension Pages {
  /// Keys of addresses that say nothing of the drawing.
  private static let besides: Set = ["have", "since", "token", "v"]

  /// The drawing; where the address says what the page shows `since` (the tag of a drawing before), what turns that into
  /// this one.
  func plotPicture(_ name: String, _ request: PageRequest) throws -> PageAnswer {
    let growth = try growth(table(name))
    let address =
      ([name]
      + request.query.filter { $0.key != "since" && $0.key != "token" }
      .map { "\($0.key)=\($0.value)" } + [Self.mark(of: growth)]).joined(separator: "\u{1F}")
    let hasMark = request.value("v") != nil
    let drawing =
      hasMark
      ? try drawings.drawing(address) { try cellPicture(name, request, keepsNumbers: false).bytes }
      : Drawing(try cellPicture(name, request, keepsNumbers: false).bytes)
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
        ("Cache-Control", hasMark ? "private, max-age=3600" : "no-store"),
      ],
      body: .bytes(drawing.bytes))
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
    let arguments = request.query.filter { !Self.besides.contains($0.key) && !$0.value.isEmpty }
      .map { "\($0.key)=\($0.value)" }
    let table = try table(name)
    return try CellPicture(
      store: store, experiment: name, kind: PlotCell.kind, arguments: arguments, table: table,
      memory: memory, keepsNumbers: keepsNumbers, extent: growth(table))
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
    growth.map { ".\(Int($0.upperBound))" } ?? ""
  }

  /// The next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten.
  static func roundedUp(_ step: Int) -> Double {
    guard step > 0 else { return 1 }
    let power = pow(10, floor(log10(Double(step))))
    let rounds = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
    return (rounds.first { $0 * power >= Double(step) } ?? 10) * power
  }
}
