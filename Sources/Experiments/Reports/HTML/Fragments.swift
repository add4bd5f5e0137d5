import Text

/// The raw HTML of a report's Markdown: what reports write themselves is made anew from what it
/// says, everything else becomes text.
enum Fragments {
  static func settle(_ document: MarkdownTree) {
    for quotation in document.nodes() where MarkdownTree.kind(quotation) == .quotation {
      settle(alert: quotation, in: document)
    }
    for node in document.nodes() where MarkdownTree.kind(node) == .htmlInline {
      settle(inline: node, in: document)
    }
    // Folds that are opened and closed among the same siblings.
    let blocks = document.nodes().filter { MarkdownTree.kind($0) == .htmlBlock }
    var parents: [OpaquePointer] = []
    for case let parent? in blocks.map(MarkdownTree.parent) where !parents.contains(parent) {
      parents.append(parent)
    }
    for parent in parents {
      settle(
        blocks: MarkdownTree.children(parent).filter {
          MarkdownTree.kind($0) == .htmlBlock
        })
    }
  }

  private static func settle(inline node: OpaquePointer, in document: MarkdownTree) {
    switch MarkdownTree.literal(node) {
    case "<br>", "<br/>", "<br />":
      document.replace(inline: node, withHTML: "<br />")
    case let text where isComment(text):
      document.replace(inline: node, withHTML: "")
    default: MarkdownTree.showAsText(inline: node)
    }
  }

  /// What GitHub makes of a quotation that opens with `[!WARNING]`: a word in bold.
  private static func settle(alert quotation: OpaquePointer, in document: MarkdownTree) {
    guard let paragraph = MarkdownTree.children(quotation).first,
      MarkdownTree.kind(paragraph) == .paragraph,
      let first = MarkdownTree.children(paragraph).first,
      let word = alerts[MarkdownTree.literal(first)]
    else { return }
    document.replace(
      inline: first, withHTML: "<strong class=\"alert\">\(word)</strong><br />")
  }

  private static let alerts = [
    "[!NOTE]": "Note", "[!TIP]": "Tip", "[!IMPORTANT]": "Important", "[!WARNING]": "Warning",
    "[!CAUTION]": "Caution",
  ]

  private static func settle(blocks: [OpaquePointer]) {
    var open: [Int] = []
    var own: [Int: String] = [:]
    var closed: Set<Int> = []
    for (index, node) in blocks.enumerated() {
      let text = trimmed(MarkdownTree.literal(node))
      if let summary = summary(text) {
        open.append(index)
        own[index] = "<details><summary>\(summary)</summary>"
      } else if text == "</details>", let start = open.popLast() {
        own[index] = "</details>"
        closed.insert(start)
        closed.insert(index)
      } else if isComment(text) {
        own[index] = ""
        closed.insert(index)
      }
    }
    for (index, node) in blocks.enumerated() {
      if let html = own[index], closed.contains(index) {
        MarkdownTree.replace(block: node, withHTML: html)
      } else {
        MarkdownTree.showAsText(block: node)
      }
    }
  }

  /// The summary of "<details>\n<summary>…</summary>", escaped; nil for anything else.
  private static func summary(_ text: String) -> String? {
    let (start, end) = ("<details>\n<summary>", "</summary>")
    guard text.hasPrefix(start), text.hasSuffix(end) else { return nil }
    let inner = String(text.dropFirst(start.count).dropLast(end.count))
    guard !inner.contains("<"), !inner.contains(">"), !inner.contains("\n") else { return nil }
    var plain = inner
    for (entity, character) in entities { plain.replace(entity, with: character) }
    return XMLText.escaped(plain)
  }

  /// "&amp;" last: what it stands for must not be read again.
  private static let entities = [
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
  ]

  private static func isComment(_ text: String) -> Bool {
    let text = trimmed(text)
    guard text.hasPrefix("<!--"), text.hasSuffix("-->"), text.count >= 7 else { return false }
    // One comment, with nothing between two.
    return !text.dropFirst(4).dropLast(3).contains("-->")
  }

  private static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
