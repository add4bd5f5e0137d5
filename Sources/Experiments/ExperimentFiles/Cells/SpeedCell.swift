/// What each setting took.
package struct SpeedCell: Cell {
  package static let kind = "speed"
  package static let about = "Speed, memory and time of each setting: medians over its runs."
  package static let keys: [CellKey] = []

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {}
}
