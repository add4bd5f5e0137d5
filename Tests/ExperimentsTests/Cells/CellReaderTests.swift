import Foundation
import TestSupport
import Testing
import Text

@testable import ExperimentFiles
@testable import Values

/// What is wrong with cells, and where.
@Suite struct CellReaderTests {
  private static let head = "data: {source: shapes}\ntraining: {steps: 1}\n"

  /// `line:column: message`, and the hint behind " | " where there is one.
  private func complaints(_ text: String, path: String = "x.yaml") -> [String] {
    do {
      _ = try ExperimentFile.read(text: text, path: path)
      return []
    } catch let error as ExperimentFileError {
      return error.diagnostics.map {
        "\($0.place.line):\($0.place.column): \($0.message)" + ($0.hint.map { " | \($0)" } ?? "")
      }
    } catch {
      return ["\(error)"]
    }
  }

  @Test(arguments: [
    (
      "report: 3\n",
      "3:9: 'report' expects a list of cells, not 3 | for instance - plot: {y: train/loss}"
    ),
    (
      "report:\n  - asert: count(runs) == 4\n",
      "4:5: there is no kind of cell 'asert' | did you mean 'assert'?"
    ),
    (
      "report:\n  - name: a\n",
      "4:5: the cell has no kind | the kinds: \(CellKinds.all.map { $0.kind }.joined(separator: ", "))"
    ),
    (
      "report:\n  - {assert: true, sql: SELECT 1}\n",
      "4:20: a cell is of one kind: 'assert' or 'sql' | begin another cell with '- sql:'"
    ),
    (
      "report:\n  - compare: {bye: x}\n",
      "4:15: unknown key 'bye' in 'compare' | did you mean 'by'?"
    ),
    (
      "report:\n  - compare: {name: x}\n",
      "4:15: unknown key 'name' in 'compare' | the name stands beside the kind: - {name: …, compare: {…}}"
    ),
    (
      "report:\n  - compare: {by: training.bach}\n",
      "4:19: 'compare.by': there is no setting or attribute 'training.bach' | did you mean 'training.batch'?"
    ),
    (
      "report:\n  - compare: {by: batch}\n",
      "4:19: 'compare.by': there is no setting or attribute 'batch' | did you mean 'training.batch'?"
    ),
    (
      "report:\n  - compare: {metric: eval/los}\n",
      "4:23: nothing logs 'eval/los' | did you mean 'eval/loss'?"
    ),
    (
      "report:\n  - compare: {goal: up}\n", "4:21: 'compare.goal' is minimize or maximize, not 'up'"
    ),
    (
      "report:\n  - compare: {baseline: {training.precision: fp23}}\n",
      "4:46: 'training.precision' is fp32, bf16, fp16 or fp8, not 'fp23' | did you mean 'fp32'?"
    ),
    (
      "report:\n  - compare: {by: training.batch, baseline: {training.precision: fp32}}\n",
      "4:45: compare: 'by' does not tell apart by 'training.precision' | add it to 'by', or remove it from 'baseline'"
    ),
    (
      "report:\n  - compare: {where: training.precision == 'bf61'}\n",
      "4:44: where: it is never 'bf61', only fp32, bf16, fp16 or fp8 | did you mean 'bf16'?"
    ),
    (
      "report:\n  - compare: {where: state == 'done'}\n",
      "4:31: where: it is never 'done', only \(alternatives(RunState.allCases.map(\.rawValue)))"
    ),
    (
      "report:\n  - compare: {where: mean('eval/loss') < 1}\n",
      "4:22: where: 'mean' works on several runs, but here they are taken one at a time | of one run there are min, max, last and best"
    ),
    (
      "report:\n  - sql: DELETE FROM run\n",
      "4:10: 'sql.query' only reads: one SELECT (or WITH, VALUES)"
    ),
    (
      "report:\n  - sql: {query: SELECT 1, limit: 0}\n",
      "4:35: 'sql.limit' expects a whole number, 1 to 10000, not 0"
    ),
    ("report:\n  - sql: {limit: 3}\n", "4:5: 'sql' needs 'query' | expected a query"),
    (
      "report:\n  - assert: count(runs)\n",
      "4:13: claim: a condition is true or false, and this is a number | compare it with something"
    ),
    (
      "report:\n  - assert: training.batch == 4\n",
      "4:13: there is no cell 'training' | a setting is each run's own: it belongs into a function's where"
    ),
    (
      "report:\n  - assert: state == 'failed'\n",
      "4:13: claim: there is no value of a cell 'state' | text needs quotes: 'state'"
    ),
    (
      "report:\n  - assert: loses.holds\n  - {name: losses, assert: true}\n",
      "4:13: there is no cell 'loses' | did you mean 'losses'?"
    ),
    (
      "report:\n  - assert: losses.hold\n  - {name: losses, assert: true}\n",
      "4:13: 'losses', of kind assert, has no value 'hold' | did you mean 'holds'?"
    ),
    (
      "report:\n  - {name: a, assert: b.holds}\n  - {name: b, assert: a.holds}\n",
      "5:23: these cells depend on one another: a → b → a"
    ),
    ("report:\n  - {name: a, assert: not a.holds}\n", "4:27: the cell depends on its own value"),
    (
      "report:\n  - {name: a, assert: true}\n  - {name: A, assert: true}\n",
      "5:12: there are two cells 'A' | the first is on line 4"
    ),
    (
      "report:\n  - {name: a-b, assert: true}\n",
      "4:12: 'a-b' is not the name of a cell | a cell's name is 1 to 64 letters, digits or '_', a letter first"
    ),
    // In a folded block, in a literal one and in quotes: the place is that of the character.
    (
      "report:\n  - assert: >\n      count(runs)\n      == 4 and\n      x == 3\n",
      "7:7: claim: there is no value of a cell 'x' | text needs quotes: 'x'"
    ),
    (
      "report:\n  - markdown: |\n      One.\n\n      Two {{ count(rnus) }}.\n",
      "7:20: 'count' counts runs | write count(runs) or count(runs where …)"
    ),
    (
      "report:\n  - markdown: 'it''s {{ nothing.there }}'\n",
      "4:25: there is no cell 'nothing' | no cell has a name"
    ),
    (
      "report:\n  - markdown: 'a {{ count(runs) | digit 3 }}'\n",
      "4:35: there is no format ' digit 3 ' | the formats: digits N, decimals N, percent, percent N"
    ),
    (
      "report:\n  - markdown: 'a {{ count(runs)'\n",
      "4:18: '{{' is never closed | write {{ expression }}, or \\{{ for the braces themselves"
    ),
  ])
  func malformed(text: String, complaint: String) {
    let found = complaints(Self.head + text)
    #expect(found == [complaint], "\(found.joined(separator: "\n"))")
  }

