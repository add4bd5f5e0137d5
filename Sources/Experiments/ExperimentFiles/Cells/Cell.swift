/// One part of a report as its text says it: prose, a table, a plot, a claim.
///
/// A kind of cell is a type that conforms, listed in `CellKinds.all`. Its keys are a table
/// (`keys`), from which the parser, the JSON Schema and the documentation all follow.
package protocol Cell: Sendable {
  /// Like `plot`: the word that opens the cell.
  static var kind: String { get }
  /// One sentence for the documentation.
  static var about: String { get }
  /// The kind's own keys; `CellKey.common` are there besides.
  static var keys: [CellKey] { get }
  /// The key that is meant where text stands instead of a mapping, as in `sql: SELECT …`.
  static var mainKey: String? { get }
  /// Whether it looks at runs: then it has the keys `where` and `experiment`.
  static var showsRuns: Bool { get }
  /// Whether what is missing of its runs is said below it.
  var notesRuns: Bool { get }
  /// What others may ask of it, as `{{ name.value }}`, with what each is; nil where the answer
  /// decides.
  static var valueNames: [(name: String, about: String)]? { get }

  /// Takes the values of its keys, each checked by itself already; adds errors about how they go
  /// together.
  init?(_ values: CellValues, into diagnostics: inout Diagnostics)

  /// Metrics that it shows, and functions over runs that it calls.
  var metrics: [String] { get }
  var calls: [Expression.Call] { get }
  /// Values of other cells that it needs.
  var references: [CellReference] { get }
}

extension Cell {
  package static var mainKey: String? { nil }
  package static var showsRuns: Bool { true }
  package var notesRuns: Bool { Self.showsRuns }
  package static var valueNames: [(name: String, about: String)]? { [] }
  package var references: [CellReference] { [] }
  package var metrics: [String] { calls.compactMap(\.metric) }
  package var calls: [Expression.Call] { [] }
}

/// `losses.difference` in an expression: a value of another cell.
package struct CellReference: Sendable, Hashable {
  package var cell: String
  package var value: String
  package var place: Place
}

/// Every kind of cell, in the order of the documentation.
enum CellKinds {
  static let all: [any Cell.Type] = [
    MarkdownCell.self, AnswerCell.self, SweepCell.self, ResultsCell.self,
    ImportanceCell.self, SQLCell.self, PlotCell.self, GridCell.self, ScatterCell.self,
    FieldCell.self, CompareCell.self,
    TimelineCell.self, RoundingCell.self, SpeedCell.self, AssertCell.self,
  ]

  static func named(_ kind: String) -> (any Cell.Type)? { all.first { $0.kind == kind } }
}
