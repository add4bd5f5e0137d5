/// A text that errors point into: an experiment file, or one override of the command line.
package final class SourceText: Sendable {
  /// The file as errors name it.
  package let name: String
  package let text: String
  package let isCommandLine: Bool
  /// Without their line breaks; breaks as YAML counts them, so that marks agree.
  package let lines: [String]

  package init(name: String, text: String) {
    self.name = name
    self.text = text
    isCommandLine = false
    lines = SourceText.split(text)
  }

  /// One `key=value` of the command line.
  package init(override text: String) {
    name = "command line"
    self.text = text
    isCommandLine = true
    lines = SourceText.split(text)
  }

  /// Where the text begins: for what is missing from it altogether.
  package var start: Place { Place(source: self, line: 1, column: 1) }

  private static func split(_ text: String) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var afterReturn = false
    for scalar in text.unicodeScalars {
      if afterReturn, scalar == "\n" {
        afterReturn = false
        continue
      }
      afterReturn = scalar == "\r"
      if scalar.isYAMLBreak {
        lines.append(String(line))
        line = .init()
      } else {
        line.append(scalar)
      }
    }
    lines.append(String(line))
    return lines
  }
}

extension Unicode.Scalar {
  /// libyaml's line breaks: LF, CR, NEL, LS and PS.
  var isYAMLBreak: Bool {
    switch value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}

/// A place in a source text, counted from 1; columns count Unicode scalars.
package struct Place: Sendable, Hashable {
  package let source: SourceText
  package let line: Int
  package let column: Int

  package init(source: SourceText, line: Int, column: Int) {
    self.source = source
    self.line = max(1, line)
    self.column = max(1, column)
  }

  package func moved(columns: Int) -> Place {
    Place(source: source, line: line, column: column + columns)
  }

  package static func == (a: Place, b: Place) -> Bool {
    a.source === b.source && a.line == b.line && a.column == b.column
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(source))
    hasher.combine(line)
    hasher.combine(column)
  }

  /// `FILE:LINE:COLUMN`, or `command line`.
  package var name: String {
    source.isCommandLine ? source.name : "\(source.name):\(line):\(column)"
  }
}
