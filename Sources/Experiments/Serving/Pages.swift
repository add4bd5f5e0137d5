import Analysis
import ExperimentFiles
import Foundation
import Kernels
import Reports
import Store
import Synchronization
import Text
import Values

/// Answers requests for pages: each a view of the store as it is now.
final class Pages: Sendable {
  let store: RunStore
  let sampler: (any PageSampler)?
  /// What cells and plots have read, for the next.
  let memory = ReportMemory(most: 8 << 20)
  let drawings = Drawings()
  let sheets = DenoisingSheets()
  /// Held while runs of which there are many are drawn.
  let drawingLarge = NSLock()
  private let actionToken: String
  private let tables = Mutex<[String: (version: Int, table: RunTable)]>([:])
  private let charted = Mutex<(table: RunTable, metrics: [ChartedMetric])?>(nil)
  private let settled = Mutex<[(table: RunTable, condition: String, runs: SettledRuns)]>([])
  /// Experiments whose runs are kept at hand.
  private static let mostTables = 8
  /// Runs whose reading takes much memory for a moment.
  private static let manyRuns = 2000
  /// Conditions whose runs are kept at hand.
  private static let mostConditions = 4
  /// Runs of all of them together, where it is more than one.
  private static let mostSettledRuns = 40_000

  init(store: RunStore, sampler: (any PageSampler)?, actionToken: String) {
    (self.store, self.sampler, self.actionToken) = (store, sampler, actionToken)
  }

  func answer(_ request: PageRequest) async -> PageAnswer {
    do {
      return try await routed(request)
    } catch {
      let message = Self.message(of: error)
      return failure(message.status, message.text, request)
    }
  }

  /// What to say of an error, and with which status.
  static func message(of error: any Error) -> (status: Int, text: String) {
    let (status, text): (Int, String) =
      switch error {
      case let error as StoreError: (error.kind == .notFound ? 404 : 400, error.description)
      case let error as ExperimentFileError:
        (
          400,
          error.diagnostics.map { $0.message + ($0.hint.map { " (\($0))" } ?? "") }
            .joined(separator: "\n")
        )
      case let error as ExpressionError: (400, error.description)
      case is SamplingStopped: (409, "the samples were stopped before they were there")
      default: (500, "\(error)")
      }
    return (status, SafeText.lines(text))
  }

  /// Why there is nothing to show: a page where a page was asked for, else text.
  private func failure(_ status: Int, _ why: String, _ request: PageRequest) -> PageAnswer {
    guard request.value("have") == nil,
      request.headers["accept"]?.contains("text/html") == true,
      let version = try? store.dataVersion()
    else { return .refusal(status, why) }
    let title = status == 404 ? "Not here" : "That did not work"
    let page = Page(
      title: title,
      parts: [
        Page.Part(
          key: "why",
          content: """
            <h1>\(title)</h1><p class="problem">\(Markup(lines: why))</p>
            <p><a href="/">All experiments</a></p>
            """)
      ], kind: "failure")
    return .text(
      page.html(version: version, actionToken: actionToken).html, status: status,
      type: "text/html; charset=utf-8")
  }

  private func routed(_ request: PageRequest) async throws -> PageAnswer {
    let path = request.path ?? []
    switch path {
    case []: return try page(experiments(), request)
    case ["page.js"]:
      return PageAnswer(
        status: 200, headers: [("Content-Type", "text/javascript; charset=utf-8")],
        body: .bytes(Array(PageFiles.script.text.utf8)))
    case ["events"]: return events()
    case ["sql"]: return try page(sql(request), request)
    case ["play"]: return try await play(request)
    default: break
    }
    guard path.count >= 2 else { throw Self.nothing }
    switch (path[0], path.count == 2 ? "" : path.dropFirst(2).joined(separator: "/")) {
    case ("e", ""): return try page(notebook(path[1]), request)
    case ("e", "runs"): return try page(runs(path[1], request), request)
    case ("e", "charts"): return try page(charts(path[1], request), request)
    case ("e", "plot"): return try page(plot(path[1], request), request)
    case ("e", "plot.svg"): return try plotPicture(path[1], request)
    case ("e", "plot.json"): return try plotNumbers(path[1], request)
    case ("e", "parameters"): return try page(parameters(path[1], request), request)
    case ("e", "pictures"): return try page(pictures(path[1], request), request)
    case ("r", ""): return try await page(run(path[1], request), request)
    case ("why", _) where path.count == 3: return try page(why(path[1], path[2]), request)
    case ("strip", ""): return try strip(path[1], request)
    case ("denoise", ""): return try denoise(path[1], request)
    default: throw Self.nothing
    }
  }

  /// A part that says what is wrong with what a form asks for; the form stays.
  static func problem(_ error: any Error) -> Page.Part {
    Page.Part(
      key: "problem", content: "<p class=\"problem\">\(Markup(lines: message(of: error).text))</p>")
  }

  private static var nothing: StoreError { StoreError(.notFound, "there is no such page") }

