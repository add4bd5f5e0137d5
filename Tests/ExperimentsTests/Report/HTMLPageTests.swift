import Foundation
import Testing
import Text

@testable import Reports
@testable import Store

@Suite struct HTMLPageTests {
  private static let pixel = ReportFile(
    name: "demo/a.png", mediaType: "image/png", bytes: [1, 2, 3])
  private static let drawing = ReportFile(
    name: "demo/b.svg", mediaType: "image/svg+xml", bytes: Array("<svg/>".utf8))

  private func page(_ markdown: String) throws -> (text: String, elements: [XMLElementText]) {
    let text = HTMLPage(markdown: markdown, files: [Self.pixel, Self.drawing]).text
    return (text, try #require(xmlElements(text)))
  }

  private func count(_ name: String, _ page: [XMLElementText]) -> Int {
    page.count { $0.name == name }
  }

  @Test func selfContained() throws {
    let (text, page) = try page(
      "# Demo\n\n![A *plot*](demo/a.png)\n\n![B](demo/b.svg) ![gone](demo/c.png) ![far](https://x.example/y.png)"
    )
    #expect(page.first { $0.name == "html" }?.attributes["lang"] == "en")
    #expect(page.first { $0.name == "title" }?.text == "Demo")
    let images = page.filter { $0.name == "img" }.map(\.attributes)
    #expect(
      images.map { $0["src"] ?? "" } == [
        "data:image/png;base64,AQID", "data:image/svg+xml;base64,PHN2Zy8+",
      ])
    #expect(images.map { $0["alt"] ?? "" } == ["A plot", "B"])
    #expect(
      page.filter { $0.classes == ["missing"] }.map(\.text) == [
        "[picture: gone]", "[picture: far]",
      ])
    #expect(!text.contains("https://x.example"))
    #expect(count("script", page) == 0 && count("link", page) == 0)
    #expect(text.contains("prefers-color-scheme:dark") && text.contains("@media print"))
  }

  @Test func whatMarkdownHas() throws {
    let (text, page) = try page(
      """
      # One

      | a | b |
      | :-- | --: |
      | `x\\|y` | 2 |

      > quoted

      - item ~~gone~~ **strong**

      ```yaml
      a: <b>
      ```
      """)
    #expect(page.filter { $0.classes == ["scroll"] }.count == 1)
    #expect(
      page.filter { $0.name == "td" }.map { $0.attributes["align"] ?? "" } == ["left", "right"])
    #expect(page.filter { $0.name == "code" }.map(\.text) == ["x|y", "a: <b>\n"])
    for name in ["blockquote", "li", "del", "strong", "pre", "table"] {
      #expect(count(name, page) == 1)
    }
    #expect(!text.contains("<nav"))
  }

  @Test func contentsAndAnchors() throws {
    let markdown =
      "# T\n\n"
      + ["A b", "A b", "C", "D `e`", "F <x>"].map { "## \($0)\n\ntext" }.joined(separator: "\n\n")
    let (_, page) = try page(markdown)
    let links = page.filter { $0.name == "a" }
    #expect(links.map { $0.attributes["href"] ?? "" } == ["#a-b", "#a-b--2", "#c", "#d-e", "#f-x"])
    #expect(links.map(\.text) == ["A b", "A b", "C", "D e", "F <x>"])
    let anchors = Set(page.filter { $0.classes == ["anchor"] }.compactMap { $0.attributes["id"] })
    #expect(anchors == ["t", "a-b", "a-b--2", "c", "d-e", "f-x"])
  }

  /// Folds that the report writes work; the same opened and never closed is text, like any HTML.
  @Test func fragments() throws {
    let (_, page) = try page(
      """
      <details>
      <summary>Runs &amp; &lt;b&gt;</summary>

      | a |
      | :-- |
      | x<br>y |

      </details>

      <!-- a remark -->

      <details>
      <summary>never closed</summary>

      </details>

      </details>
      """)
    #expect(count("details", page) == 2)
    #expect(page.filter { $0.name == "summary" }.map(\.text) == ["Runs & <b>", "never closed"])
    #expect(count("br", page) == 1)
    #expect(page.filter { $0.name == "pre" }.count == 1)

    let open = try self.page("<details>\n<summary>x</summary>\n\ntext").elements
    #expect(count("details", open) == 0)
    #expect(open.first { $0.name == "code" }?.text == "<details>\n<summary>x</summary>\n")
  }

  @Test func captions() throws {
    let (_, page) = try page("![A](demo/a.png)\n\n*Under it.*\n\n*No* caption.\n")
    #expect(page.count { $0.classes == ["caption"] } == 1)
    #expect(page.filter { $0.name == "em" }.map(\.text) == ["Under it.", "No"])
  }

  @Test func alerts() throws {
    let (_, page) = try page("> [!WARNING]\n> Two runs failed.\n\n> \\[!X] no\n")
    #expect(page.filter { $0.classes == ["alert"] }.map(\.text) == ["Warning"])
    #expect(
      page.filter { $0.name == "p" }.map { $0.text.trimmingCharacters(in: .whitespacesAndNewlines) }
        == ["Two runs failed.", "[!X] no"])
  }

  @Test func tasksHaveBoxes() throws {
    let (text, page) = try page(
      """
      - [x] done
      - [ ] open
        - [X] inside
      - plain
      - [x]

      1. [ ] loose

      2. [x] `code`

         second
      """)
    let boxes = page.filter { $0.name == "input" }
    #expect(
      boxes.map { $0.attributes["checked"] == nil ? " " : "x" } == ["x", " ", "x", " ", "x"])
    #expect(boxes.allSatisfy { $0.attributes["type"] == "checkbox" })
    #expect(boxes.allSatisfy { $0.attributes["disabled"] == "" })
    #expect(count("li", page) == 7)
    // In the line itself, also where items are paragraphs.
    #expect(text.contains("/> done") && text.contains("<p><input") && text.contains("/> loose</p>"))
    #expect(text.contains("<li>[x]</li>"), "a box without a text is none")
  }

  @Test func footnotesAreAtTheEnd() throws {
    let (text, page) = try page(
      """
      # Head[^b]

      One[^a], two[^b], none[^c], [three[^a]](https://example.org).

      [^a]: First <script>x</script> [^b].
      [^unused]: never
      [^b]:
          Second:

          ```
          code
          ```

      ## Last
      """)
    let links = page.filter { $0.name == "a" }
    #expect(
      links.map { $0.attributes["href"] ?? "" } == [
        "#note_1", "#note_2", "#note_1", "https://example.org", "#from_1", "#from_1_2",
        "#from_1_3", "#note_1", "#from_2",
      ])
    // A number each, and each place once.
    let ids = page.compactMap { $0.attributes["id"] }
    #expect(
      ids == [
        "head", "from_1", "from_2", "from_1_2", "last", "note_1", "note_2", "from_1_3",
      ])
    #expect(page.filter { $0.name == "sup" }.map(\.text) == ["", "", "", "2", ""])
    #expect(links.filter { $0.text.contains("↩") }.count == 4)
    #expect(text.contains("none[^c]") && !text.contains("never"))
    let section = try #require(text.range(of: "<section"))
    let last = try #require(text.range(of: "Last</h2>"))
    #expect(last.upperBound < section.lowerBound)
    #expect(count("section", page) == 1 && count("script", page) == 0)
    #expect(page.first { $0.name == "title" }?.text == "Head")
  }

  /// Names of footnotes are foreign text; a picture's alternative text is an attribute.
  @Test func footnotesCannotForgeAnything() throws {
    let (text, page) = try page(
      """
      a[^"onclick=x] b[^<b>] c[^x&y] ![d[^"onclick=x]](demo/a.png) ![e[^x&y]](demo/none.png)

      [^"onclick=x]: one
      [^<b>]: two
      [^x&y]: three
      """)
    #expect(
      page.compactMap { $0.attributes["id"] } == [
        "from_1", "from_2", "from_3", "note_1", "note_2", "note_3",
      ])
    #expect(!page.contains { $0.attributes.keys.contains { $0.hasPrefix("on") } })
    #expect(!text.contains("<b>") && !text.contains("onclick"))
    #expect(page.filter { $0.name == "img" }.map { $0.attributes["alt"] ?? "" } == ["d"])
    #expect(page.filter { $0.classes == ["missing"] }.map(\.text) == ["[picture: e]"])
  }

  /// One tilde is part of a range.
  @Test func twoTildesStrikeOut() throws {
    let (_, page) = try page("Took 1~2 s, at most 3~4 s, ~~not~~ 5 s.\n")
    #expect(page.filter { $0.name == "del" }.map(\.text) == ["not"])
    #expect(page.first { $0.name == "p" }?.text == "Took 1~2 s, at most 3~4 s,  5 s.")
  }

  static let hostile = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b onclick='x'>b</b> c",
    "<details open onToggle=alert(1)>\n<summary>x</summary>\n\n</details>",
    "<details>\n<summary><script>x</script></summary>\n\n</details>",
    "<!-- --><script>alert(1)</script><!-- -->", "<?php x ?>", "<![CDATA[ x ]]>", "<!DOCTYPE x>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,<script>)",
    "[x](vbscript:x)", "<javascript:alert(1)>", "![x](javascript:alert(1))",
    "![\"><script>alert(1)</script>](demo/a.png)", "![x](demo/a.png \"' onload='x\")",
    "![a ![b](demo/a.png \"t\") <script>](demo/b.svg)",
    "# <script>alert(1)</script>", "## \" onclick=\"x", "```\" onclick=\"x\n<script>\n```",
    "| <script> | b |\n| -- | -- |\n| <img> | `<i>` |", "&lt;script&gt; &#60;script&#62;",
    "\u{0}\u{1}\u{8}\u{202E}\u{FFFE}<\u{0}script>", "<scr\nipt>", "<style>*{}</style>",
    "</main></body></html>",
    "<iframe src=x>", "<svg onload=x>", "<a href=\"javascript:x\">x</a>", "</details>",
    "<br onload=x>",
    "&#xE000;0&#xE000; \u{E000}0\u{E000} [x](y \"&#xE000;0&#xE000;\") ![o=1 onclick=x](demo/a.png)",
    "&#1; &#x202E; &#0; &#xFFFE; &#x8;", "<summary>x</summary>", "<div>\n*a*",
    String(repeating: "> ", count: 200) + "x", "[a]: javascript:x\n\n[a]",
    "[^<script>] [^a\"b]\n\n[^<script>]: <script>\n[^a\"b]: [x](javascript:x)",
    "- [x] <script>\n- [ ] <img src=x onerror=y>",
  ]

  /// Read as XML, whatever was written: no element but those of Markdown, no attribute that acts.
  @Test(arguments: hostile)
  func hostileText(text: String) throws {
    for markdown in [
      text, "a \(text) b", "> \(text)", "- \(text)", "| a |\n| -- |\n| \(text) |",
      "# \(text)\n\ntext",
    ] {
      let (html, page) = try page(markdown)
      let allowed: Set = [
        "html", "head", "meta", "title", "style", "body", "main", "nav", "div", "p", "ul", "ol",
        "li",
        "a", "h1", "h2", "blockquote", "pre", "code", "table", "thead", "tbody", "tr", "th", "td",
        "img", "span", "em", "br", "details", "summary", "input", "sup", "section", "ol",
      ]
      let extra = Set(page.map(\.name)).subtracting(allowed)
      #expect(extra.isEmpty)
      #expect(count("style", page) == 1)
      #expect(count("body", page) == 1)
      for element in page {
        let attributes = element.attributes.keys
        #expect(
          !attributes.contains { $0.lowercased().hasPrefix("on") || $0 == "style" || $0 == "open" })
        let address = (element.attributes["href"] ?? "").lowercased()
        #expect(!address.contains("script:") && !address.hasPrefix("data:"))
        let source = element.attributes["src"] ?? ""
        #expect(
          source.isEmpty || source == "data:image/png;base64,AQID"
            || source == "data:image/svg+xml;base64,PHN2Zy8+")
      }
      #expect(!html.contains("\u{202E}") && !html.contains("\u{1}"))
    }
  }

  /// What is no markup is there to be read.
  @Test func hostileTextIsShown() throws {
    let (_, page) = try page("a <b onclick='x'>b</b>\n\n<script>alert(1)</script>\n")
    #expect(page.first { $0.name == "p" }?.text == "a <b onclick='x'>b</b>")
    #expect(page.first { $0.name == "code" }?.text == "<script>alert(1)</script>\n")
  }

  @Test func theSameTwice() {
    let markdown = "# A\n\n![x](demo/a.png)\n\n## B\n"
    #expect(
      HTMLPage(markdown: markdown, files: [Self.pixel]).text
        == HTMLPage(markdown: markdown, files: [Self.pixel]).text)
    #expect(xmlElements(HTMLPage(markdown: "", files: []).text) != nil)
  }
}
