import Text
package import Values

/// A cell as its text says it, read and checked.
package struct ReportCell: Sendable {
  package var kind: String
  /// What other cells call it.
  package var name: String?
  /// What the names of its pictures begin with; unique in the report.
  package var fileName: String
  /// Where it begins.
  package var place: Place
  package var cell: any Cell
  /// Its `where`.
  package var condition: Expression?
  /// Whose runs; nil: the report's own.
  package var experiment: String?
  package var caption: InlineText?
  /// Of the cell and its caption.
  package var references: [CellReference]
  /// Its text, by which it is known again.
  package var source: JSONValue
}

/// Reads the cells of a report.
package struct CellReader {
  package static let maximumCells = 500
  private static let nameRule = "a cell's name is 1 to 64 letters, digits or '_', a letter first"

  /// What is known of the cells that could not be read.
  package struct Unread {
    package var names: Set<String> = []
    /// By name.
    package var kinds: [String: any Cell.Type] = [:]
    package var references: [CellReference] = []
    /// Whether some of their names are not known.
    package var hidesNames = false
  }

  private var cells: [ReportCell] = []
  private var unread = Unread()
  private var named: [String: Place] = [:]
  private var counts: [String: Int] = [:]
  private let imported: ImportedNames

  private init(_ imported: ImportedNames) {
    self.imported = imported
  }

  /// The cells of a `report`; none for `report: none` and where there is no such key.
  package static func cells(
    _ node: SourceNode?, imported: ImportedNames = .none, into diagnostics: inout Diagnostics
  ) -> [ReportCell] {
    guard let node else { return [] }
    if let scalar = node.scalar, scalar.isNull || scalar.text == "none" { return [] }
    return read(node, imported: imported, into: &diagnostics)
  }

  /// The cells of a list; those with errors are left out, the errors added.
  package static func read(
    _ node: SourceNode, imported: ImportedNames = .none, into diagnostics: inout Diagnostics
  ) -> [ReportCell] {
    guard let items = node.items else {
      diagnostics.error(
        "'report' expects a list of cells, not \(node.kindName)", at: node.place,
        hint: "for instance - plot: {y: train/loss}")
      return []
    }
    guard items.count <= maximumCells else {
      diagnostics.error("more than \(maximumCells) cells", at: node.place)
      return []
    }
    var reader = CellReader(imported)
    var errors = Diagnostics()
    for item in items { reader.read(item, into: &errors) }
    CellGraph.check(reader.cells, unread: reader.unread, into: &errors)
    for error in errors.list { diagnostics.add(error) }
    return reader.cells
  }

  private mutating func read(_ item: SourceNode, into errors: inout Diagnostics) {
    let kinds = CellKinds.all.map { $0.kind }
    guard let entries = item.entries else {
      unread.hidesNames = true
      errors.error(
        "a cell is a mapping with its kind as the key, not \(item.kindName)", at: item.place,
        hint: "for instance - plot: {y: train/loss}; the kinds: \(kinds.joined(separator: ", "))")
      return
    }
    var body: (kind: any Cell.Type, entry: SourceNode.Entry)?
    var name: String?
    for entry in entries {
      if entry.key == "name" {
        name = readName(entry.value, into: &errors)
      } else if let kind = CellKinds.named(entry.key) {
        if let body {
          errors.error(
            "a cell is of one kind: '\(body.kind.kind)' or '\(kind.kind)'", at: entry.keyPlace,
            hint: "begin another cell with '- \(kind.kind):'")
        } else {
          body = (kind, entry)
        }
      } else {
        let meant = Suggestion.nearest(to: entry.key, among: kinds + ["name"])
        if meant == "name" { unread.hidesNames = true }
        errors.error(
          "there is no kind of cell \(quoted(entry.key))", at: entry.keyPlace,
          hint: meant.map { "did you mean '\($0)'?" }
            ?? "the kinds: \(kinds.joined(separator: ", "))")
      }
    }
    guard let body else {
      if let name { unread.names.insert(name) }
      if errors.isEmpty || entries.allSatisfy({ $0.key == "name" }) {
        errors.error(
          "the cell has no kind", at: item.place,
          hint: "the kinds: \(kinds.joined(separator: ", "))")
      }
      return
    }
    counts[body.kind.kind, default: 0] += 1
    let fileName =
      name.map { SafeText.fileName($0) } ?? "\(body.kind.kind)-\(counts[body.kind.kind] ?? 0)"
    if let cell = read(body.entry, body.kind, name: name, fileName: fileName, into: &errors) {
      cells.append(cell)
    } else if let name {
      unread.names.insert(name)
      unread.kinds[name] = body.kind
    }
  }

  private mutating func readName(
    _ node: SourceNode, into errors: inout Diagnostics
  ) -> String? {
    guard let scalar = node.scalar, !scalar.isAbsent, !scalar.isNull else {
      unread.hidesNames = true
      errors.error("'name' expects text, not \(node.kindName)", at: node.place)
      return nil
    }
    let name = scalar.text
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
    let isSound =
      name.utf8.count <= 64 && name.utf8.first.map(isLetter) == true
      && name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    guard isSound else {
      unread.hidesNames = true
      errors.error(
        "\(quoted(name)) is not the name of a cell", at: node.place, hint: Self.nameRule)
      return nil
    }
    // Pictures are named after cells, whatever the case.
    if let first = named[name.lowercased()] {
      errors.error(
        "there are two cells \(quoted(name))", at: node.place,
        hint: "the first is on line \(first.line)")
      return nil
    }
    named[name.lowercased()] = node.place
    return name
  }

  private mutating func read(
    _ entry: SourceNode.Entry, _ kind: any Cell.Type, name: String?, fileName: String,
    into diagnostics: inout Diagnostics
  ) -> ReportCell? {
    var errors = Diagnostics()
    defer {
      for error in errors.list { diagnostics.add(error) }
    }
    let keys = CellKey.all(of: kind)
    var values = CellValues(place: entry.keyPlace, imported: imported)
    var given: [SourceNode.Entry] = []
    if let entries = entry.value.entries {
      given = entries
    } else if let main = kind.mainKey, entry.value.scalar?.isAbsent == false {
      given = [.init(key: main, keyPlace: entry.keyPlace, value: entry.value)]
    } else if entry.value.scalar?.isAbsent != true || keys.contains(where: \.isRequired) {
      errors.error(
        "'\(kind.kind)' expects a mapping, not \(entry.value.kindName)", at: entry.value.place,
        hint: "its keys: \(keys.map(\.name).joined(separator: ", "))")
      return nil
    }
    for entry in given {
      guard let key = keys.first(where: { $0.name == entry.key }) else {
        errors.error(
          "unknown key \(quoted(entry.key)) in '\(kind.kind)'", at: entry.keyPlace,
          hint: entry.key == "name"
            ? "the name stands beside the kind: - {name: …, \(kind.kind): {…}}"
            : Suggestion.hint(for: entry.key, among: keys.map(\.name))
              ?? "its keys: \(keys.map(\.name).joined(separator: ", "))")
        continue
      }
      if let value = CellKeyReader(kind: kind.kind, key: key, imported: imported).read(
        entry.value, into: &errors)
      {
        values.set(key.name, value, at: entry.value.place)
      }
    }
    for key in keys where key.isRequired && !given.contains(where: { $0.key == key.name }) {
      errors.error(
        "'\(kind.kind)' needs '\(key.name)'", at: entry.keyPlace,
        hint: "expected \(key.type.expectation)")
    }
    guard errors.isEmpty, let cell = kind.init(values, into: &errors), errors.isEmpty else {
      unread.references += values.allReferences
      return nil
    }
    let caption = values.prose("caption")
    return ReportCell(
      kind: kind.kind, name: name, fileName: fileName, place: entry.keyPlace, cell: cell,
      condition: values.expression("where"), experiment: values.text("experiment"),
      caption: caption, references: cell.references + (caption?.references ?? []),
      source: entry.value.json)
  }
}

