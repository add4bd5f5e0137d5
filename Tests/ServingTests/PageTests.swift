import Foundation
import GRDB
import StoreTestSupport
import TestSupport
import Testing

@testable import Serving
@testable import Store
@testable import Values

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What the pages say, without a browser.
@Suite struct PageTests {
  private func withPages(_ body: (RunStore, (String) async -> (Int, String)) async throws -> Void)
    async throws
  {
    let folder =
      FileManager.default.temporaryDirectory.path + "/workbench-pages-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try seedDemoStore(folder: folder)
    let pages = Pages(store: store, sampler: nil, actionToken: "0")
    try await body(store) { target in
      let answer = await pages.answer(PageRequest(target: target, headers: [:]))
      guard case .bytes(let bytes) = answer.body else { return (answer.status, "") }
      return (answer.status, String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func everyPageAnswers() async throws {
    try await withPages { store, get in
      let runs = try store.runs(experiment: "demo")
      for (target, expected) in [
        ("/", "demo"), ("/e/demo", "data-part=\"cell-"), ("/e/demo/runs", "<table"),
        (
          "/e/demo/runs?where=state+%3D%3D+%27finished%27&sort=train%2Floss&order=down",
          "aria-sort=\"descending\""
        ),
        ("/e/demo/charts", "plot.svg?y=train%2Floss"),
        ("/e/demo/plot?y=train%2Floss&smooth=0.1", "Copy as cell"),
        ("/e/demo/plot.svg?y=train%2Floss", "<svg"),
        ("/e/demo/plot.json?y=train%2Floss", "\"frames\""),
        ("/e/demo/pictures", "name=\"over\""), ("/e/demo/pictures?over=sampling", "name=\"image\""),
        ("/e/demo/parameters", "data-plot="), ("/e/demo/parameters?y=train%2Floss", "Every run"),
        ("/e/demo/plot?y=eval%2Floss&x=train%2Floss", "trace: true"),
        ("/e/demo/charts?x=progress", "x=progress"),
        ("/sql?e=demo&q=SELECT+label,+seconds+FROM+wide&chart=bar", "chart: bar"),
        ("/r/\(runs[0].id.prefix(12))", "Settings ("),
        ("/why/\(runs[0].id.prefix(12))/\(runs[1].id.prefix(12))", "<h1>"),
        ("/sql?q=SELECT+count(*)+AS+n+FROM+runs", "<th>n</th>"), ("/page.js", "use strict"),
      ] {
        let (status, text) = await get(target)
        #expect(
          status == 200 && text.contains(expected), "\(target): \(status) \(text.prefix(300))")
      }
      for target in [
        "/e/nothing", "/nothing", "/sql?e=nothing&q=SELECT+1", "/r/ffffffffffff", "/e/demo/nothing",
        "/strip/abc", "/play",
      ] {
        #expect(await get(target).0 == 404, "\(target)")
      }
      let (status, why) = await get("/e/demo/plot.svg?y=train%2Flos")
      #expect(status == 400 && why.contains("train/los"))
      // What is wrong with a condition stands below the form in which it is.
      for (target, message) in [
        ("/e/demo/runs?where=stat+%3D%3D+1", "did you mean"),
        ("/e/demo/runs?where=%27", "no closing quote"),
        ("/e/demo/pictures?where=%27", "no closing quote"),
      ] {
        let (status, text) = await get(target)
        #expect(
          status == 200 && text.contains(message) && text.contains("name=\"where\""),
          "\(target): \(status) \(text)")
      }
      #expect(await get("/sql?q=DELETE+FROM+run").1.contains("only reads"))
      #expect(await get("/sql?q=SELECT+hex(randomblob(200000000))").1.contains("too big"))
      #expect(await get("/e/demo/runs").1.contains("- results:\n    metric: ["))
    }
  }

  /// The interval that a run has logged beside a measure, and what real images reach, stand in the measure's line.
  @Test func aMeasureHasItsIntervalBesideIt() async throws {
    try await withPages { store, get in
      let run = try store.runs(experiment: "demo")[0].id
      let page = "/r/\(run.prefix(12))"
      #expect(await !get(page).1.contains("of this run alone"))
      let values = [
        ("eval/recall", 0.625), ("eval/recall_low", 0.5), ("eval/recall_high", 0.75),
        ("eval/recall_real", 0.875), ("eval/vendi_low", 3.5),
      ]
      try store.appendPoints(
        values.map { SeriesPoints(name: $0.0, steps: [200], values: [$0.1]) }, run: run)
      let text = await get(page).1
      #expect(text.contains("of this run alone"))
      #expect(text.contains("<th scope=\"row\">eval/recall</th>"))
      #expect(text.contains("0.5000 to 0.7500") && text.contains("0.8750"))
      #expect(!text.contains("eval/recall_low") && !text.contains("eval/recall_real"))
      // Its measure is not there.
      #expect(text.contains("eval/vendi_low"))
    }
  }

  /// Whatever number stands in an address: an answer, and the server goes on.
  @Test(arguments: [
    "-1", "0", "1", "1000000", "-9223372036854775808", "9223372036854775807",
    "99999999999999999999", "1e9", "nan", "%00", "x",
  ]) func anyNumber(number: String) async throws {
    try await withPages { store, get in
      let run = try store.runs(experiment: "demo")[0].id.prefix(12)
      for target in [
        "/e/demo/runs?limit=", "/e/demo/runs?paint=\(run).", "/e/demo/charts?limit=",
        "/e/demo/charts?smooth=", "/e/demo/plot?y=train%2Floss&smooth=",
        "/e/demo/plot.svg?y=train%2Floss&smooth=", "/e/demo/plot.svg?y=train%2Floss&width=",
        "/e/demo/plot.json?y=train%2Floss&shown=", "/e/demo/plot.svg?y=train%2Floss&since=",
        "/e/demo/plot.svg?y=train%2Floss&y_min=",
        "/e/demo/pictures?n=", "/e/demo/pictures?class=", "/e/demo/pictures?image=",
        "/e/demo/pictures?over=sampling&image=", "/e/demo/pictures?step=", "/r/\(run)?metrics=",
        "/denoise/\(run)?image=", "/denoise/\(run)?class=", "/strip/\(run)?image=",
        "/strip/\(run)?n=", "/strip/\(run)?class=", "/e/demo?have=", "/sql?q=SELECT+1&chart=",
        "/sql?q=SELECT+",
      ] {
        let (status, text) = await get(target + number)
        #expect(
          [200, 400, 404].contains(status), "\(target + number): \(status) \(text.prefix(200))")
      }
      #expect(await get("/e/demo/charts?limit=\(number)").1.contains("plot.svg?y="))
      #expect(await get("/e/demo/runs?limit=\(number)").1.contains("<tr data-row="))
    }
  }

