import Store
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Values

/// A suite that looks at plots of `CellStore`: what was drawn is read from the cell's own numbers and from the drawing.
protocol DrawnPlot {}

extension DrawnPlot {
  /// Renders one plot of `CellStore`.
  func plot(
    _ keys: some StringProtocol, states: [Int: RunState] = [:], seeds: Int = 3,
    precisions: [String] = ["fp32", "bf16"], label: (String) -> String = { $0 }
  ) throws -> (markdown: String, svg: String, data: JSONValue) {
    try withTemporaryFolder { folder in
      let text =
        "name: hand\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
      let store = try CellStore.make(
        folder + "/runs", seeds: seeds, precisions: precisions, states: states, label: label,
        cells: json)
      let report = try ExperimentReport(
        store: store, experiment: "hand", usesCache: false, keepsNumbers: true)
      #expect(report.cells.map(\.error) == [nil])
      guard case .object(let cell) = report.cells[0].json,
        case .string(let markdown)? = cell["markdown"]
      else { return ("", "", .null) }
      let svg = report.files.first { $0.mediaType == "image/svg+xml" }
      return (
        markdown, String(decoding: svg?.bytes ?? [], as: UTF8.self), cell["data"] ?? .null
      )
    }
  }

  func objects(_ data: JSONValue) -> [[String: JSONValue]] {
    guard case .array(let items) = data else { return [] }
    return items.compactMap { if case .object(let object) = $0 { object } else { nil } }
  }

  func numbers(_ value: JSONValue?) -> [Double] {
    guard case .array(let items)? = value else { return [] }
    return items.map(number)
  }

  func number(_ value: JSONValue?) -> Double {
    switch value {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: .nan
    }
  }
}
