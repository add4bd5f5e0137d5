import Exchange
import Statistics
import Testing
import Text

@testable import Workbench

@Suite struct TextTableTests {
  private func table() -> TextTable {
    var table = TextTable([.init("name"), .init("n", alignsRight: true)])
    table.append(["a|b", "1"])
    table.append(["日本 *x*", "22"])
    table.append(["line\nbreak \"q\", \u{1B}[31mred", ""])
    return table
  }

  @Test func plain() {
    #expect(
      table().rendered(.plain) == """
        name                      n
        a|b                       1
        日本 *x*                 22
        line break "q", [31mred

        """)
  }

  @Test func markdown() {
    #expect(
      table().rendered(.markdown) == #"""
        | name | n |
        | --- | ---: |
        | a\|b | 1 |
        | 日本 \*x\* | 22 |
        | line break "q", \[31mred |  |

        """#)
  }

  @Test func csv() {
    #expect(
      table().rendered(.csv) == """
        "name","n"
        "a|b",1
        "日本 *x*",22
        "line
        break ""q"", �[31mred",

        """)
    var numbers = TextTable([
      .init("x", alignsRight: true), .init("share", alignsRight: true), .init("y"),
    ])
    numbers.append(["1", "5 %", ""])
    numbers.append([.number(.infinity), .text("6 %"), .integer(3)])
    numbers.append([.none, .none, .number(0.5)])
    #expect(
      numbers.rendered(.csv) == """
        "x","share","y"
        1.0,"5 %",
        inf,"6 %",3.0
        ,,0.5

        """)
    #expect(numbers.rendered().contains("Infinity    6 %  3\n"), "as people read it")
  }

  @Test func nothingPrintedMovesTheCursor() {
    let hostile = "a\u{1B}]0;title\u{7}\u{9B}31m\u{202E}b\u{2066}\r\u{8}\u{0}\u{7F}\tc\u{2028}d\n"
    #expect(printable(hostile) == "a]0;title31mb c d ")
    #expect(printable("a\nb", lines: true) == "a\nb")
  }

  @Test(arguments: [
    (0.0, "0"), (64, "64"), (0.023_456, "0.02346"), (1.234_56, "1.235"), (1234.567, "1235"),
    (1.23456e-7, "1.235e-07"), (-0.5, "-0.5000"), (.nan, "NaN"), (-.infinity, "-Infinity"),
    (1e300, "1.000e+300"),
  ])
  func numbers(value: Double, text: String) {
    #expect(NumberText.value(value) == text)
  }

  @Test(arguments: [
    (0.641_23, 0.012_3, "0.641 ± 0.012"), (123.456, 4.56, "123 ± 5"), (-1.25, 0.4, "-1.2 ± 0.4"),
    (1234.5, 56.0, "1230 ± 60"), (5.0, 0.0, "5.000"), (1e-12, 2e-13, "1.00e-12 ± 2.0e-13"),
  ])
  func intervals(mean: Double, halfWidth: Double, text: String) {
    let interval = Statistics.Interval(mean: mean, halfWidth: halfWidth, count: 3)
    #expect(NumberText.interval(interval) == text)
  }

  @Test func durationsAndSizes() {
    #expect(
      [8.34, 59.94, 260, 7500].map(NumberText.duration) == [
        "8.3 s", "59.9 s", "4 min 20 s", "2 h 05 min",
      ])
    #expect([912, 14_541, 3_250_586].map(NumberText.bytes) == ["912 B", "14.2 KiB", "3.1 MiB"])
  }

  /// Columns of text give way, the widest first and in the middle; ids and numbers stay whole.
  @Test func aNarrowTerminalCutsText() {
    var table = TextTable([
      .init("id", .id), .init("label"), .init("state", .state), .init("loss", alignsRight: true),
    ])
    table.append(["0123456789ab", "kind=linear,precision=fp32,seed=1", "finished", "0.1012"])
    table.append(["ba9876543210", "kind=cosine,precision=bf16,seed=2", "failed", "–"])
    let natural = table.rendered()
    #expect(natural.split(separator: "\n")[0].count == 65)
    let narrow = table.rendered(style: TerminalStyle(width: 55))
    #expect(
      narrow
        == """
        id            label                    state       loss
        0123456789ab  kind=linear…fp32,seed=1  finished  0.1012
        ba9876543210  kind=cosine…bf16,seed=2  failed         –

        """)
    #expect(table.rendered(style: TerminalStyle(width: 65)) == natural)
    // Nothing is cut below ten columns, and nothing but text is.
    let least = table.rendered(style: TerminalStyle(width: 5))
    #expect(least.contains("0123456789ab  kind=…ed=1  finished  0.1012"))
    // Other programs get everything.
    #expect(table.rendered(.csv, style: TerminalStyle(width: 5)) == table.rendered(.csv))
  }

  @Test func coloursTakeNoRoomAndOnlyWhereTheyShow() {
    var table = TextTable([.init("state", .state), .init("verdict", .verdict), .init("x")])
    table.append(["failed (orphan)", "better", "1"])
    table.append(["queued", "", ""])
    let colored = table.rendered(style: TerminalStyle(hasColors: true))
    #expect(colored.contains("\u{1B}[31mfailed (orphan)\u{1B}[0m  \u{1B}[32mbetter\u{1B}[0m"))
    #expect(colored.replacing(/\u{1B}\[[0-9]+m/, with: "") == table.rendered())
    #expect(!table.rendered().contains("\u{1B}"))
    #expect(!table.rendered(.markdown, style: TerminalStyle(hasColors: true)).contains("\u{1B}"))
  }

  @Test func proseIsBrokenBetweenWords() {
    let style = TerminalStyle(hasColors: true)
    let text = style.colored("Not decided", .yellow) + ": a word or two"
    #expect(
      wrapped(text, width: 14)
        == "\u{1B}[33mNot decided\u{1B}[0m: a\nword or two\n")
    #expect(wrapped("", width: 10) == "")
    #expect(shortened("abcdefgh", to: 5) == "ab…gh" && shortened("abc", to: 3) == "abc")
  }
}