  /// The page, or what of it has changed where the browser says what it has.
  private func page(_ page: Page, _ request: PageRequest) throws -> PageAnswer {
    guard let known = request.value("have") else {
      let html = page.html(version: try store.dataVersion(), actionToken: actionToken)
      return .text(html.html, type: "text/html; charset=utf-8")
    }
    let hashes = Set(known.split(separator: ".").map(String.init))
    let parts = page.parts.map { part -> JSONValue in
      let hash = part.hash
      var object: [String: JSONValue] = ["key": .string(part.key), "hash": .string(hash)]
      if !hashes.contains(hash) { object["html"] = .string(part.content.html) }
      return .object(object)
    }
    return .json(JSONValue.object(["parts": .array(parts)]).canonical)
  }

  /// The experiment's runs as they are now: read again only when the store has changed.
  func table(_ experiment: String) throws -> RunTable {
    let version = try store.dataVersion()
    if let known = tables.withLock({ $0[experiment] }), known.version == version {
      return known.table
    }
    let table = try RunTable(store: store, experiment: experiment)
    giveBack(after: table)
    tables.withLock { tables in
      if tables.count >= Self.mostTables { tables = [:] }
      tables[experiment] = (version, table)
    }
    return table
  }

  /// A metric that has a chart.
  struct ChartedMetric: Sendable {
    var name: String
    /// As a search compares it.
    var lowercase: String
    /// Another when it has more points.
    var mark: String
  }

  /// Its metrics in the order of their charts; of the experiment that was asked for last, they are at hand.
  func chartedMetrics(_ table: RunTable) throws -> [ChartedMetric] {
    if let known = charted.withLock({ $0 }), known.table === table { return known.metrics }
    let marks = try store.metricMarks(experiment: table.experiment.name)
      .filter { !MetricName.isOfLayer($0.name) }
    let byName = Dictionary(marks.map { ($0.name, $0.mark) }) { first, _ in first }
    let names = MetricName.orderedForCharts(marks.map(\.name), objective: table.objective)
    let metrics = names.map {
      ChartedMetric(name: $0, lowercase: $0.lowercased(), mark: byName[$0] ?? "")
    }
    charted.withLock { $0 = (table, metrics) }
    return metrics
  }

  /// What decides, where runs have it; else the first that they have.
  func firstMetric(_ table: RunTable) throws -> String {
    let metrics = try chartedMetrics(table)
    let objective = table.objective.metric
    return metrics.contains { $0.name == objective } ? objective : metrics.first?.name ?? objective
  }

  /// Its runs that meet a condition, in settings: sorted or opened they are the same.
  func settled(_ table: RunTable, _ condition: String) throws -> SettledRuns {
    let known = settled.withLock { known in
      known.first { $0.table === table && $0.condition == condition }?.runs
    }
    if let known { return known }
    settled.withLock { known in
      // What is of a table that has been replaced goes, and what makes room for so many more.
      let current = tables.withLock { $0.values.map { ObjectIdentifier($0.table) } }
      known.removeAll { !current.contains(ObjectIdentifier($0.table)) }
      while !known.isEmpty,
        known.count >= Self.mostConditions
          || known.reduce(table.runs.count, { $0 + $1.runs.count }) > Self.mostSettledRuns
      { known.removeFirst() }
    }
    let runs = try SettledRuns(table, where: condition)
    giveBack(after: table)
    settled.withLock { $0.append((table, condition, runs)) }
    return runs
  }

  /// What reading many runs took besides.
  func giveBack(after table: RunTable) {
    if isLarge(table) { FreedMemory.giveBack() }
  }

  func isLarge(_ table: RunTable) -> Bool { table.runs.count >= Self.manyRuns }

  /// Where one can go within an experiment.
  func tabs(_ experiment: String, here: String) -> [Page.Link] {
    [
      ("Notebook", ""), ("Runs", "runs"), ("Charts", "charts"), ("Parameters", "parameters"),
      ("Pictures", "pictures"),
    ].map { title, view in
      Page.Link(
        title: title, address: Address.experiment(experiment, view.isEmpty ? nil : view),
        isHere: title == here)
    } + [
      Page.Link(
        title: "SQL", address: Address.of(["sql"], [("e", experiment)]), isHere: here == "SQL")
    ]
  }

  func trail(_ experiment: String, isHere: Bool = false) -> [Page.Link] {
    [Page.Link(title: experiment, address: Address.experiment(experiment), isHere: isHere)]
  }

  // MARK: - What is new

  /// A line whenever the store has changed, at most twice a second.
  private func events() -> PageAnswer {
    let store = store
    let stream = AsyncStream<String> { continuation in
      let task = Task {
        var version = try? store.dataVersion()
        continuation.yield("retry: 2000\n\n")
        var quiet = 0
        while !Task.isCancelled {
          try? await Task.sleep(for: .milliseconds(500))
          let now = try? store.dataVersion()
          quiet += 1
          if now != version {
            version = now
            quiet = 0
            continuation.yield("event: change\ndata: \(now ?? 0)\n\n")
          } else if quiet >= 30 {
            // Tells a reader that has gone from one that waits.
            quiet = 0
            continuation.yield(": still here\n\n")
          }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
    return PageAnswer(
      status: 200, headers: [("Content-Type", "text/event-stream")], body: .events(stream))
  }
}