  /// A person who has mistyped an address gets a page, the page's script a line.
  @Test func whatIsNotThereIsAPage() async throws {
    let folder =
      FileManager.default.temporaryDirectory.path + "/workbench-pages-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pages = Pages(store: try seedDemoStore(folder: folder), sampler: nil, actionToken: "0")
    for (target, expected) in [
      ("/e/<b>", "&lt;b&gt;"), ("/nothing", "no such page"), ("/r/ffff", "All experiments"),
    ] {
      let answer = await pages.answer(
        PageRequest(target: target, headers: ["accept": "text/html,*/*"]))
      guard case .bytes(let bytes) = answer.body else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(
        answer.status == 404 && text.contains(expected) && text.contains("<header>"), "\(text)")
      #expect(!text.contains("<b>"))
    }
    let line = await pages.answer(
      PageRequest(target: "/e/nothing?have=1", headers: ["accept": "text/html"]))
    #expect(line.headers.contains { $0.value.hasPrefix("text/plain") })
  }

  /// Of a page that is open only what has changed is sent.
  @Test func onlyWhatHasChanged() async throws {
    try await withPages { store, get in
      let page = await get("/e/demo/runs").1
      let hashes = page.matches(of: /data-hash="([^"]*)"/).map { String($0.1) }
      #expect(hashes.count > 2)
      let same = await get("/e/demo/runs?have=" + hashes.joined(separator: ".")).1
      #expect(!same.contains("\"html\"") && same.contains("\"key\":\"table\""))
      let run = try #require(try store.runs(experiment: "demo").first)
      // Another program's writing.
      try RunStore(folder: store.folder).appendPoints(
        [SeriesPoints(name: "train/loss", steps: [1_000_000], values: [123.25])], run: run.id)
      let changed = await get("/e/demo/runs?have=" + hashes.joined(separator: ".")).1
      #expect(changed.components(separatedBy: "\"html\"").count == 2)
    }
  }

  /// What runs have that are no longer in the file has no chart.
  @Test func chartsAreOfThePlan() async throws {
    try await withPages { store, get in
      let run = try #require(try store.runs(experiment: "demo").last)
      try store.appendPoints(
        [SeriesPoints(name: "own/metric", steps: [1], values: [1])], run: run.id)
      #expect(await get("/e/demo/charts").1.contains("m-own/metric"))
      try store.write { db in
        try db.execute(
          sql: "UPDATE experimentRun SET orphan = 1 WHERE runId = ?", arguments: [run.id])
      }
      // Another program's writing, which tells that there is something new.
      try RunStore(folder: store.folder).addNote("gone", run: run.id)
      #expect(!(await get("/e/demo/charts").1.contains("m-own/metric")))
    }
  }

  /// A click on a row's circle gives its setting a colour, which the charts have too.
  @Test func rowsHaveColours() async throws {
    try await withPages { _, get in
      let page = await get("/e/demo/runs").1
      let key = String(try #require(page.firstMatch(of: /data-row="([^"]*)"/)).1)
      #expect(page.contains("paint=\(key).blue"))
      let painted = await get("/e/demo/runs?paint=\(key).blue").1
      #expect(painted.contains("swatch blue") && painted.contains("paint=\(key).vermilion"))
      #expect(await get("/e/demo/runs?paint=\(key).orange").1.contains("○") == true)
      let link = try #require(painted.firstMatch(of: /href="(\/e\/demo\/charts\?[^"]*)"/)).1
      let address = link.replacing("&amp;", with: "&")
      #expect(address.contains("colors=%7B"))
      let charts = await get(String(address))
      #expect(charts.0 == 200 && charts.1.contains("colors=%7B"))
      let plot = try #require(charts.1.firstMatch(of: /src="([^"]*plot\.svg[^"]*)"/)).1
      #expect(await get(String(plot).replacing("&amp;", with: "&")).0 == 200)
    }
  }

  @Test func notesAndTagsAreText() async throws {
    try await withPages { store, get in
      let run = try #require(try store.runs(experiment: "demo").first).id
      let hostile = "<script>alert(1)</script>"
      try store.addNote(hostile, run: run)
      let page = await get("/r/\(run.prefix(12))").1
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains(hostile))
    }
  }

  /// Seeds are a line with mean, interval and number, which opens into its runs.
  @Test func seedsOpen() async throws {
    try await withPages { _, get in
      let closed = await get("/e/demo/runs").1
      #expect(!closed.contains("class=\"run\""))
      let key = try #require(closed.firstMatch(of: /data-row="([^"]*)"/)).1
      let open = await get("/e/demo/runs?open=\(key)").1
      #expect(open.contains("class=\"run\"") && open.contains("aria-expanded=\"true\""))
      #expect(await get("/e/demo/runs?hide=\(key)").1.contains("1 hidden"))
      #expect(await get("/e/demo/runs?pin=\(key)").1.contains("class=\"pinned\""))
    }
  }
}

