package import Store

extension ExperimentReport {
  /// The report as one page that needs no other file.
  package var page: ReportFile {
    let markdown = files.first?.bytes ?? []
    let page = HTMLPage(
      markdown: String(decoding: markdown, as: UTF8.self), files: Array(files.dropFirst()),
      title: experiment)
    let stem = (files.first?.name ?? "report.md").dropLast(".md".count)
    return ReportFile(
      name: "\(stem).html", mediaType: "text/html", bytes: Array(page.text.utf8))
  }

  /// Writes the page into `folder`, whole or not at all.
  ///
  /// - Returns: its path.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`.
  @discardableResult
  package func writePage(to folder: String) throws -> String {
    try makeFolder(folder)
    let page = self.page
    let path = "\(folder)/\(page.name)"
    try write(page, to: path)
    return path
  }
}
