import Text

/// `key=value` of the command line, read into the same tree as a file.
package enum Overrides {
  /// The overrides as one layer's tree; nil if there are none.
  /// - Parameter isText: of which keys the values are taken as they stand.
  package static func read(
    _ arguments: [String], isText: (_ key: String) -> Bool = Self.takesText,
    into diagnostics: inout Diagnostics
  ) -> SourceNode? {
    var tree: SourceNode?
    var given: Set<String> = []
    for argument in arguments {
      let source = SourceText(override: argument)
      do {
        let (path, node) = try read(source, isText: isText)
        if given.insert(path.joined(separator: ".")).inserted {
          tree = tree.map { $0.merged(under: node) } ?? node
        } else {
          diagnostics.error(
            "\(quoted(path.joined(separator: "."))) is given twice", at: source.start,
            hint: "keep one of them")
        }
      } catch let error as ExperimentFileError {
        for diagnostic in error.diagnostics { diagnostics.add(diagnostic) }
      } catch {
        diagnostics.error("cannot be read", at: source.start)
      }
    }
    return tree
  }

  private static func read(
    _ source: SourceText, isText: (String) -> Bool
  ) throws -> (path: [String], tree: SourceNode) {
    let text = source.text
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw ExperimentFileError(
        "\(quoted(text)) is not an override", at: source.start,
        hint: "an override reads key=value, for instance training.steps=100")
    }
    let key = String(text[..<equals])
    let path = components(of: key)
    guard path.allSatisfy({ !$0.isEmpty }) else {
      throw ExperimentFileError("\(quoted(key)) is not the path of a key", at: source.start)
    }
    let keyLength = key.unicodeScalars.count
    let valueText = String(text[text.index(after: equals)...])
    var node = try value(
      valueText, isText: isText(key),
      at: Place(source: source, line: 1, column: keyLength + 2))

    var column = keyLength + 1
    for name in path.reversed() {
      column -= name.unicodeScalars.count
      let place = Place(source: source, line: 1, column: column)
      node = SourceNode(
        content: .mapping([.init(key: name, keyPlace: place, value: node)]), place: place)
      column -= 1
    }
    return (path, node)
  }

  /// What follows `sweep.parameters.` and `sweep.repeat.` is one path, so one key.
  private static func components(of key: String) -> [String] {
    for whole in ["sweep.parameters.", "sweep.repeat."] where key.hasPrefix(whole) {
      return whole.split(separator: ".").map(String.init) + [String(key.dropFirst(whole.count))]
    }
    return key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  /// Prose and expressions are taken as they are: no quotes needed inside the shell's own.
  package static func takesText(_ key: String) -> Bool {
    if key == "sweep.where" { return true }
    if case .text = KeyDefinitions.byPath[key]?.type { return true }
    return false
  }

  private static func value(_ text: String, isText: Bool, at place: Place) throws -> SourceNode {
    let isQuoted =
      text.count > 1 && (text.hasPrefix("'") || text.hasPrefix("\"")) && text.last == text.first
    if isText, !(isQuoted && text.dropFirst().dropLast().allSatisfy { $0 != text.first }) {
      return SourceNode(
        content: .scalar(SourceScalar(text: text, isPlain: true)), place: place)
    }
    // Read by itself, then moved to where it stands in the argument as it was typed.
    let source = SourceText(name: "value", text: text)
    guard let node = try read(source, shownIn: place) else {
      return SourceNode(content: .scalar(SourceScalar(text: "", isPlain: true)), place: place)
    }
    return node.moved { place.shifted(by: $0) }
  }

  private static func read(_ source: SourceText, shownIn place: Place) throws -> SourceNode? {
    do {
      return try YAMLReader.read(source)
    } catch let error as ExperimentFileError {
      throw ExperimentFileError(
        error.diagnostics.map {
          Diagnostic($0.message, at: place.shifted(by: $0.place), hint: $0.hint)
        })
    }
  }
}

extension Place {
  /// The place of an inner text's place when this is where the inner text begins.
  fileprivate func shifted(by inner: Place) -> Place {
    Place(
      source: source, line: line + inner.line - 1,
      column: inner.line == 1 ? column + inner.column - 1 : inner.column)
  }
}
