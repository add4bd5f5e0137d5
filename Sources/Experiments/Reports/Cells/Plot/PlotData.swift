import Plots
import Statistics
import Values

/// The numbers of a plot, for a report that outlives its runs.
enum PlotData {
  /// With more lines than this a report keeps only the picture.
  static let mostLines = 50

  /// - Parameter most: lines; nil is returned for more.
  static func lines(_ panels: [XYPlot.Panel], panels titles: [String], most: Int) -> JSONValue? {
    guard panels.reduce(0, { $0 + $1.lines.count }) <= most else { return nil }
    return .array(
      zip(panels, titles).flatMap { panel, title in
        panel.lines.map { line in
          var object: [String: JSONValue] = [
            "x": numbers(line.curve.points.map(\.x)), "y": numbers(line.curve.points.map(\.y)),
          ]
          // Whose x is in the order of steps, and may go back.
          if line.curve.isPath { object["isPath"] = .boolean(true) }
          if let label = line.label { object["label"] = .string(label) }
          if !title.isEmpty { object["facet"] = .string(title) }
          if let band = line.band {
            object["low"] = numbers(band.low.points.map(\.y))
            object["high"] = numbers(band.high.points.map(\.y))
          }
          return .object(object)
        }
      })
  }

  static func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }

  static func intervals(_ values: [(name: [String], value: Statistics.Interval)]) -> JSONValue {
    .array(
      values.map { entry in
        .object([
          "of": .array(entry.name.map { .string($0) }), "mean": .number(entry.value.mean),
          "halfWidth": entry.value.halfWidth.map { .number($0) } ?? .null,
          "count": .integer(entry.value.count),
        ])
      })
  }
}
