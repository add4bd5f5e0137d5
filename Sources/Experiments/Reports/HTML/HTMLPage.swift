import Foundation
package import Store
import Text

/// A report as one self-contained page, made from its Markdown: pictures and styles lie inside,
/// no script, nothing is loaded from anywhere.
///
/// HTML in the Markdown is shown as text, but for what reports write themselves: `<details>` with a
/// `<summary>`, `<br>`, and comments, which vanish.
package struct HTMLPage: Sendable {
  /// The page, as XML-conforming HTML in UTF-8.
  package let text: String
  /// Of the first heading.
  package let title: String

  /// With so many sections and more the page has a table of contents.
  private static let fewSections = 5

  /// - Parameters:
  ///   - markdown: of the report.
  ///   - files: its pictures, by the paths that the Markdown names them with.
  ///   - title: of the page if the Markdown has no heading.
  package init(markdown: String, files: [ReportFile], title: String = "Report") {
    guard let document = MarkdownTree(markdown) else {
      (text, self.title) = ("", title)
      return
    }
    let pictures = Dictionary(files.map { ($0.name, $0) }) { first, _ in first }
    let nodes = document.nodes()
    let headings = Self.headings(nodes, document.formulas)
    let heading = headings.first { $0.level == 1 }?.text ?? title

    Self.settle(nodes, document, pictures)
    for heading in headings {
      MarkdownTree.wrap(
        heading.node, in: "<div class=\"anchor\" id=\"\(heading.id)\"></div>", "")
    }
    self.title = heading
    text = Self.page(
      title: heading, contents: Self.contents(headings), body: document.html())
  }

  /// A piece of a report as HTML, with its pictures inside; nothing where the Markdown cannot be read.
  static func fragment(markdown: String, files: [ReportFile]) -> String {
    guard let document = MarkdownTree(markdown) else { return "" }
    let pictures = Dictionary(files.map { ($0.name, $0) }) { first, _ in first }
    settle(document.nodes(), document, pictures)
    return document.html()
  }

  private static func settle(
    _ nodes: [OpaquePointer], _ document: MarkdownTree, _ pictures: [String: ReportFile]
  ) {
    for node in nodes where MarkdownTree.kind(node) == .table {
      MarkdownTree.wrap(node, in: "<div class=\"scroll\">", "</div>")
    }
    for node in nodes where MarkdownTree.isCaption(node) {
      MarkdownTree.wrap(node, in: "<div class=\"caption\">", "</div>")
    }
    // Outer ones only: what is in an alternative text goes with it.
    let images = nodes.filter { node in
      MarkdownTree.kind(node) == .image && !MarkdownTree.isInside(.image, node)
    }
    for node in images {
      let alternative = document.formulas.plain(MarkdownTree.plainText(node))
      let html = picture(pictures[MarkdownTree.address(node)], alternative)
      document.replace(inline: node, withHTML: html)
    }
    Fragments.settle(document)
    Tasks.settle(document)
    Footnotes.settle(document)
  }

  private static func page(title: String, contents: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
    <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>\(XMLText.escaped(title))</title>
    <style>
    \(HTMLStyle.sheet)
    </style>
    </head>
    <body>
    \(contents)<main>
    \(body)</main>
    </body>
    </html>

    """
  }

  // MARK: - Pictures

  /// Inside the page; what the report does not have is not fetched from elsewhere.
  private static func picture(_ file: ReportFile?, _ alternative: String) -> String {
    let text = XMLText.escaped(alternative)
    guard let file, file.mediaType.hasPrefix("image/") else {
      return "<span class=\"missing\">[picture: \(text)]</span>"
    }
    let data = Data(file.bytes).base64EncodedString()
    let name =
      file.mediaType == "image/png"
      ? " class=\"pixels\"" : isWide(file) ? " class=\"wide\"" : ""
    return "<img\(name) alt=\"\(text)\" src=\"data:\(file.mediaType);base64,\(data)\" />"
  }

  /// Whether a plot's type would get too small to read on a phone.
  private static func isWide(_ plot: ReportFile) -> Bool {
    let head = String(decoding: plot.bytes.prefix(200), as: UTF8.self)
    guard let width = head.firstMatch(of: /\bwidth="([0-9.]+)"/) else { return false }
    // Of 400 px a page leaves 371 for its pictures, and type of 12.5 shall not get smaller than 9.
    return Double(width.1).map { $0 > 515 } ?? false
  }

  // MARK: - Headings

  private struct Heading {
    var node: OpaquePointer
    var level: Int
    var text: String
    var id: String
  }

  private static func headings(_ nodes: [OpaquePointer], _ formulas: Formulas) -> [Heading] {
    var counts: [String: Int] = [:]
    return nodes.filter { MarkdownTree.kind($0) == .heading }.map { node in
      let text = formulas.plain(MarkdownTree.plainText(node))
      let name = SafeText.fileName(text)
      counts[name, default: 0] += 1
      let count = counts[name] ?? 1
      return Heading(
        node: node, level: MarkdownTree.level(node), text: text,
        // "-" cannot end a name, "--" not stand in it: no two are the same.
        id: count == 1 ? name : "\(name)--\(count)")
    }
  }

  private static func contents(_ headings: [Heading]) -> String {
    let sections = headings.filter { $0.level == 2 }
    guard sections.count >= fewSections else { return "" }
    let items = sections.map { "<li><a href=\"#\($0.id)\">\(XMLText.escaped($0.text))</a></li>" }
    return "<nav aria-label=\"Contents\"><ul>\(items.joined())</ul></nav>\n"
  }
}
