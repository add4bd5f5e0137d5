import Text

/// A Markdown document that is an experiment: front matter, the experiment file's YAML between two
/// lines `---`; then prose, whose fenced blocks with a kind in braces are cells.
///
///     ```{plot} losses
///     y: train/loss
///     x: step
///     ```
///
/// The word behind the braces is the cell's name. The body is YAML; of a kind whose main key is text
/// (`sql`, `assert`, `markdown`) it is that text, and lines `:key: value` before it set other keys, as
/// in MyST. What lies between two cells is a `markdown` cell. The result is the tree that the same
/// cells in a `report:` list give.
package struct MarkdownDocument {
  private let source: SourceText
  private let lines: [[Unicode.Scalar]]
  private var items: [SourceNode] = []
  private var errors = Diagnostics()

  package static func isNamed(_ path: String) -> Bool {
    path.hasSuffix(".md") || path.hasSuffix(".markdown")
  }

  /// The front matter's mapping with `report`, the list of cells.
  /// - Throws: `ExperimentFileError`.
  package static func read(_ source: SourceText) throws -> SourceNode {
    var document = MarkdownDocument(source)
    let root = try document.read()
    try document.errors.check()
    return root
  }

  private init(_ source: SourceText) {
    self.source = source
    lines = source.lines.map { Array($0.unicodeScalars) }
  }

  private func place(_ line: Int, _ column: Int = 0) -> Place {
    Place(source: source, line: line + 1, column: column + 1)
  }

  private mutating func read() throws -> SourceNode {
    func isRule(_ line: [Unicode.Scalar], _ word: String) -> Bool {
      line.starts(with: word.unicodeScalars)
        && line.dropFirst(word.unicodeScalars.count).allSatisfy { $0 == " " || $0 == "\t" }
    }
    guard let first = lines.first, isRule(first, "---") else {
      throw ExperimentFileError(
        "the document has no front matter", at: source.start,
        hint: "begin it with the experiment file between two lines '---'")
    }
    guard
      let end = lines.indices.dropFirst().first(where: {
        isRule(lines[$0], "---") || isRule(lines[$0], "...")
      })
    else {
      throw ExperimentFileError(
        "the front matter is never closed", at: source.start, hint: "end it with a line '---'")
    }
    guard let front = try yaml(1..<end), !(front.scalar?.isAbsent ?? false) else {
      throw ExperimentFileError("the front matter is empty", at: place(0))
    }
    guard let entries = front.entries else { return front }
    if let report = entries.first(where: { $0.key == "report" }) {
      errors.error(
        "the cells of a document stand in its text, not in 'report'", at: report.keyPlace,
        hint: "remove it, or make the file a .yaml")
    }
    readBody(from: end + 1)
    let start = place(min(end + 1, lines.count - 1))
    let report = SourceNode.Entry(
      key: "report", keyPlace: start,
      value: SourceNode(content: .sequence(items), place: start))
    return SourceNode(
      content: .mapping(entries.filter { $0.key != "report" } + [report]), place: front.place)
  }

  /// YAML of some lines, as if it stood alone.
  private func yaml(_ range: Range<Int>, columns: Int = 0) throws -> SourceNode? {
    let text = range.map { line in
      let scalars = lines[line]
      let indentation = min(columns, scalars.prefix { $0 == " " }.count)
      return String(String.UnicodeScalarView(scalars.dropFirst(indentation))) + "\n"
    }.joined()
    do {
      let inner = SourceText(name: source.name, text: text)
      return try YAMLReader.read(inner, after: range.lowerBound)?
        .moved(to: source, lines: range.lowerBound, columns: columns)
    } catch let error as ExperimentFileError where !error.diagnostics.isEmpty {
      throw ExperimentFileError(
        error.diagnostics.map {
          Diagnostic(
            $0.message,
            at: $0.place.moved(to: source, lines: range.lowerBound, columns: columns),
            hint: $0.hint)
        })
    }
  }

  // MARK: Body

  private mutating func readBody(from start: Int) {
    var proseStart = start
    var line = start
    while line < lines.count {
      guard let fence = Fence(lines[line]) else {
        line += 1
        continue
      }
      let close = lines.indices.dropFirst(line + 1).first { fence.isClosed(by: lines[$0]) }
      if fence.info.hasPrefix("{") {
        addProse(proseStart..<line)
        readCell(fence, line, until: close ?? lines.count, isClosed: close != nil)
        proseStart = (close ?? lines.count) + 1
      }
      line = (close ?? lines.count) + 1
    }
    if proseStart < lines.count { addProse(proseStart..<lines.count) }
  }

  /// Lines as one text, without blank ones at its ends; nil if there are no others.
  private func raw(_ range: Range<Int>, columns: Int = 0) -> SourceNode? {
    func isBlank(_ line: Int) -> Bool { lines[line].allSatisfy(\.properties.isWhitespace) }
    guard let first = range.first(where: { !isBlank($0) }),
      let last = range.last(where: { !isBlank($0) })
    else { return nil }
    let text = (first...last).map { line in
      let scalars = lines[line]
      let indentation = min(columns, scalars.prefix { $0 == " " }.count)
      return String(String.UnicodeScalarView(scalars.dropFirst(indentation)))
    }.joined(separator: "\n")
    let scalar = SourceScalar(text: text, isPlain: false, isRaw: true)
    return SourceNode(content: .scalar(scalar), place: place(first))
  }

  private mutating func addProse(_ range: Range<Int>) {
    guard let text = raw(range) else { return }
    items.append(cell(MarkdownCell.kind, at: text.place, text, name: nil))
  }

  private func cell(
    _ kind: String, at place: Place, _ body: SourceNode, name: SourceNode?
  ) -> SourceNode {
    var entries = [SourceNode.Entry(key: kind, keyPlace: place, value: body)]
    if let name { entries.append(.init(key: "name", keyPlace: name.place, value: name)) }
    return SourceNode(content: .mapping(entries), place: place)
  }

  private mutating func readCell(
    _ fence: Fence, _ line: Int, until end: Int, isClosed: Bool
  ) {
    let info = Array(fence.info.unicodeScalars)
    let column = lines[line].firstIndex(of: "{") ?? 0
    guard isClosed else {
      errors.error(
        "the cell is never closed", at: place(line, fence.indentation),
        hint: "end it with a line of \(fence.length) such characters or more")
      return
    }
    guard let brace = info.firstIndex(of: "}") else {
      errors.error(
        "'{' is never closed", at: place(line, column), hint: "for instance ```{plot} losses")
      return
    }
    let kind = String(String.UnicodeScalarView(info[1..<brace])).trimmed
    let rest = String(String.UnicodeScalarView(info[(brace + 1)...]))
    var name: SourceNode?
    if !rest.trimmed.isEmpty {
      let blanks = rest.unicodeScalars.prefix { $0.properties.isWhitespace }.count
      name = SourceNode(
        content: .scalar(SourceScalar(text: rest.trimmed, isPlain: false, isRaw: true)),
        place: place(line, column + brace + 1 + blanks))
    }
    let start = place(line, column + 1)
    let main = CellKinds.named(kind)?.mainKey
    do {
      let body =
        try main.map { try textBody(line + 1..<end, main: $0, fence, at: start) }
        ?? yaml(line + 1..<end, columns: fence.indentation)
        ?? SourceNode(content: .mapping([]), place: start)
      items.append(cell(kind, at: start, body, name: name))
    } catch let error as ExperimentFileError {
      for diagnostic in error.diagnostics { errors.add(diagnostic) }
    } catch {
      errors.error("the cell cannot be read", at: start)
    }
  }

  /// Lines `:key: value`, then the text of the main key.
  private func textBody(
    _ range: Range<Int>, main: String, _ fence: Fence, at start: Place
  ) throws -> SourceNode {
    var entries: [SourceNode.Entry] = []
    var line = range.lowerBound
    while line < range.upperBound, let option = try option(line) {
      entries.append(option)
      line += 1
    }
    let text = raw(line..<range.upperBound, columns: fence.indentation)
    if entries.isEmpty {
      return text
        ?? SourceNode(content: .scalar(SourceScalar(text: "", isPlain: true)), place: start)
    }
    if let text { entries.append(.init(key: main, keyPlace: text.place, value: text)) }
    return SourceNode(content: .mapping(entries), place: place(range.lowerBound))
  }

  /// `:key: value`; nil for any other line.
  private func option(_ line: Int) throws -> SourceNode.Entry? {
    let scalars = lines[line]
    let first = scalars.prefix { $0 == " " }.count
    guard first < scalars.count, scalars[first] == ":",
      let colon = scalars[(first + 1)...].firstIndex(of: ":"), colon > first + 1,
      scalars[(first + 1)..<colon].allSatisfy({ $0 == "_" || $0.properties.isAlphabetic })
    else { return nil }
    let key = String(String.UnicodeScalarView(scalars[(first + 1)..<colon]))
    let column = colon + 1 + scalars[(colon + 1)...].prefix { $0 == " " || $0 == "\t" }.count
    let text = String(String.UnicodeScalarView(scalars[column...])).trimmed
    let at = place(line, column)
    var value = SourceNode(
      content: .scalar(SourceScalar(text: text, isPlain: true, isRaw: true)), place: at)
    // Lists, mappings and quoted text are YAML; the rest is taken as it stands.
    if let opening = text.first, "[{\"'".contains(opening) {
      let inner = SourceText(name: source.name, text: text)
      do {
        value =
          try YAMLReader.read(inner, after: line)?
          .moved(to: source, lines: line, columns: column) ?? value
      } catch let error as ExperimentFileError {
        throw ExperimentFileError(
          error.diagnostics.map { Diagnostic($0.message, at: at, hint: $0.hint) })
      }
    }
    return SourceNode.Entry(key: key, keyPlace: place(line, first + 1), value: value)
  }
}