  @Test(arguments: [
    (
      "# Prose\n",
      "1:1: the document has no front matter | begin it with the experiment file between two lines '---'"
    ),
    ("---\nname: x\n", "1:1: the front matter is never closed | end it with a line '---'"),
    ("---\n---\nText\n", "1:1: the front matter is empty"),
    (
      "---\ntraining: {steps: x}\ndata: {source: shapes}\n---\n",
      "2:19: 'training.steps' expects a whole number, not 'x'"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\nreport: []\n---\n",
      "4:1: the cells of a document stand in its text, not in 'report' | remove it, or make the file a .yaml"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\nText\n\n```{compare}\nby: seeed\n```\n",
      "8:5: 'compare.by': there is no setting or attribute 'seeed' | did you mean 'seed'?"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n\n```{compare} a\nby: [seed\n```\n",
      "7:5: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence | a bracket is not closed, or a comma is missing"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n\n```{plt} a\n```\n",
      nil
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n  ```{assert} a b\n  true\n  ```\n",
      "5:15: 'a b' is not the name of a cell | a cell's name is 1 to 64 letters, digits or '_', a letter first"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n```{assert}\n:capton: x\ntrue\n```\n",
      "6:2: unknown key 'capton' in 'assert' | did you mean 'caption'?"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n```{sql}\n:limit: many\nSELECT 1\n```\n",
      "6:9: 'sql.limit' expects a whole number, 1 to 10000, not 'many'"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n```{assert}\n:caption: x\n\ncount(runs) ==\n  4 and y\n```\n",
      "9:9: claim: there is no value of a cell 'y' | text needs quotes: 'y'"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n| a |\n|---|\n| {{ cout(runs) }} |\n",
      "7:6: there is no function 'cout' | did you mean 'count'?"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n```{sql}\nSELECT 1\n",
      "5:1: the cell is never closed | end it with a line of 3 such characters or more"
    ),
    // Lines in messages are the file's too.
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n\n```{compare} a\nby: seed\ngoal: minimize\nby: label\n```\n",
      "9:1: the key 'by' is given twice | the first is on line 7"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\ntraining: {steps: 2}\n---\n",
      "4:1: the key 'training' is given twice | the first is on line 2"
    ),
    (
      "---\ndata: {source: shapes\ntraining: {steps: 1}\n---\n",
      "3:9: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping (begun on line 2) | a bracket is not closed, or a comma is missing"
    ),
    (
      "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n```{sql}\nquery: SELECT 1\nlimit: 3\n```\n",
      "6:1: 'sql.query' only reads: one SELECT (or WITH, VALUES) | the body is the query itself; other keys stand before it, as ':limit: 3'"
    ),
  ])
  func malformedDocument(text: String, complaint: String?) {
    let found = complaints(text, path: "x.md")
    guard let complaint else {
      #expect(found.first?.hasPrefix("6:5: there is no kind of cell 'plt'") == true, "\(found)")
      return
    }
    #expect(found == [complaint], "\(found.joined(separator: "\n"))")
  }

  @Test func allErrorsOfAFileAtOnce() {
    let text = """
      report:
        - compare: {by: x.y, metric: eval/los}
        - sql: {limit: 0}
      """
    #expect(complaints(Self.head + text).count == 4)
  }

  /// What names a cell is judged whatever is wrong with others, and not where a name may be theirs.
  @Test func unknownNamesAreSaidBesideOtherErrors() {
    let text = """
      report:
        - {name: a, compare: {bye: x, caption: "{{ nocell.value }}"}}
        - markdown: "{{ a.differnce }} {{ training.batch }} {{ cout(runs) }} {{ b.n }} {{ c.holds }}"
        - {name: b, sql: DELETE FROM run}
        - {name: c, asert: true}

      """
    let found = complaints(Self.head + text).map { $0.components(separatedBy: " | ")[0] }
    #expect(
      found.map { $0.drop { $0 != " " } } == [
        " unknown key 'bye' in 'compare'", " there is no cell 'nocell'",
        " 'a', of kind compare, has no value 'differnce'", " there is no cell 'training'",
        " there is no function 'cout'", " 'sql.query' only reads: one SELECT (or WITH, VALUES)",
        " there is no kind of cell 'asert'",
      ], "\(found)")
    let misnamed = "report:\n  - {nmae: a, assert: true}\n  - assert: a.holds\n"
    #expect(complaints(Self.head + misnamed).count == 1)
  }

  /// Code is left alone, braces can be written, and a value in a table is one.
  @Test func whatIsAValue() {
    let text = """
      `{{ not.this }}` and ``{{ nor ` this }}``, \\{{ nor }} this, but {{ 1 + 1 }}.

      ```yaml
      a: {{ b }}
      ```

      | {{ 2 * 3 | digits 2 }} |
      """
    var errors = Diagnostics()
    let node = SourceNode(
      content: .scalar(SourceScalar(text: text, isPlain: false, isRaw: true)),
      place: SourceText(name: "x", text: text).start)
    let inline = InlineParser.read(node, into: &errors)
    #expect(errors.isEmpty)
    let values = inline.pieces.compactMap { piece in
      if case .value(let expression, _, _) = piece { expression.text.trimmed } else { nil }
    }
    #expect(values == ["1 + 1", "2 * 3"])
    let prose = inline.pieces.map { piece in
      if case .text(let text) = piece { text } else { "…" }
    }.joined()
    #expect(
      prose == """
        `{{ not.this }}` and ``{{ nor ` this }}``, {{ nor }} this, but ….

        ```yaml
        a: {{ b }}
        ```

        | … |
        """)
  }

  @Test func aBlockInsideALongerFenceIsProse() throws {
    let text = """
      ---
      training: {steps: 1}
      data: {source: shapes}
      ---
      Show it:

      ````markdown
      ```{assert}
      nonsense (
      ```
      ````

      ```python
      print("{{ x }}")
      ```
      """
    let file = try ExperimentFile.read(text: text, path: "x.md")
    #expect(file.cells.map(\.kind) == ["markdown"])
    #expect(file.name == "x" && file.isDocument)
  }

  @Test func reportIsInheritedUnlessReplaced() throws {
    let folder = try TemporaryFolder()
    let base = try folder.write(
      Array((Self.head + "report: [{assert: true}, {sql: SELECT 1}]\n").utf8), "base.yaml")
    func cells(_ text: String) throws -> [String] {
      let path = try folder.write(Array(text.utf8), "child.yaml")
      return try ExperimentFile.load(path: path).cells.map(\.kind)
    }
    #expect(base.hasSuffix("base.yaml"))
    #expect(try cells("extends: base.yaml\n") == ["assert", "sql"])
    #expect(try cells("extends: base.yaml\nreport: [{assert: true}]\n") == ["assert"])
    #expect(try cells("extends: base.yaml\nreport: none\n") == [])
    let path = try folder.write(Array("extends: base.yaml\n".utf8), "child.yaml")
    #expect(try ExperimentFile.load(path: path, overrides: ["report=none"]).cells.isEmpty)
  }

  /// Noise must come out as errors, not as a trap.
  @Test func hostileDocuments() {
    var random = SplitMix(seed: 11)
    let pieces = [
      "---\n", "```{assert} a\n", "```\n", "{{ ", " }}", "|", "'", "\"", ":a: [\n", "count(runs",
      "mean(", " where ", "\n", "~~~{sql}\n", "{", "}", "`", "\\", "🙂", "\u{202E}", "\r\n", "- ",
    ]
    for _ in 0..<300 {
      var text = "---\ntraining: {steps: 1}\ndata: {source: shapes}\n---\n"
      for _ in 0..<12 { text += pieces[Int(random.next() % UInt64(pieces.count))] }
      _ = complaints(text, path: "x.md")
    }
  }
}
