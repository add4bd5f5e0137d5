import Experiments
import Testing

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
        name,n
        a|b,1
        日本 *x*,22
        "line
        break ""q"", [31mred",

        """)
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
    (1234.5, 56.0, "1230 ± 60"), (5.0, 0.0, "5.000"), (1e-12, 2e-13, "1.000e-12 ± 2.0e-13"),
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
}
