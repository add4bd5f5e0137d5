import Analysis
import ExperimentFiles
import Store
import Text
import Values

/// A claim of a report and how it stands.
package struct ReportClaim: Sendable, Hashable, Codable {
  /// The cell's, if it has one.
  package var name: String?
  package var claim: String
  package var verdict: ClaimVerdict
  /// Why it is undecided.
  package var reason: String?

  /// Whether runs have answered, though not with a number.
  package var isNotANumber: Bool { reason == Claim.notANumber }
}

/// A report of cells: title, question, the cells in order, then where it all comes from.
struct Notebook {
  let results: [CellRenderer.Result]
  /// The Markdown first, then its pictures.
  let files: [ReportFile]
  let claims: [ReportClaim]
  /// For a terminal, plain.
  let answer: String

  /// - Throws: `StoreError`.
  init(
    store: RunStore, experiment: String, source: NotebookSource, usesCache: Bool,
    querySeconds: Double
  ) throws {
    let table = try RunTable(store: store, experiment: experiment)
    var input = try ReportInput(table)
    input.isDocument = source.isDocument
    let page = ReportPage(input)
    var renderer = CellRenderer(
      store: store, report: page.name, table: table, usesCache: usesCache,
      querySeconds: querySeconds)
    results = try renderer.render(source.cells)
    claims = results.compactMap(Notebook.claim)

    var sections = Notebook.opening(page, results)
    let uncertain = results.count { $0.rendered.restsOnInterval }
    if uncertain > 1 {
      sections.append(
        "*\(uncertain) claims rest on 95 % intervals over seeds, each by itself: each of them may err "
          + "in up to 5 % of experiments.*")
    }
    sections += [page.provenance(), page.common(), page.reproduction()]
    let text = Notebook.text(sections)
    let pictures = results.flatMap(\.rendered.pictures)
    files =
      [ReportFile(name: "\(page.name).md", mediaType: "text/markdown", bytes: Array(text.utf8))]
      + pictures.map { ReportFile(name: $0.name, mediaType: $0.mediaType, bytes: $0.bytes) }
    let finished = table.runs.count { $0.state == .finished }
    let deleted = table.deleted == 0 ? "" : ", \(table.deleted) deleted"
    let pending = input.pending == 0 ? "" : ", \(input.pending) not proposed yet"
    let state = "\(finished) of \(table.runs.count) runs finished\(deleted)\(pending)"
    let lines = claims.map { claim in
      "\(claim.verdict.rawValue): \(SafeText.singleLine(claim.claim))"
        + (claim.reason.map { " (\(SafeText.singleLine($0)))" } ?? "")
    }
    answer = (lines.isEmpty ? [state + "."] : lines + [state + "."]).joined(separator: "\n")
  }

  static func text(_ sections: [String]) -> String {
    sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// Title, what is missing, question and cells. Prose that opens with a title of its own gives it.
  private static func opening(
    _ page: ReportPage, _ results: [CellRenderer.Result]
  ) -> [String] {
    var cells = results.map(\.rendered.markdown)
    var title = "# \(MarkdownText.escaped(page.input.name))"
    if let first = results.first, first.cell.kind == MarkdownCell.kind, cells[0].hasPrefix("# ") {
      let line = cells[0].prefix { $0 != "\n" }
      title = String(line)
      cells[0] = String(cells[0].dropFirst(line.count)).trimmed
    }
    return [title, page.banner(), MarkdownText.quotation(page.input.question)] + cells
  }

  private static func claim(_ result: CellRenderer.Result) -> ReportClaim? {
    guard let verdict = result.rendered.verdict, let cell = result.cell.cell as? AssertCell else {
      return nil
    }
    return ReportClaim(
      name: result.cell.name, claim: cell.claim.text.oneLine, verdict: verdict,
      reason: result.rendered.reason)
  }
}
