import Foundation
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

@Suite struct NotebookTests {
  /// The same cells as a document and as a list.
  private static let body = """
    # Hand made

    {{ count(runs) }} runs, best {{ best("eval/frechet_pca64") | digits 3 }}, a mean of
    {{ mean("eval/frechet_pca64" where diffusion.schedule.kind == "linear" and training.precision == "fp32") }}:
    {{ kinds.setting }} is {{ kinds.verdict }} by {{ kinds.difference }}; {{ top.label }} has {{ top.loss }}.

    ```{compare} kinds
    by: diffusion.schedule.kind
    baseline: {diffusion.schedule.kind: linear}
    caption: Held by {{ claim.verdict }}.
    ```

    Some *prose*.

    ```{assert} claim
    mean("eval/frechet_pca64" where diffusion.schedule.kind == "cosine")
      > mean("eval/frechet_pca64" where diffusion.schedule.kind == "linear")
    ```

    ```{sql} top
    :digits: 3
    SELECT r.label, m.last AS loss FROM runs r JOIN metrics m ON m.runId = r.id
    WHERE m.name = 'eval/frechet_pca64' ORDER BY m.last LIMIT 1
    ```
    """

  private static let front = """
    name: hand
    training: {steps: 1}
    data: {source: shapes}

    """

  private static let list = """
    report:
      - markdown: |
          # Hand made

          {{ count(runs) }} runs, best {{ best("eval/frechet_pca64") | digits 3 }}, a mean of
          {{ mean("eval/frechet_pca64" where diffusion.schedule.kind == "linear" and training.precision == "fp32") }}:
          {{ kinds.setting }} is {{ kinds.verdict }} by {{ kinds.difference }}; {{ top.label }} has {{ top.loss }}.
      - name: kinds
        compare:
          by: diffusion.schedule.kind
          baseline: {diffusion.schedule.kind: linear}
          caption: Held by {{ claim.verdict }}.
      - markdown: Some *prose*.
      - assert: |-
          mean("eval/frechet_pca64" where diffusion.schedule.kind == "cosine")
            > mean("eval/frechet_pca64" where diffusion.schedule.kind == "linear")
        name: claim
      - sql:
          query: |
            SELECT r.label, m.last AS loss FROM runs r JOIN metrics m ON m.runId = r.id
            WHERE m.name = 'eval/frechet_pca64' ORDER BY m.last LIMIT 1
          digits: 3
        name: top
    """

  private func cells(_ text: String, path: String) throws -> String {
    try #require(try ExperimentFile.read(text: text, path: path).cellsJSON)
  }

  private var document: String { "---\n\(Self.front)---\n\n\(Self.body)\n" }

  private func page(_ report: ExperimentReport) -> String {
    String(decoding: report.files[0].bytes, as: UTF8.self)
  }

