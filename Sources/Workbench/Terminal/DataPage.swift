import Diffusion
import Store
import Text

/// What one data section's files were used for.
struct DataPage: Encodable {
  private let summary: DataSummary
  /// How many runs of the file are on it.
  private let runs: Int

  private static let mostClasses = 100

  init(_ summary: DataSummary, runs: Int) {
    self.summary = summary
    self.runs = runs
  }

  func encode(to encoder: any Encoder) throws {
    try summary.encode(to: encoder)
    try Rest(text: summary.text, runs: runs).encode(to: encoder)
  }

  private struct Rest: Encodable {
    var text: String
    var runs: Int
  }

  /// - Parameter isAlone: the file has no other data.
  func text(isAlone: Bool) -> String {
    let grouped = DataSummary.grouped
    var table = TextTable(["data", .init(printable(summary.path ?? summary.source))])
    if !isAlone { table.append(["runs", grouped(runs)]) }
    if summary.path != nil { table.append(["source", summary.source]) }
    table.append(["found", found()])
    table.append([
      "used",
      "\(grouped(summary.used)): \(grouped(summary.training)) to train on, "
        + "\(grouped(summary.heldOut)) held out",
    ])
    for ignored in summary.ignored {
      let examples = ignored.examples.joined(separator: ", ")
      table.append([
        "ignored",
        (ignored.unit == .arrays ? ignored.counted : grouped(ignored.count))
          + ", \(ignored.reason): \(printable(examples))" + (ignored.hasMore ? ", …" : ""),
      ])
    }
    if summary.beyondLimit > 0 {
      table.append(["beyond data.limit", grouped(summary.beyondLimit)])
    }
    table.append(["held out by", summary.ruleText])
    table.append(["size", size()])
    table.append(["values", values()])
    table.append(["classes", summary.classes.isEmpty ? "none" : grouped(summary.classes.count)])
    let rest = summary.remarks.filter {
      $0.hasPrefix("none ") || $0.contains("channel") || $0.contains("grey")
        || $0.hasPrefix("dark")
    }
    for remark in rest { table.append(["note", printable(remark)]) }
    return table.rendered() + (summary.classes.isEmpty ? "" : "\n" + classes())
  }

  private func found() -> String {
    let what = summary.isImage ? "images" : "vectors"
    let files = summary.ignoredCount
    let images = "\(DataSummary.grouped(summary.images)) \(what)"
    return files == 0
      ? images
      : "\(DataSummary.grouped(summary.found)): \(images), \(DataSummary.grouped(files)) ignored"
  }

  private func size() -> String {
    guard summary.isImage else { return "\(DataSummary.grouped(summary.channels)) dimensions" }
    let size =
      "\(summary.height)×\(summary.width)×\(summary.channels) (height, width, channels)"
    guard let heights = summary.storedHeights, let widths = summary.storedWidths else {
      return size
    }
    func text(_ sides: ClosedRange<Int>) -> String {
      sides.count == 1 ? "\(sides.lowerBound)" : "\(sides.lowerBound) to \(sides.upperBound)"
    }
    return size + ", converted from "
      + (heights.count == 1 && widths.count == 1
        ? "\(text(heights))×\(text(widths))"
        : "heights of \(text(heights)) and widths of \(text(widths))")
  }

  private func values() -> String {
    guard let range = summary.range else { return "generated on the fly" }
    func text(_ range: DataSummary.Interval) -> String {
      "\(NumberText.value(range.lower)) to \(NumberText.value(range.upper))"
    }
    guard let stored = summary.storedRange else { return "\(text(range)) as trained on" }
    guard stored != range else { return text(range) }
    return "\(text(stored)) as stored, \(text(range)) as trained on"
  }

  private func classes() -> String {
    var table = TextTable([.number("class"), "name", .number("to train on"), .number("held out")])
    for (label, count) in summary.classes.prefix(Self.mostClasses).enumerated() {
      table.append([
        String(label), printable(count.name ?? "–"), DataSummary.grouped(count.training),
        DataSummary.grouped(count.heldOut),
      ])
    }
    let more = summary.classes.count - Self.mostClasses
    return table.rendered() + (more > 0 ? "and \(more) more: --json has them all\n" : "")
  }
}