@Suite struct MarkupTests {
  @Test func textIsText() {
    let hostile = "<script>alert(1)</script> \" ' & \u{1B}[31m \u{202E}"
    let markup: Markup = "<p title=\"\(hostile)\">\(hostile)</p>"
    #expect(!markup.html.contains("<script") && !markup.html.contains("\u{1B}"))
    #expect(markup.html.components(separatedBy: "\"").count == 3)
  }

  /// A literal within an expression is markup, as it looks.
  @Test(arguments: [true, false]) func literalsAreMarkup(isHere: Bool) {
    let markup: Markup =
      "<a\(isHere ? " aria-current=\"page\"" : "")>\(isHere ? "<b>x</b>" : "y")</a>"
    #expect(markup.html == (isHere ? "<a aria-current=\"page\"><b>x</b></a>" : "<a>y</a>"))
    let name = "<i>"
    let nested: Markup = "\(isHere ? "<b>\(name)</b>" : "")"
    #expect(nested.html == (isHere ? "<b>&lt;i&gt;</b>" : ""))
  }

  /// What is seen as a cell is read by the parser as what it was.
  @Test func cellsAreYAML() {
    #expect(
      CellText.yaml(
        "plot",
        [("y", "train/loss"), ("smooth", "0.1"), ("log", "[x, y]"), ("where", "label == 'a'")])
        == "- plot:\n    y: train/loss\n    smooth: 0.1\n    log: [x, y]\n    where: 'label == ''a'''\n"
    )
    // A name is a name, whatever it looks like.
    for name in ["[a]", "{b}", " a ", "1e5", "a: b", "# c", "it's", "-", "null"] {
      #expect(
        CellText.text(of: name, for: "y") == "'\(name.replacing("'", with: "''"))'", "\(name)")
    }
    #expect(CellText.text(of: "[a, b]", for: "y") == "[a, b]")
    #expect(CellText.text(of: "a\n\"b\"\\\u{2028}", for: "y") == #""a\n\"b\"\\\u2028""#)
    #expect(
      CellText.yaml("results", [("metric", CellText.list(["a/b"]))]).contains("metric: a/b\n"))
    #expect(
      CellText.yaml("results", [("metric", CellText.list(["a/b", "c d"]))])
        .contains("metric: [a/b, 'c d']\n"))
    #expect(CellText.text(of: "[x, y]", for: "log") == "[x, y]")
    #expect(CellText.scalar("no") == "'no'" && CellText.scalar("a: b") == "'a: b'")
  }
}
