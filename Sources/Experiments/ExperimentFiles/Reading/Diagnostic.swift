import Text

/// One thing wrong with an experiment file, or doubtful: what, where, and what to do.
package struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
  package let place: Place
  package let message: String
  package let hint: String?
  /// Worth a thought, and no error: the file can be used.
  package let isWarning: Bool

  init(_ message: String, at place: Place, hint: String? = nil, isWarning: Bool = false) {
    self.place = place
    self.message = message
    self.hint = hint
    self.isWarning = isWarning
  }

  /// ```
  /// x.yaml:7:13: error: unknown key 'shedule' in 'diffusion'
  ///   diffusion: {shedule: {kind: linear}}
  ///               ^
  ///   hint: did you mean 'schedule'?
  /// ```
  package var description: String {
    var lines = ["\(place.name): \(isWarning ? "warning" : "error"): \(message)"]
    if let (source, caret) = excerpt {
      lines.append("  \(source)")
      lines.append("  \(String(repeating: " ", count: caret))^")
    }
    if let hint {
      lines.append("  hint: \(hint)")
    }
    return lines.joined(separator: "\n")
  }

  /// The source line, cut to a window around the place when it is long, and the caret's offset.
  private var excerpt: (line: String, caret: Int)? {
    guard place.source.lines.indices.contains(place.line - 1) else { return nil }
    let scalars = place.source.lines[place.line - 1].unicodeScalars
    guard scalars.contains(where: { !$0.properties.isWhitespace }) else { return nil }
    let width = 120
    let caret = min(place.column - 1, scalars.count)
    let first = caret > width - 20 ? caret - width / 2 : 0
    let window = scalars.dropFirst(first).prefix(width)
    let cutFront = first > 0 ? "…" : ""
    let cutBack = first + window.count < scalars.count ? "…" : ""
    return (
      cutFront + printable(window) + cutBack, caret - first + cutFront.unicodeScalars.count
    )
  }
}

/// The errors and warnings found so far, in the order of finding, each once.
package struct Diagnostics {

  package init() {
  }
  /// The errors.
  package private(set) var list: [Diagnostic] = []
  package private(set) var warnings: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []

  package var isEmpty: Bool { list.isEmpty }

  package mutating func error(_ message: String, at place: Place, hint: String? = nil) {
    add(Diagnostic(message, at: place, hint: hint))
  }

  package mutating func warning(_ message: String, at place: Place, hint: String? = nil) {
    add(Diagnostic(message, at: place, hint: hint, isWarning: true))
  }

  package mutating func add(_ diagnostic: Diagnostic) {
    // The hint may name the run; one error at one place is enough.
    let key = Diagnostic(diagnostic.message, at: diagnostic.place)
    guard seen.insert(key).inserted else { return }
    if diagnostic.isWarning { warnings.append(diagnostic) } else { list.append(diagnostic) }
  }

  /// Throws when there is any error: file by file, each in the order of its lines.
  package func check() throws {
    guard !list.isEmpty else { return }
    throw ExperimentFileError(list)
  }
}

/// Why an experiment file cannot be used: every error found in it, or that it cannot be read.
package struct ExperimentFileError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// The file's content, or an override, is at fault.
    case badInput
    /// There is no such file.
    case notFound
    /// The file is there and cannot be read.
    case inputOutput
  }

  package let kind: Kind
  /// In the order of the files, then of their lines; empty when the file cannot be read.
  package let diagnostics: [Diagnostic]
  /// What happened, where there are no diagnostics.
  package let text: String

  package init(_ diagnostics: [Diagnostic]) {
    kind = .badInput
    var order: [ObjectIdentifier: Int] = [:]
    for diagnostic in diagnostics {
      let source = ObjectIdentifier(diagnostic.place.source)
      order[source] = order[source] ?? order.count
    }
    // Sorted by a key that ends in the order of finding, so that the result is unique.
    self.diagnostics = diagnostics.enumerated()
      .map { (offset, diagnostic) in
        let place = diagnostic.place
        let source = order[ObjectIdentifier(place.source)] ?? 0
        return (key: (source, place.line, place.column, offset), diagnostic: diagnostic)
      }
      .sorted { $0.key < $1.key }
      .map(\.diagnostic)
    text = ""
  }

  init(_ message: String, at place: Place, hint: String? = nil) {
    self.init([Diagnostic(message, at: place, hint: hint)])
  }

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
    diagnostics = []
  }

  package var description: String {
    diagnostics.isEmpty
      ? "error: \(text)" : diagnostics.map(\.description).joined(separator: "\n")
  }
}
