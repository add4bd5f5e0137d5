import Text

/// Which cell needs which: they stand in any order.
package enum CellGraph {
  /// Adds errors for names and values that are not there, and for circles.
  /// - Parameter unread: the cells that could not be read: a name may be theirs.
  package static func check(
    _ cells: [ReportCell], unread: CellReader.Unread, into errors: inout Diagnostics
  ) {
    var places: [String: Int] = [:]
    for (index, cell) in cells.enumerated() {
      if let name = cell.name { places[name] = index }
    }
    let names = unread.names.union(places.keys).sorted()
    for reference in cells.flatMap(\.references) + unread.references {
      if let index = places[reference.cell] {
        check(reference, of: type(of: cells[index].cell), into: &errors)
      } else if let kind = unread.kinds[reference.cell] {
        check(reference, of: kind, into: &errors)
      } else if !unread.names.contains(reference.cell),
        !unread.hidesNames || isSetting(reference)
      {
        reportUnknown(reference, among: names, into: &errors)
      }
    }
    reportCircles(cells, places, into: &errors)
  }

  private static func isSetting(_ reference: CellReference) -> Bool {
    KeyDefinitions.byPath["\(reference.cell).\(reference.value)"]?.isSetting == true
  }

  private static func reportUnknown(
    _ reference: CellReference, among names: [String], into errors: inout Diagnostics
  ) {
    errors.error(
      "there is no cell \(quoted(reference.cell))", at: reference.place,
      hint: isSetting(reference)
        ? "a setting is each run's own: it belongs into a function's where"
        : Suggestion.hint(for: reference.cell, among: names)
          ?? (names.isEmpty
            ? "no cell has a name" : "the cells with a name: \(names.joined(separator: ", "))"))
  }

  private static func check(
    _ reference: CellReference, of kind: any Cell.Type, into errors: inout Diagnostics
  ) {
    guard let known = kind.valueNames,
      !known.contains(where: { $0.name == reference.value })
    else { return }
    let names = known.map(\.name)
    errors.error(
      "'\(reference.cell)', of kind \(kind.kind), has no value \(quoted(reference.value))",
      at: reference.place,
      hint: Suggestion.hint(for: reference.value, among: names)
        ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"))
  }

  private static func reportCircles(
    _ cells: [ReportCell], _ places: [String: Int], into errors: inout Diagnostics
  ) {
    /// Not seen, under way, done.
    var states = [Int](repeating: 0, count: cells.count)
    // Cells are few, but a chain of them may be long: no recursion.
    for start in cells.indices where states[start] == 0 {
      var path: [(cell: Int, next: Int)] = [(start, 0)]
      states[start] = 1
      while let (cell, next) = path.last {
        let references = cells[cell].references
        guard next < references.count else {
          states[cell] = 2
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        guard let target = places[references[next].cell] else { continue }
        if states[target] == 0 {
          states[target] = 1
          path.append((target, 0))
        } else if states[target] == 1 {
          let circle = path.drop { $0.cell != target }.map { cells[$0.cell].name ?? "this cell" }
          errors.error(
            circle.count == 1
              ? "the cell depends on its own value"
              : "these cells depend on one another: \((circle + [circle[0]]).joined(separator: " → "))",
            at: references[next].place)
        }
      }
    }
  }

  /// Places of the cells in stages: each cell comes after those that it needs. There are no circles.
  package static func stages(_ cells: [ReportCell]) -> [[Int]] {
    var places: [String: Int] = [:]
    for (index, cell) in cells.enumerated() {
      if let name = cell.name { places[name] = index }
    }
    var stages: [[Int]] = []
    var done: Set<Int> = []
    var rest = Array(cells.indices)
    while !rest.isEmpty {
      var (stage, later): ([Int], [Int]) = ([], [])
      for cell in rest {
        let needed = cells[cell].references.compactMap { places[$0.cell] }
        if needed.allSatisfy({ done.contains($0) }) {
          stage.append(cell)
        } else {
          later.append(cell)
        }
      }
      // A circle: `check` has said so.
      if stage.isEmpty { (stage, later) = (rest, []) }
      stages.append(stage)
      done.formUnion(stage)
      rest = later
    }
    return stages
  }
}
