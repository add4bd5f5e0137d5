import Reports

extension Pages {
  /// The experiment's report as its runs are now.
  func notebook(_ name: String) throws -> Page {
    let report = try ExperimentReport(
      store: store, experiment: name, memory: memory, usesCache: false)
    return Page(
      title: name, trail: trail(name, isHere: true), tabs: tabs(name, here: "Notebook"),
      parts: report.sections.map {
        Page.Part(key: $0.key, content: Markup(trusted: $0.html))
      }, kind: "notebook")
  }
}