  @Test func whatItSays() throws {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(document, path: "hand.md"))
      let report = try ExperimentReport(store: store, experiment: "hand")
      let page = page(report)
      #expect(page.hasPrefix("# Hand made\n\n> Is it so?\n\n12 runs, best 7.00, a mean of\n10 ± 7"))
      // Cosine less linear: 1 ± 0.263 over three paired seeds.
      #expect(
        page.contains("cosine is worse by 1.00 ± 0.26; kind=linear,precision=fp32,seed=2 has 7.\n"))
      #expect(
        page.contains(
          "| linear (baseline) | 10 ± 7 |  |  | 3 |\n| cosine | 11 ± 8 | 1.00 ± 0.26 | worse | 3 |")
      )
      #expect(
        page.contains(
          "\n\nHeld by HOLDS.\n\nSome *prose*.\n\n**HOLDS**: `mean(\"eval/frechet_pca64\" where diffusion.schedule.kind == \"cosine\") > mean("
        ))
      #expect(page.contains("| difference | 1.00 ± 0.25 | 95 % interval over 3 paired seeds |"))
      #expect(page.contains("| label | loss |\n| :-- | --: |\n| kind=linear"))
      #expect(page.contains("workbench run hand.md"))
      #expect(report.claims.map(\.verdict) == [.holds])
      #expect(report.claims.first?.name == "claim")
      #expect(report.answer.hasSuffix("\n12 of 12 runs finished."))
    }
  }

  @Test func documentAndListAreOne() throws {
    try withTemporaryFolder { folder in
      let document = try cells(document, path: "hand.md")
      let list = try cells(Self.front + Self.list, path: "hand.yaml")
      let stores = [
        try CellStore.make(folder + "/a", cells: document),
        try CellStore.make(folder + "/b", cells: list),
      ]
      let pages = try stores.map { page(try ExperimentReport(store: $0, experiment: "hand")) }
      // But for how the file is called in the part on how to reproduce it.
      let parts = pages.map { $0.components(separatedBy: "## Provenance")[0] }
      #expect(parts[0] == parts[1])
      #expect(parts[0].count > 800)
    }
  }

  @Test func cacheChangesNothing() throws {
    try withTemporaryFolder { folder in
      let cells = try cells(document, path: "hand.md")
      let store = try CellStore.make(folder, states: [11: .running], cells: cells)
      func render(_ usesCache: Bool) throws -> [ReportFile] {
        try ExperimentReport(store: store, experiment: "hand", usesCache: usesCache).files
      }
      let first = try render(true)
      let kept = try store.query("SELECT count(*) FROM cellCache")
      #expect(kept.rows == [[.integer(5)]])
      let (cached, anew) = (try render(true), try render(false))
      #expect(cached == first && anew == first)
      #expect(
        page(try ExperimentReport(store: store, experiment: "hand")).contains("1 still running"))

      // What comes in is seen.
      let run = try store.runs(experiment: "hand")[11].id
      try store.appendPoints(
        [SeriesPoints(name: "eval/frechet_pca64", steps: [30], values: [3])], run: run)
      try store.finishAttempt(run: run, state: .finished)
      let second = try render(true)
      let secondAnew = try render(false)
      #expect(second != first && second == secondAnew)
      #expect(String(decoding: second[0].bytes, as: UTF8.self).contains("best 3.00"))
      // And no more is kept than the report has.
      #expect(try store.query("SELECT count(*) FROM cellCache").rows == [[.integer(5)]])
    }
  }

  @Test func theCacheIsUsed() throws {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(document, path: "hand.md"))
      _ = try ExperimentReport(store: store, experiment: "hand")
      let key = try #require(
        try store.query("SELECT key FROM cellCache ORDER BY key LIMIT 1").rows.first?.first)
      guard case .text(let key) = key else { return }
      try store.cacheCells(
        experiment: "hand",
        keys: try store.query("SELECT key FROM cellCache").rows.compactMap { row in
          if case .text(let key) = row[0] { key } else { nil }
        },
        cells: [
          key: Data(
            #"{"markdown":"from the cache","pictures":[],"values":{},"restsOnInterval":false}"#.utf8
          )
        ])
      #expect(
        page(try ExperimentReport(store: store, experiment: "hand")).contains("from the cache"))
    }
  }

  @Test func missingRunsAreSaidWhereTheyMatter() throws {
    let text =
      Self.front + """
        report:
          - compare: {by: training.precision, where: diffusion.schedule.kind == "linear"}
          - compare: {by: training.precision, where: diffusion.schedule.kind == "cosine"}
          - compare: {where: training.batch == 3}
          - assert: min("eval/nothing") < 1
          - markdown: "{{ count(runs) }} runs."
          - markdown: "The least {{ min('train/loss') }}."
        """
    try withTemporaryFolder { folder in
      let store = try CellStore.make(
        folder, states: [9: .failed, 10: .queued, 11: .running],
        cells: cells(text, path: "hand.yaml"))
      let page = page(try ExperimentReport(store: store, experiment: "hand"))
      let parts = page.components(separatedBy: "± is a 95 %")
      #expect(parts.count == 3)
      #expect(!parts[1].contains("Of 6 runs"))
      #expect(parts[2].contains("*Of 6 runs: 1 failed, 1 still running, 1 not begun.*"))
      #expect(parts[2].contains("*There is no run to compare.*\n\n*No run meets the condition.*"))
      // A count is one; what is said of results is not all of them.
      #expect(
        page.contains(
          "12 runs.\n\nThe least 1.\n\n*Of 12 runs: 1 failed, 1 still running, 1 not begun.*"))
      #expect(page.contains("| undecided |  | no run that is looked at has a value |"))
      #expect(page.contains("> 2 of 12 runs are missing (1 queued, 1 running)."))
    }
  }

  /// What counts, and extremes, decide at once, and no interval errs in them.
  @Test func severalClaimsSayHowOftenTheyErr() throws {
    let mean = "mean('eval/frechet_pca64' where training.precision == 'fp32')"
    let text =
      Self.front + """
        report:
          - assert: count(runs) == 12
          - assert: min("train/loss") > 0
          - assert: "\(mean) > 5"
          - assert: "\(mean) < 100"
        """
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(text, path: "hand.yaml"))
      let page = page(try ExperimentReport(store: store, experiment: "hand"))
      #expect(page.contains("*2 claims rest on 95 % intervals over seeds, each by itself: "))
    }
    let counted = Self.front + "report: [{assert: count(runs) == 12}, {assert: count(runs) < 13}]\n"
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(counted, path: "hand.yaml"))
      #expect(!page(try ExperimentReport(store: store, experiment: "hand")).contains("claims rest"))
    }
  }

  @Test func anErrorStaysInItsCell() throws {
    let text =
      Self.front + """
        report:
          - sql: SELECT a FROM nowhere
          - name: bad
            assert: 1 / (count(runs) - 12) > 0
          - compare: {baseline: {training.precision: fp16}}
          - compare: {experiment: absent}
          - markdown: "{{ 1 / 0 }} and {{ bad.holds }}"
        """
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(text, path: "hand.yaml"))
      let report = try ExperimentReport(store: store, experiment: "hand")
      let page = page(report)
      #expect(
        page.contains(
          "> This cell (sql) cannot be shown: the query is wrong: no such table: nowhere"))
      #expect(
        page.contains(
          "**UNDECIDED**: `1 / (count(runs) - 12) > 0`\n\nIt cannot be decided: a division by zero."
        ))
      #expect(page.contains("no run has the baseline's setting training.precision: fp16"))
      #expect(page.contains("the store has no experiment 'absent'"))
      #expect(page.contains("(a division by zero) and –"))
      #expect(report.claims.map(\.verdict) == [.undecided])
      #expect(report.cells.map { $0.error == nil } == [false, true, false, false, true])
    }
  }

  /// Labels of runs, values of SQL and names of columns are anybody's.
  @Test func hostileTextStaysText() throws {
    let hostile = "|`<script>alert(1)</script>\n# x\u{202E}[a](b)\u{7}"
    let text =
      Self.front + """
        report:
          - sql: SELECT label, '**' || label AS "<b>|" FROM runs LIMIT 2
          - sql: SELECT label FROM runs LIMIT 1
            name: one
          - markdown: "Label {{ one.label }}."
          - compare: {by: label}
        """
    try withTemporaryFolder { folder in
      let store = try CellStore.make(
        folder, label: { $0 + hostile }, cells: cells(text, path: "hand.yaml"))
      let page = page(try ExperimentReport(store: store, experiment: "hand"))
      #expect(!page.contains("<script>") && !page.contains("\u{202E}") && !page.contains("\u{7}"))
      #expect(!page.contains("\n# x") && !page.contains("[a](b)"))
      #expect(page.contains("| label | \\<b\\>\\| |"))
      #expect(page.contains("\\<script\\>"))
      // No line of a table has more cells than its header.
      for line in page.split(separator: "\n") where line.hasPrefix("| kind") {
        let bars = line.replacing("\\|", with: "").filter { $0 == "|" }.count
        #expect([2, 3, 6, 7].contains(bars), "\(line)")
      }
    }
  }

  @Test func frozenOutlivesTheStore() throws {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder + "/runs", cells: cells(document, path: "hand.md"))
      let report = try ExperimentReport(store: store, experiment: "hand", keepsNumbers: true)
        .frozen(store: store)
      let page = page(report)
      #expect(
        page.hasPrefix("# Hand made\n\n> [!NOTE]\n> Frozen: the numbers and pictures are copies"))
      try report.write(to: folder + "/out")
      try FileManager.default.removeItem(atPath: folder + "/runs")

      let again = try ExperimentReport(frozen: folder + "/out/hand/frozen.json")
      #expect(again.cells.map(\.name) == report.cells.map(\.name))
      #expect(again.files == report.files && again.claims == report.claims)
      let json = try String(contentsOfFile: folder + "/out/hand/frozen.json", encoding: .utf8)
      guard case .object(let root)? = JSONValue(text: json),
        case .array(let cells)? = root["cells"],
        case .object(let claim) = cells[3], case .array(let runs)? = root["runs"]
      else {
        Issue.record("no frozen report")
        return
      }
      #expect(claim["verdict"] == .string("HOLDS") && runs.count == 12)
      #expect(throws: StoreError.self) { try ExperimentReport(frozen: folder + "/out/hand.md") }
      #expect(throws: StoreError.self) { try ExperimentReport(frozen: folder + "/none.json") }
    }
  }

  /// Goals, ties and what would decide them, on differences written down in `CellStore`.
  @Test func comparisons() throws {
    let text =
      Self.front + """
        report:
          - compare: {by: training.precision, metric: train/loss, goal: maximize}
          - compare: {by: [diffusion.schedule.kind, training.precision], baseline: {training.precision: bf16}}
            name: all
          - compare: {by: seed, metric: eval/frechet_pca64}
          - markdown: "{{ all.baseline }}, {{ all.setting }}: {{ all.verdict }} {{ all.seeds }} {{ all.more_seeds }}"
        """
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells(text, path: "hand.yaml"))
      let page = page(try ExperimentReport(store: store, experiment: "hand"))
      #expect(page.contains("| bf16 | 2 | 0 | the same | 3 |"))
      #expect(page.contains("| setting | `train/loss` ↑ | difference | verdict | seeds |"))
      #expect(page.contains("a tie is a difference whose interval includes 0."))
      // bf16 is 0.5 above fp32 in each seed: the interval has no width.
      #expect(page.contains("| linear · bf16 (baseline) |"))
      #expect(page.contains("linear · bf16, linear · fp32: better 3 0"))
      #expect(page.contains("| seed=1 | 13.80 | – | no seed in common | 0 |"), "\(page)")
    }
  }
}
