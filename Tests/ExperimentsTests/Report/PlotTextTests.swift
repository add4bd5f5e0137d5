import Statistics
import Testing
import Text
import Values

@testable import Reports

@Suite struct DecimalTextTests {
  @Test(arguments: [
    (0.0, 0, "0"), (-0.0, 2, "0.00"), (-0.004, 2, "0.00"), (1.005, 1, "1.0"),
    (-12.346, 2, "−12.35"),
    (0.5, 0, "0"), (1.5, 0, "2"), (0.05, 3, "0.050"), (123456.789, 1, "123456.8"),
    (.nan, 2, "NaN"), (-.infinity, 2, "−∞"), (1e300, 2, "1.000e300"),
  ])
  func fixed(value: Double, decimals: Int, expected: String) {
    #expect(DecimalText.fixed(value, decimals: decimals) == expected)
  }

  @Test(arguments: [
    (0.0, 3, "0"), (0.029876, 3, "0.0299"), (9.9996, 4, "10.00"), (0.99996, 4, "1.000"),
    (1234.5, 3, "1234"), (123456, 3, "123456"), (1_234_567, 3, "1.23e6"),
    (0.00001234, 3, "1.23e−5"),
    (-0.1, 2, "−0.10"), (.leastNonzeroMagnitude, 2, "4.9e−324"), (1.7e308, 2, "1.7e308"),
    (0.001, 1, "0.001"),
  ])
  func significant(value: Double, digits: Int, expected: String) {
    #expect(DecimalText.significant(value, digits: digits) == expected)
  }

  /// Two digits of a half width that starts with 1 or 2, one of any other.
  @Test(arguments: [
    (3.14159, 0.9, "3.1 ± 0.9"), (3.14159, 0.1234, "3.14 ± 0.12"), (9.04, 0.98, "9.0 ± 1.0"),
    (9.04, 0.0996, "9.04 ± 0.10"), (123.4, 24.6, "123 ± 25"), (1234.5, 321, "1200 ± 300"),
    (0.641, 0.013, "0.641 ± 0.013"), (0.0312, 1e-12, "0.03120"),
    (3e-12, 1e-13, "3.00e−12 ± 1.0e−13"), (1.186e51, 9.3e51, "1e51 ± 9e51"),
    (-1.186e51, 1.2e50, "−1.19e51 ± 1.2e50"), (4e49, 9.3e51, "0 ± 9e51"),
    (1_234_567, 321, "1.2346e6 ± 3e2"), (9.96e7, 0.98e6, "9.96e7 ± 1.0e6"),
    (-0.02, 0.5, "0.0 ± 0.5"), (-0.0049, 0.0047, "−0.0049 ± 0.0047"),
    (0.51, 0.54, "0.5 ± 0.5"), (0.0501, 0.0499, "0.0501 ± 0.0499"),
  ])
  func interval(mean: Double, half: Double, expected: String) {
    #expect(DecimalText.interval(.init(mean: mean, halfWidth: half, count: 3)) == expected)
  }

  @Test func noInterval() {
    #expect(DecimalText.interval(.init(mean: 6.20449, halfWidth: nil, count: 1)) == "6.204")
    #expect(DecimalText.interval(.init(mean: 0.02890, halfWidth: 0, count: 3)) == "0.02890")
    #expect(DecimalText.interval(.init(mean: .nan, halfWidth: nil, count: 3)) == "NaN")
  }

  @Test(arguments: [
    (1.0, 0), (9.999_999_999_99, 1), (0.01, -2), (0.1, -1), (1000, 3), (0.000_01, -5), (7e-10, -10),
    (1e-300, -300), (1e15, 15),
  ])
  func exponent(value: Double, expected: Int) {
    #expect(DecimalText.exponent(of: value, digits: 10) == expected)
  }
}

@Suite struct EscapingTests {
  @Test(arguments: [
    ("plain words, 3.1 ± 0.9 (n=3).", "plain words, 3.1 ± 0.9 (n=3)."),
    ("a_b*c* `d` [e](f) <g> |h| ~~i~~", #"a\_b\*c\* \`d\` \[e\](f) \<g\> \|h\| \~\~i\~\~"#),
    ("1. not a list", #"1\. not a list"#), ("2026) too", #"2026\) too"#), ("0.5 is", "0.5 is"),
    ("- x", #"\- x"#), ("# x", "\\# x"), ("a - b", "a - b"),
    ("https://x.example", #"https\://x.example"#),
    ("@someone &amp; $x$", "\\@someone \\&amp; \\$x\\$"),
    ("two\nlines\r\n\ttabs", "two lines   tabs"),
    ("\u{1b}[31m\u{202E}evil", "\u{FFFD}\\[31m\u{FFFD}evil"),
    ("\\", "\\\\"), ("", ""),
  ])
  func markdown(text: String, expected: String) {
    #expect(MarkdownText.escaped(text) == expected)
  }

  @Test func codeSpans() {
    #expect(MarkdownText.code("train/loss") == "`train/loss`")
    #expect(MarkdownText.code("a`b") == "``a`b``")
    #expect(MarkdownText.code("`") == "`` ` ``")
    #expect(MarkdownText.code("a|b", inTable: true) == #"`a\|b`"#)
    #expect(MarkdownText.code("a|b\nc") == "`a|b c`")
  }

  @Test func fencesCannotBeClosed() {
    #expect(MarkdownText.block("a\n```\nb\n", language: "yaml") == "````yaml\na\n```\nb\n````")
    #expect(MarkdownText.block("a\r\nb", language: "") == "```\na\nb\n```")
  }

  @Test func quotation() {
    #expect(
      MarkdownText.quotation("  One\n  question?\n\n- two\n") == "> One question?\n>\n> \\- two")
    #expect(MarkdownText.quotation(" \n") == "")
  }

  @Test func xml() {
    #expect(
      XMLText.escaped("<a href=\"x\">&'\u{0}\u{7}\n</a>")
        == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\u{FFFD}\u{FFFD} &lt;/a&gt;")
  }

  @Test func fileNames() {
    #expect(SafeText.fileName("../Über · lr=1e-3/") == "ber-lr-1e-3")
    #expect(SafeText.fileName("…") == "x")
    #expect(SafeText.fileName(String(repeating: "a", count: 200)).count == 60)
  }

  @Test func yaml() {
    let text = YAMLText.nested([
      "a.b.c": .integer(1), "a.b.d": .string("on"), "a.e": .list([.number(0.9), .string("x y")]),
      "b": .string("bf16"), "a.b.f": .null, "c.0": .boolean(true), "d": .string("1e-3"),
      "e": .string("\" #\n"),
    ])
    #expect(
      text == """
        a:
          b:
            c: 1
            d: "on"
            f: null
          e: [0.9, "x y"]
        b: bf16
        c:
          "0": true
        d: "1e-3"
        e: "\\" #\\n"
        """)
  }

  @Test func times() {
    #expect(TimeText.minute("2026-02-01T12:05:59.999Z") == "2026-02-01 12:05 UTC")
    #expect(TimeText.minute("yesterday") == "yesterday")
    #expect(TimeText.duration(0.0423) == "42 ms")
    #expect(TimeText.duration(59.96) == "1 min 00 s")
    #expect(TimeText.duration(245.4) == "4 min 05 s")
    #expect(TimeText.duration(12_010) == "3 h 20 min")
    #expect(TimeText.duration(.nan) == "–")
  }
}
