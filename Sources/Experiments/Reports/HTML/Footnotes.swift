/// Footnotes, `text[^1]` and `[^1]: what it says`: numbers that lead to a list at the end of the page,
/// and arrows that lead back.
///
/// Their names in the Markdown are foreign text and go nowhere: anchors are made of numbers, with an
/// underscore, which those of headings never have.
enum Footnotes {
  static func settle(_ document: MarkdownTree) {
    let nodes = document.nodes()
    // How often each has been referred to.
    var counts: [Int: Int] = [:]
    for node in nodes where MarkdownTree.kind(node) == .footnoteReference {
      let number = Int(MarkdownTree.literal(node)) ?? 0
      // A link cannot hold another.
      if MarkdownTree.isInside(.link, node) {
        document.replace(inline: node, withHTML: "<sup>\(number)</sup>")
        continue
      }
      let count = counts[number, default: 0] + 1
      counts[number] = count
      document.replace(
        inline: node,
        withHTML: "<sup><a href=\"#note_\(number)\" id=\"\(place(number, count))\">"
          + "\(number)</a></sup>")
    }
    // In the order of their numbers, at the end of the document.
    let notes = nodes.filter { MarkdownTree.kind($0) == .footnote }
    for (index, note) in notes.enumerated() {
      let number = index + 1
      let back = (0..<counts[number, default: 0]).map { count in
        " <a href=\"#\(place(number, count + 1))\" aria-label=\"back to the text\">↩</a>"
      }.joined()
      var after = "</li>"
      if let last = MarkdownTree.children(note).last, MarkdownTree.kind(last) == .paragraph {
        document.add(inline: back, to: last, atEnd: true)
      } else {
        after = "<p>\(back)</p></li>"
      }
      let begin = index == 0 ? "<section class=\"footnotes\" aria-label=\"Footnotes\"><ol>" : ""
      let end = number == notes.count ? "</ol></section>" : ""
      MarkdownTree.unwrap(note, in: "\(begin)<li id=\"note_\(number)\">", after + end)
    }
  }

  private static func place(_ number: Int, _ count: Int) -> String {
    count == 1 ? "from_\(number)" : "from_\(number)_\(count)"
  }
}
