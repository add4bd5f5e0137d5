/// What was swept.
package struct SweepCell: Cell {
  package static let kind = "sweep"
  package static let about =
    "What was swept: the values of each setting, and how many runs that makes."
  package static let keys: [CellKey] = []

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {}
}
