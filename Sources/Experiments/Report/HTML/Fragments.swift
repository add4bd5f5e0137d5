/// The raw HTML of a report's Markdown: what reports write themselves is made anew from what it
/// says, everything else becomes text.
enum Fragments {
  static func settle(_ document: MarkdownDocument) {
    for node in document.nodes() where MarkdownDocument.kind(node) == .htmlInline {
      settle(inline: node, in: document)
    }
    // Folds that are opened and closed among the same siblings.
    let blocks = document.nodes().filter { MarkdownDocument.kind($0) == .htmlBlock }
    var parents: [OpaquePointer] = []
    for case let parent? in blocks.map(MarkdownDocument.parent) where !parents.contains(parent) {
      parents.append(parent)
    }
    for parent in parents {
      settle(
        blocks: MarkdownDocument.children(parent).filter {
          MarkdownDocument.kind($0) == .htmlBlock
        })
    }
  }

  private static func settle(inline node: OpaquePointer, in document: MarkdownDocument) {
    switch MarkdownDocument.literal(node) {
    case "<br>", "<br/>", "<br />":
      document.replace(inline: node, withHTML: "<br />")
    case let text where isComment(text):
      document.replace(inline: node, withHTML: "")
    default: MarkdownDocument.showAsText(inline: node)
    }
  }

  private static func settle(blocks: [OpaquePointer]) {
    var open: [Int] = []
    var own: [Int: String] = [:]
    var closed: Set<Int> = []
    for (index, node) in blocks.enumerated() {
      let text = trimmed(MarkdownDocument.literal(node))
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
        MarkdownDocument.replace(block: node, withHTML: html)
      } else {
        MarkdownDocument.showAsText(block: node)
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
