/// An experiment's Markdown report with its pictures, made from the run store alone: the same
/// store gives the same bytes.
public struct ExperimentReport: Sendable {
  public let experiment: String
  /// The answer in a sentence or two, and a line for what each parameter does, as plain text.
  public let answer: String
  /// `NAME.md` first, then its pictures, as `NAME/…`.
  public let files: [ReportFile]

  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment.
  public init(store: RunStore, experiment: String) throws {
    try self.init(ReportInput(store: store, experiment: experiment))
  }

  init(_ input: ReportInput) throws {
    var page = ReportPage(input)
    var sections = ["# \(MarkdownText.escaped(input.name))", page.banner()]
    sections.append(MarkdownText.quotation(input.question))
    sections.append(page.verdictSection())
    sections.append(page.swept())
    sections.append(page.results())
    sections.append(try page.samples())
    sections.append(page.curves())
    sections.append(page.speed())
    sections += [page.common(), page.provenance(), page.reproduction()]
    let text = sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"

    self.experiment = input.name
    answer = ([page.verdict.answer] + page.verdict.effects).map(\.plain).joined(separator: "\n")
    let markdown = ReportFile(
      name: "\(page.name).md", mediaType: "text/markdown", bytes: Array(text.utf8))
    files = [markdown] + page.files
  }
}

extension ReportPage {
  func verdictSection() -> String {
    var parts = ["## Answer", verdict.answer.markdown]
    if !verdict.effects.isEmpty {
      parts.append("Each parameter by itself, averaged over the others:")
      parts.append(verdict.effects.map { "- \($0.markdown)" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }
}
