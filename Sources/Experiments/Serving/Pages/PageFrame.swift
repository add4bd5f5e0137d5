import Text

/// A page: parts that are rendered by themselves, so that of a page that is open only what has changed is sent.
struct Page {
  struct Part {
    var key: String
    var content: Markup
  }

  /// Where one can go from here.
  struct Link {
    var title: String
    var address: String
    var isHere = false
  }

  var title: String
  /// From the outermost inwards.
  var trail: [Link] = []
  var tabs: [Link] = []
  var parts: [Part]
  /// What the script has to do on this page.
  var kind: String

  /// - Parameters:
  ///   - version: of the store, when it was read.
  ///   - actionToken: what the page brings when it asks for samples.
  func html(version: Int, actionToken: String) -> Markup {
    let crumbs = ([Link(title: "Experiments", address: "/")] + trail).map { link -> Markup in
      link.isHere
        ? "<span aria-current=\"page\">\(link.title)</span>"
        : "<a href=\"\(link.address)\">\(link.title)</a>"
    }
    let tabs = tabs.map { tab -> Markup in
      "<a href=\"\(tab.address)\"\(tab.isHere ? " aria-current=\"page\"" : "")>\(tab.title)</a>"
    }
    let sections = parts.map { part -> Markup in
      "<section data-part=\"\(part.key)\" data-hash=\"\(part.hash)\">\(part.content)</section>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <link rel="icon" href="data:,">
      <title>\(title) · Workbench</title>
      <style>\(Markup(trusted: PageFiles.style.text))</style>
      <script src="/page.js" integrity="\(PageFiles.script.integrity)" defer></script>
      </head>
      <body data-kind="\(kind)" data-version="\(version)" data-token="\(actionToken)">
      <a class="skip" href="#main">To the content</a>
      <header><nav aria-label="Where this is">\(crumbs)</nav>
      \(tabs.isEmpty ? "" : "<nav class=\"tabs\" aria-label=\"Views\">\(tabs)</nav>")
      <output id="live" aria-live="polite">&#8203;</output></header>
      <main id="main" tabindex="-1">
      \(sections)</main>
      <div id="tip" role="status" hidden></div>
      </body>
      </html>

      """
  }
}

extension Page.Part {
  /// Of what is shown: another when that changes.
  /// Short, for addresses name those of all parts: 36 bits.
  var hash: String { String(ContentTag.of(content.html.utf8).suffix(7)) }
}
