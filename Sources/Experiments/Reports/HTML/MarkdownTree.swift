import CMarkGFM
import Text

/// A parsed GitHub-flavoured Markdown document: cmark-gfm's tree with what a page needs of it.
///
/// Raw HTML never reaches the output: `Fragments.settle` turns it into text or, for the few fragments that
/// reports write, into nodes of our own.
final class MarkdownTree {
  let root: OpaquePointer
  let formulas: Formulas
  /// Our own HTML within lines: a table's cells take no nodes but Markdown's own, so text marks its
  /// places until the page is written.
  private var fragments: [String] = []
  /// Around a fragment's number: a private use character that the document does not come to hold,
  /// not even by way of an entity.
  private var mark: Unicode.Scalar = "\u{E000}"

  /// Two tildes strike out; one is what a range like "1~2 s" has.
  private static let options =
    CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_FOOTNOTES
    | CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
  private static let extensions = ["table", "strikethrough", "autolink", "tasklist"]

  /// Control characters and marks that turn the direction of text become U+FFFD.
  init?(_ markdown: String) {
    cmark_gfm_core_extensions_ensure_registered()
    guard let parser = cmark_parser_new(Self.options) else { return nil }
    defer { cmark_parser_free(parser) }
    for name in Self.extensions {
      guard let found = cmark_find_syntax_extension(name) else { return nil }
      cmark_parser_attach_syntax_extension(parser, found)
    }
    formulas = Formulas(in: SafeText.lines(markdown))
    var text = formulas.text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        cmark_parser_feed(parser, $0.baseAddress, $0.count)
      }
    }
    guard let root = cmark_parser_finish(parser) else { return nil }
    self.root = root
    cmark_consolidate_text_nodes(root)
    let used = Set(rendered().unicodeScalars.filter { Self.privateUse.contains($0) })
    let marks = Self.privateUse.lowerBound.value...Self.privateUse.upperBound.value
    guard
      let free = marks.lazy.compactMap({ Unicode.Scalar($0) }).first(where: { !used.contains($0) })
    else { return nil }
    mark = free
  }

  private static let privateUse: ClosedRange<Unicode.Scalar> = "\u{E000}"..."\u{F8FF}"

  deinit { cmark_node_free(root) }

  /// Markdown without its marks, for a terminal.
  static func plainText(_ markdown: String) -> String {
    guard let tree = MarkdownTree(markdown),
      let text = cmark_render_plaintext(tree.root, options, 0)
    else { return markdown }
    defer { cmark_get_default_mem_allocator().pointee.free(text) }
    return tree.formulas.plain(String(cString: text)).trimmed
  }

  /// The body of the page: well-formed as XML.
  func html() -> String {
    let parts = rendered().unicodeScalars.split(separator: mark, omittingEmptySubsequences: false)
    // Text and numbers of fragments take turns.
    return parts.enumerated().map { index, part in
      if index % 2 == 0 { return formulas.mathML(String(part)) }
      guard let number = Int(String(part)), fragments.indices.contains(number) else { return "" }
      return fragments[number]
    }.joined()
  }

  private func rendered() -> String {
    guard let text = cmark_render_html(root, Self.options, nil) else { return "" }
    defer { cmark_get_default_mem_allocator().pointee.free(text) }
    // Entities may stand for what the input could not hold.
    return SafeText.lines(String(cString: text))
  }

  // MARK: - The tree

  enum Kind: String {
    case heading, image, link, table, paragraph, other
    case quotation = "block_quote"
    case htmlBlock = "html_block"
    case htmlInline = "html_inline"
    case task = "tasklist"
    case footnote
    case footnoteReference
  }

  static func kind(_ node: OpaquePointer) -> Kind {
    // The library has no names for these two.
    switch cmark_node_get_type(node) {
    case CMARK_NODE_FOOTNOTE_DEFINITION: return .footnote
    case CMARK_NODE_FOOTNOTE_REFERENCE: return .footnoteReference
    default: break
    }
    return Kind(rawValue: String(cString: cmark_node_get_type_string(node))) ?? .other
  }

  /// Every node, parents before children; collected first, so that the tree may be changed after.
  func nodes() -> [OpaquePointer] {
    var found: [OpaquePointer] = []
    guard let walk = cmark_iter_new(root) else { return [] }
    defer { cmark_iter_free(walk) }
    while case let event = cmark_iter_next(walk), event != CMARK_EVENT_DONE {
      if event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(walk) { found.append(node) }
    }
    return found
  }

  static func parent(_ node: OpaquePointer) -> OpaquePointer? { cmark_node_parent(node) }

  /// A paragraph all in italics: what reports write under a picture or table.
  static func isCaption(_ node: OpaquePointer) -> Bool {
    guard kind(node) == .paragraph else { return false }
    let inner = children(node)
    return inner.count == 1 && cmark_node_get_type(inner[0]) == CMARK_NODE_EMPH
  }

  static func isInside(_ kind: Kind, _ node: OpaquePointer) -> Bool {
    var next = parent(node)
    while let outer = next {
      if self.kind(outer) == kind { return true }
      next = parent(outer)
    }
    return false
  }

  static func children(_ node: OpaquePointer) -> [OpaquePointer] {
    var found: [OpaquePointer] = []
    var next = cmark_node_first_child(node)
    while let child = next {
      found.append(child)
      next = cmark_node_next(child)
    }
    return found
  }

  static func literal(_ node: OpaquePointer) -> String {
    cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
  }

  static func address(_ node: OpaquePointer) -> String {
    cmark_node_get_url(node).map { String(cString: $0) } ?? ""
  }

  /// Of a heading: 1 … 6.
  static func level(_ node: OpaquePointer) -> Int { Int(cmark_node_get_heading_level(node)) }

  /// Of a task: whether it is done.
  static func isDone(_ node: OpaquePointer) -> Bool {
    cmark_gfm_extensions_get_tasklist_item_checked(node)
  }

  /// The text of a node and everything in it, without markup.
  static func plainText(_ node: OpaquePointer) -> String {
    switch cmark_node_get_type(node) {
    case CMARK_NODE_TEXT, CMARK_NODE_CODE, CMARK_NODE_HTML_INLINE: return literal(node)
    case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: return " "
    default: return children(node).map(plainText).joined()
    }
  }

  // MARK: - Changes

  /// Puts our own HTML in the place of a block.
  static func replace(block node: OpaquePointer, withHTML html: String) {
    guard let own = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK) else { return }
    cmark_node_set_on_enter(own, html)
    replace(node, with: own)
  }

  /// Puts our own HTML in the place of something within a line, and of what is in it.
  func replace(inline node: OpaquePointer, withHTML html: String) {
    guard let text = fragment(html) else { return }
    Self.replace(node, with: text)
  }

  /// Puts our own HTML at the beginning or end of a block's lines.
  func add(inline html: String, to node: OpaquePointer, atEnd: Bool) {
    guard let text = fragment(html) else { return }
    let isAdded =
      atEnd ? cmark_node_append_child(node, text) : cmark_node_prepend_child(node, text)
    if isAdded != 1 { cmark_node_free(text) }
  }

  /// Puts our own HTML before what a block holds.
  static func prepend(block html: String, to node: OpaquePointer) {
    guard let own = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK) else { return }
    cmark_node_set_on_enter(own, html)
    if cmark_node_prepend_child(node, own) != 1 { cmark_node_free(own) }
  }

  /// A node that stands for our own HTML until the page is written.
  private func fragment(_ html: String) -> OpaquePointer? {
    guard let text = cmark_node_new(CMARK_NODE_TEXT) else { return nil }
    cmark_node_set_literal(text, "\(mark)\(fragments.count)\(mark)")
    fragments.append(html)
    return text
  }

  /// Makes a task an item like others, so that the library writes no box for it.
  static func makePlain(task node: OpaquePointer) {
    cmark_node_set_syntax_extension(node, nil)
  }

  /// Puts what a block holds in its place, with our own HTML around it.
  static func unwrap(_ node: OpaquePointer, in before: String, _ after: String) {
    wrap(node, in: before, after)
    for child in children(node) { cmark_node_insert_before(node, child) }
    cmark_node_unlink(node)
    cmark_node_free(node)
  }

  static func replace(_ node: OpaquePointer, with other: OpaquePointer) {
    guard cmark_node_replace(node, other) == 1 else {
      cmark_node_free(other)
      return
    }
    cmark_node_free(node)
  }

  /// Puts our own HTML before and after a block.
  static func wrap(_ node: OpaquePointer, in before: String, _ after: String) {
    guard let start = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK),
      let end = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK)
    else { return }
    cmark_node_set_on_enter(start, before)
    cmark_node_set_on_enter(end, after)
    if cmark_node_insert_before(node, start) != 1 { cmark_node_free(start) }
    if cmark_node_insert_after(node, end) != 1 { cmark_node_free(end) }
  }

  /// Shows a block as the text it was written as.
  static func showAsText(block node: OpaquePointer) {
    guard let code = cmark_node_new(CMARK_NODE_CODE_BLOCK) else { return }
    cmark_node_set_literal(code, literal(node))
    replace(node, with: code)
  }

  static func showAsText(inline node: OpaquePointer) {
    guard let text = cmark_node_new(CMARK_NODE_TEXT) else { return }
    cmark_node_set_literal(text, literal(node))
    replace(node, with: text)
  }
}
