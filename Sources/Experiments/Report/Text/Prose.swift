/// A sentence that is shown both in Markdown and on a terminal; its pieces are foreign text.
struct Prose: Sendable, Hashable {
  private enum Piece: Hashable {
    case text(String)
    case strong(String)
    case code(String)
  }

  private var pieces: [Piece] = []

  static func text(_ text: String) -> Prose { Prose(pieces: [.text(text)]) }
  static func strong(_ text: String) -> Prose { Prose(pieces: [.strong(text)]) }
  static func code(_ text: String) -> Prose { Prose(pieces: [.code(text)]) }

  static func + (a: Prose, b: Prose) -> Prose { Prose(pieces: a.pieces + b.pieces) }
  static func + (a: Prose, b: String) -> Prose { a + .text(b) }
  static func += (a: inout Prose, b: Prose) { a = a + b }

  /// "a", "a and b", "a, b and c".
  static func list(_ parts: [Prose]) -> Prose {
    parts.enumerated().reduce(.text("")) { list, part in
      let (place, prose) = part
      let sign = place == 0 ? "" : place == parts.count - 1 ? " and " : ", "
      return list + sign + prose
    }
  }

  var markdown: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): MarkdownText.escaped(text)
      case .strong(let text): "**\(MarkdownText.escaped(text))**"
      case .code(let text): MarkdownText.code(text)
      }
    }.joined()
  }

  var plain: String {
    pieces.map { piece in
      switch piece {
      case .text(let text), .strong(let text), .code(let text): SafeText.singleLine(text)
      }
    }.joined()
  }
}
