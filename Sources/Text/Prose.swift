/// A sentence that is shown both in Markdown and on a terminal; its pieces are foreign text.
package struct Prose: Sendable, Hashable {
  private enum Piece: Hashable {
    case text(String)
    case strong(String)
    case code(String)
  }

  private var pieces: [Piece] = []

  package static func text(_ text: String) -> Prose { Prose(pieces: [.text(text)]) }
  package static func strong(_ text: String) -> Prose { Prose(pieces: [.strong(text)]) }
  package static func code(_ text: String) -> Prose { Prose(pieces: [.code(text)]) }

  package static func + (a: Prose, b: Prose) -> Prose { Prose(pieces: a.pieces + b.pieces) }
  package static func + (a: Prose, b: String) -> Prose { a + .text(b) }
  package static func += (a: inout Prose, b: Prose) { a = a + b }

  /// "a", "a and b", "a, b and c".
  package static func list(_ parts: [Prose]) -> Prose {
    parts.enumerated().reduce(.text("")) { list, part in
      let (place, prose) = part
      let sign = place == 0 ? "" : place == parts.count - 1 ? " and " : ", "
      return list + sign + prose
    }
  }

  package var markdown: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): MarkdownText.escaped(text)
      case .strong(let text): "**\(MarkdownText.escaped(text))**"
      case .code(let text): MarkdownText.code(text)
      }
    }.joined()
  }

  package var plain: String {
    pieces.map { piece in
      switch piece {
      case .text(let text), .strong(let text), .code(let text): SafeText.singleLine(text)
      }
    }.joined()
  }
}
