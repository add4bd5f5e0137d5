import Testing
import Text

@testable import Reports

/// Python-Markdown, which TensorBoard renders with, takes a backslash only before some signs and
/// joins lines; all dialects take entities and two blanks before a line break.
@Suite struct VerbatimMarkdownTests {
  @Test func notesKeepTheirLines() {
    let note = """
      see https://example.org/a_b, loss < 0.1 & $x^2$, ~5 min
      1. one
        - two  

      \u{9}
      10) *three* | a\\b
      # four [x](y) `c`
      """
    #expect(
      MarkdownText.verbatimQuotation(note) == """
        > see https://example.org/a&#95;b, loss &#60; 0.1 &#38; $x^2$, &#126;5 min\u{20}\u{20}
        > 1&#46; one\u{20}\u{20}
        > &#160;&#160;&#45; two
        >
        > 10&#41; &#42;three&#42; &#124; a&#92;b\u{20}\u{20}
        > &#35; four &#91;x&#93;(y) &#96;c&#96;
        """)
    #expect(MarkdownText.verbatimQuotation(" \n\n").isEmpty)
    #expect(MarkdownText.verbatimQuotation("a\r\nb\u{2028}c") == "> a  \n> b  \n> c")
  }

  @Test func oneLine() {
    #expect(MarkdownText.verbatim("a\nb\u{1b}[31m") == "a b\u{FFFD}&#91;31m")
    #expect(MarkdownText.verbatim("---") == "&#45;--")
    #expect(MarkdownText.verbatim("1.5 s") == "1.5 s")
    #expect(MarkdownText.verbatim("1.") == "1&#46;" && MarkdownText.verbatim("2) x") == "2&#41; x")
    #expect(MarkdownText.verbatim("x: 1. 2 # = +") == "x: 1. 2 # = +")
    #expect(MarkdownText.verbatim("").isEmpty)
  }

  /// As cmark-gfm reads it, which is another dialect: the text itself, with its lines.
  @Test func whatIsShownIsTheText() throws {
    let note = "a_b *c* <b> & &amp; | `d` [e](f) ~~g~~\n1. h\n# i\n- [x] j\nk[^1]\n===\n\n    l\\"
    let markdown = MarkdownText.verbatimQuotation(note)
    let elements = try #require(xmlElements(HTMLPage(markdown: markdown, files: []).text))
    let inside = elements.filter { $0.name == "p" }.map(\.text)
    #expect(
      inside == [
        "a_b *c* <b> & &amp; | `d` [e](f) ~~g~~\n1. h\n# i\n- [x] j\nk[^1]\n===",
        "\u{A0}\u{A0}\u{A0}\u{A0}l\\",
      ])
    #expect(elements.count { $0.name == "br" } == 5)
    #expect(!elements.contains { ["em", "a", "code", "del", "li", "h1"].contains($0.name) })
  }
}
