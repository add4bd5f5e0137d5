import Values

extension ExperimentFile {
  /// Its cells as the store keeps them; nil without any.
  package var cellsJSON: String? {
    guard !cells.isEmpty else { return nil }
    let list = cells.map { cell in
      var pairs: [JSONValue] = [.array([.string(cell.kind), cell.source])]
      if let name = cell.name { pairs.append(.array([.string("name"), .string(name)])) }
      return JSONValue.object(["mapping": .array(pairs)])
    }
    var members: [String: JSONValue] = ["cells": .array(list), "document": .boolean(isDocument)]
    if imported != .none { members["imported"] = imported.json }
    return JSONValue.object(members).canonical
  }
}
