import Analysis
import ExperimentFiles
package import Store
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

/// A piece of a report.
package struct ReportSection: Sendable {
  /// `title`, `cell-NAME` and so on: unique in the report.
  package let key: String
  package internal(set) var markdown: String
  /// Those that the Markdown shows.
  package let pictures: [ReportFile]

  init(_ key: String, _ markdown: String, _ pictures: [ReportFile] = []) {
    (self.key, self.markdown, self.pictures) = (key, markdown, pictures)
  }

  /// As HTML, with its pictures inside.
  package var html: String { HTMLPage.fragment(markdown: markdown, files: pictures) }
}

/// A report of cells: title, question, the cells in order, then where it all comes from.
struct Notebook {
  let results: [CellRenderer.Result]
  /// Its Markdown in pieces, in order: what is above the cells, a piece a cell, what is below.
  let sections: [ReportSection]
  /// The Markdown first, then its pictures.
  let files: [ReportFile]
  let claims: [ReportClaim]
  /// For a terminal, plain.
  let answer: String

  /// - Parameters:
  ///   - source: the experiment's own cells; nil: those of the automatic report.
  ///   - querySeconds: how long the query of a `sql` cell may take.
  ///   - keepsNumbers: whether cells keep what they have drawn as numbers.
  ///   - hasProvenance: whether it says at its end where it all comes from.
  /// - Throws: `StoreError`.
  init(
    store: RunStore, experiment: String, source: NotebookSource?, memory: ReportMemory,
    usesCache: Bool, querySeconds: Double, keepsNumbers: Bool, hasProvenance: Bool
  ) throws {
    let table = try RunTable(store: store, experiment: experiment)
    let frame = ReportFrame(table, isDocument: source?.isDocument ?? false)
    // Of the automatic report, the banner says what is missing.
    let renderer = CellRenderer(
      store: store, report: frame.name, table: table, memory: memory, usesCache: usesCache,
      querySeconds: querySeconds, keepsNumbers: keepsNumbers, notesRuns: source != nil)
    results = try renderer.render(source?.cells ?? AutomaticNotebook.cells(table, memory))
    claims = results.compactMap(Notebook.claim)

    var sections = try Notebook.opening(frame, results)
    let uncertain = results.count { $0.rendered.restsOnInterval }
    if uncertain > 1 {
      sections.append(
        ReportSection(
          "uncertain",
          "*\(uncertain) claims rest on 95 % intervals over seeds, each by itself: each of them may err "
            + "in up to 5 % of experiments.*"))
    }
    if hasProvenance {
      sections += [
        ReportSection("settings", try frame.common()),
        ReportSection("provenance", try frame.provenance()),
        ReportSection("reproduction", frame.reproduction()),
      ]
    }
    self.sections = sections.filter { !$0.markdown.isEmpty }
    let text = Notebook.text(sections.map(\.markdown))
    let pictures = results.flatMap(\.rendered.pictures)
    files =
      [ReportFile(name: "\(frame.name).md", mediaType: "text/markdown", bytes: Array(text.utf8))]
      + pictures.map { ReportFile(name: $0.name, mediaType: $0.mediaType, bytes: $0.bytes) }
    let answers = results.compactMap(\.rendered.answer)
    let lines = claims.map { claim in
      "\(claim.verdict.rawValue): \(SafeText.singleLine(claim.claim))"
        + (claim.reason.map { " (\(SafeText.singleLine($0)))" } ?? "")
    }
    answer = (answers + lines + (source == nil ? [] : [Notebook.state(table)]))
      .joined(separator: "\n")
  }

  /// "11 of 12 runs finished, 1 deleted."
  private static func state(_ table: RunTable) -> String {
    let finished = table.runs.count { $0.state == .finished }
    let pruned = table.runs.count { $0.state == .pruned }
    let pending = table.experiment.pending
    return "\(finished) of \(table.runs.count) runs finished"
      + (pruned == 0 ? "" : ", \(pruned) pruned")
      + (table.deleted == 0 ? "" : ", \(table.deleted) deleted")
      + (pending == 0 ? "" : ", \(pending) not proposed yet") + "."
  }

  static func text(_ sections: [String]) -> String {
    sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// Title, what is missing, question and cells. Prose that opens with a title of its own gives it.
  private static func opening(
    _ frame: ReportFrame, _ results: [CellRenderer.Result]
  ) throws -> [ReportSection] {
    var cells = results.map {
      ReportSection(
        "cell-\($0.cell.fileName)", $0.rendered.markdown,
        $0.rendered.pictures.map {
          ReportFile(name: $0.name, mediaType: $0.mediaType, bytes: $0.bytes)
        })
    }
    var title = "# \(MarkdownText.escaped(frame.table.experiment.name))"
    if let first = results.first, first.cell.kind == MarkdownCell.kind,
      cells[0].markdown.hasPrefix("# ")
    {
      let line = cells[0].markdown.prefix { $0 != "\n" }
      title = String(line)
      cells[0].markdown = String(cells[0].markdown.dropFirst(line.count)).trimmed
    }
    let question = MarkdownText.quotation(frame.table.experiment.question)
    return [
      ReportSection("title", title), ReportSection("banner", try frame.banner()),
      ReportSection("question", question),
    ] + cells
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