extension SourceNode {
  /// The text of it without its places: `SourceNode(json:)` reads it back.
  package var json: JSONValue {
    switch content {
    case .scalar(let scalar):
      // Whether `1.50` is a number or text is for the key to say that it belongs to.
      return scalar.isPlain ? .object(["plain": .string(scalar.text)]) : .string(scalar.text)
    case .sequence(let items): return .array(items.map(\.json))
    case .mapping(let entries):
      // Pairs, for the order of keys is the author's.
      return .object([
        "mapping": .array(entries.map { .array([.string($0.key), $0.value.json]) })
      ])
    }
  }

  /// A tree from what the store keeps; all of it stands at one place.
  package init(json: JSONValue, at place: Place) {
    let content: Content
    switch json {
    case .string(let text): content = .scalar(SourceScalar(text: text, isPlain: false))
    case .array(let items):
      content = .sequence(items.map { SourceNode(json: $0, at: place) })
    case .object(let members):
      if case .string(let text)? = members["plain"] {
        content = .scalar(SourceScalar(text: text, isPlain: true))
      } else if case .array(let pairs)? = members["mapping"] {
        content = .mapping(pairs.compactMap { Entry(json: $0, at: place) })
      } else {
        content = .mapping([])
      }
    case .null, .boolean, .integer, .number:
      content = .scalar(SourceScalar(text: json.canonical, isPlain: true))
    }
    self.init(content: content, place: place)
  }
}

extension SourceNode.Entry {
  fileprivate init?(json: JSONValue, at place: Place) {
    guard case .array(let parts) = json, parts.count == 2, case .string(let key) = parts[0] else {
      return nil
    }
    self.init(key: key, keyPlace: place, value: SourceNode(json: parts[1], at: place))
  }
}
