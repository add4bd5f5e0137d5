import Analysis
import Store
import Text
import Values

extension Pages {
  /// What the store has, the latest first.
  func experiments() throws -> Page {
    let overviews = try store.experimentOverviews()
    let rows = try overviews.map {
      Page.Part(key: "e-\($0.name)", content: Self.card($0, best: try best(of: $0)))
    }
    let empty = Page.Part(
      key: "empty",
      content: """
        <p>There are no experiments here yet. <code>workbench new quickstart</code> makes one, \
        <code>workbench run quickstart.yaml</code> runs it, and this page shows it while it learns.</p>
        """)
    return Page(
      title: "Experiments",
      parts: [Page.Part(key: "title", content: "<h1>Experiments</h1>")]
        + (rows.isEmpty ? [empty] : rows), kind: "experiments")
  }

  /// What the report would call the best, in a sentence.
  private func best(of overview: ExperimentOverview) throws -> Markup? {
    guard overview.done > 0, overview.total <= LeadingSetting.mostRuns,
      let leader = try table(overview.name).leadingSetting()
    else { return nil }
    let others = leader.others > 0 ? " and \(leader.others) more" : ""
    return """
      <p>Best so far: <strong>\(leader.name)</strong>\(others), <code>\(leader.metric)</code> \
      \(DecimalText.interval(leader.score)).</p>
      """
  }

  private static func card(_ overview: ExperimentOverview, best: Markup?) -> Markup {
    let total = overview.total
    let done = overview.done
    let states = overview.states.map { state, count -> Markup in
      "<span class=\"state \(state.rawValue)\">\(count) \(state.rawValue)</span> "
    }
    let left = overview.secondsLeft.map { seconds -> Markup in
      "<p>About \(TimeText.duration(seconds)) of work left.</p>"
    }
    return """
      <article class="card"><h2><a href="\(Address.experiment(overview.name))">\(overview.name)</a></h2>
      \(overview.question.isEmpty ? "" : "<p class=\"question\">\(overview.question)</p>")
      <p><progress max="\(max(1, total))" value="\(done)">\(done) of \(total)</progress> \(done) of \(total) runs. \(states)</p>
      \(best)\(left)
      <p class="muted">Planned last on \(TimeText.minute(overview.updated)).</p></article>
      """
  }
}
