extension SourceNode {
  /// Where the n-th Unicode scalar of this scalar's text stands in the file, whichever way the text
  /// was written: YAML folds and indents blanks and nothing else, so what is no blank is counted.
  package func textPlace(at offset: Int) -> Place {
    guard let scalar else { return place }
    let text = Array(scalar.text.unicodeScalars)
    let isAtEnd = text.dropFirst(offset).allSatisfy(\.properties.isWhitespace)
    var before = text.prefix(offset).count { !$0.properties.isWhitespace }
    if isAtEnd {
      guard before > 0 else { return place }
      before -= 1
    }
    return walk(past: before, scalar).map { isAtEnd ? $0.moved(columns: 1) : $0 } ?? place
  }

  private func walk(past count: Int, _ scalar: SourceScalar) -> Place? {
    let lines = place.source.lines
    var line = place.line - 1
    var column = place.column - 1
    var quote: Unicode.Scalar?
    if !scalar.isRaw, !scalar.isPlain, lines.indices.contains(line) {
      switch lines[line].unicodeScalars.dropFirst(column).first {
      case "|", ">": (line, column) = (line + 1, 0)
      case "'": (quote, column) = ("'", column + 1)
      case "\"": (quote, column) = ("\"", column + 1)
      default: break
      }
    }
    var left = count
    while lines.indices.contains(line) {
      let scalars = Array(lines[line].unicodeScalars)
      while column < scalars.count {
        let scalar = scalars[column]
        if scalar.properties.isWhitespace {
          column += 1
          continue
        }
        if left == 0 { return Place(source: place.source, line: line + 1, column: column + 1) }
        // An escape is two in the file and one in the text.
        if quote == "\"", scalar == "\\" { column += 1 }
        if quote == "'", scalar == "'" { column += 1 }
        left -= 1
        column += 1
      }
      line += 1
      column = 0
    }
    return nil
  }

  /// This tree where it stands in a larger text: `lines` further down, `columns` to the right.
  package func moved(to source: SourceText, lines: Int, columns: Int) -> SourceNode {
    moved { $0.moved(to: source, lines: lines, columns: columns) }
  }

  /// This tree with each of its places elsewhere.
  func moved(_ place: (Place) -> Place) -> SourceNode {
    var node = self
    node.place = place(node.place)
    switch content {
    case .scalar: break
    case .sequence(let items): node.content = .sequence(items.map { $0.moved(place) })
    case .mapping(let entries):
      node.content = .mapping(
        entries.map {
          Entry(key: $0.key, keyPlace: place($0.keyPlace), value: $0.value.moved(place))
        })
    }
    return node
  }
}

extension Place {
  package func moved(to source: SourceText, lines: Int, columns: Int) -> Place {
    Place(source: source, line: line + lines, column: column + columns)
  }
}
