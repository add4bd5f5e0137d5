import Foundation
import TestSupport
import Testing

@testable import Reports

/// Formulas of prose as MathML, against what the elements mean (MathML Core, W3C 2025).
@Suite struct FormulaTests {
  private func body(_ tex: String, isDisplay: Bool = false) throws -> String {
    let math = try TeXParser.mathML(tex, isDisplay: isDisplay)
    let open = try #require(math.firstIndex(of: ">"))
    return String(math[math.index(after: open)...].dropLast("</math>".count))
  }

  @Test(arguments: [
    ("x", "<mi>x</mi>"), ("3.14", "<mn>3.14</mn>"),
    ("x_t", "<msub><mi>x</mi><mi>t</mi></msub>"),
    ("x^{2}", "<msup><mi>x</mi><mn>2</mn></msup>"),
    ("x_0^2", "<msubsup><mi>x</mi><mn>0</mn><mn>2</mn></msubsup>"),
    ("x^2_0", "<msubsup><mi>x</mi><mn>0</mn><mn>2</mn></msubsup>"),
    ("f'", "<msup><mi>f</mi><mrow><mo>′</mo></mrow></msup>"),
    ("a-b", "<mrow><mi>a</mi><mo>−</mo><mi>b</mi></mrow>"),
    ("a<b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"),
    (#"\frac{1}{2}"#, "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
    (#"\frac12"#, "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
    (#"\sqrt{x}"#, "<msqrt><mi>x</mi></msqrt>"),
    (#"\sqrt[3]{x}"#, "<mroot><mi>x</mi><mrow><mn>3</mn></mrow></mroot>"),
    (
      #"\hat x"#,
      "<mover accent=\"true\"><mi>x</mi><mo stretchy=\"false\">^</mo></mover>"
    ),
    (
      #"\sum_{i=1}^n"#,
      "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>"
    ),
    (#"\mathbb{E}"#, "<mrow><mi>𝔼</mi></mrow>"), (#"\mathcal N"#, "<mrow><mi>𝒩</mi></mrow>"),
    (#"\mathbf{x}"#, "<mrow><mi>𝐱</mi></mrow>"),
    (#"\text{if } x"#, "<mrow><mtext>if\u{A0}</mtext><mi>x</mi></mrow>"),
    (#"\log x"#, "<mrow><mi>log</mi><mo>\u{2061}</mo><mspace width=\"0.167em\"/><mi>x</mi></mrow>"),
    (
      #"\lim_{n}x"#,
      "<mrow><munder><mi>lim</mi><mi>n</mi></munder><mo>\u{2061}</mo><mspace width=\"0.167em\"/><mi>x</mi></mrow>"
    ),
    (
      #"\log(x)"#,
      "<mrow><mi>log</mi><mo>\u{2061}</mo><mo stretchy=\"false\">(</mo><mi>x</mi><mo stretchy=\"false\">)</mo></mrow>"
    ),
    (#"\Gamma"#, "<mi mathvariant=\"normal\">Γ</mi>"),
    (#"\left(x\right)"#, "<mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow>"),
    (
      #"\{x\}"#, "<mrow><mo stretchy=\"false\">{</mo><mi>x</mi><mo stretchy=\"false\">}</mo></mrow>"
    ),
  ]) func elements(tex: String, expected: String) throws {
    #expect(try body(tex) == expected)
  }

  @Test func tables() throws {
    let math = try body(#"\begin{cases} a & b \\ c & d \end{cases}"#)
    #expect(math.hasPrefix("<mrow><mo>{</mo><mtable>"))
    #expect(math.components(separatedBy: "<mtr>").count == 3)
    #expect(math.components(separatedBy: "<mtd ").count == 5)
    let lines = try body(#"\begin{aligned} x &= 1 \\ &= 2 \\ \end{aligned}"#)
    #expect(lines.components(separatedBy: "<mtr>").count == 3)
    #expect(lines.contains("text-align:right") && lines.contains("text-align:left"))
  }

  @Test(arguments: [
    #"\unknown"#, "{x", "x}", "x_", "x^a^b", #"\frac{1}"#, #"\left( x"#, #"\begin{cases} a"#,
    #"\begin{x} a \end{x}"#, #"\sqrt[3"#, String(repeating: "{", count: 500), "&", #"\text"#,
    #"\mathbb{"#, #"\right)"#, #"\"#,
  ]) func failures(tex: String) {
    #expect(throws: TeXParser.Failure.self) { try TeXParser.mathML(tex, isDisplay: false) }
  }

  // MARK: In Markdown

  private func page(_ markdown: String) -> String {
    HTMLPage(markdown: markdown, files: []).text
  }

  private func count(_ markdown: String) -> Int {
    page(markdown).components(separatedBy: "<math ").count - 1
  }

  /// GitHub's rule: no blank within the dollars' side, no digit behind; code and pictures are no prose.
  @Test(arguments: [
    ("$x$ and $y$", 2), ("It costs $5 and $6.", 0), ("$ x$ $y $", 0), ("a$x$b", 1), ("$$x$$", 1),
    (#"\$x\$"#, 0), ("`$x$`", 0), ("``$`x$``", 0), ("```\n$x$\n```\n$y$", 1), ("    $x$", 0),
    ("~~~tex\n$x$\n~~~", 0), ("$x\ny$", 0), ("$$x\ny$$", 1), ("$x$5", 0), ("$$ $$", 0),
    ("| a | b |\n|---|---|\n| $x_1$ | $x_2$ |", 2), ("# On $x_0$", 1), ("$$\nx\n\ny\n$$", 0),
    ("one ` tick and $x$", 1), ("an odd ` tick\n\n`$d$` and $$e$$\n\nthen $f$", 2),
    ("a cost of $6, see `$x$` here, and $y$", 1), ("an odd ` tick\n```\n$x$\n```\nand $y$", 1),
    ("**$a_1 * b_1$**", 1),
  ]) func finding(markdown: String, formulas: Int) { #expect(count(markdown) == formulas) }

  @Test func pagesAreWellFormed() throws {
    let text = page(
      """
      # The score $\\nabla \\log p(x)$

      With $x_t = \\alpha_t x_0 + \\sigma_t \\epsilon$ and *emphasis* around $a_1 * b_1 * c_1$:

      $$
      \\mathbb{E}\\left[\\lVert \\epsilon - \\hat\\epsilon_\\theta(x_t, t) \\rVert^2\\right]
      $$

      Not known: $\\frobnicate{x}$. ![a picture of $x$](none.png)
      """)
    _ = try #require(xmlElements(text), "well-formed")
    #expect(text.components(separatedBy: "<math ").count == 5)
    #expect(text.contains("display=\"block\""))
    // In titles as written, what is not known as code.
    #expect(text.contains("<title>The score $\\nabla \\log p(x)$</title>"))
    #expect(text.contains("<code>$\\frobnicate{x}$</code>"))
    #expect(!text.contains("\u{F0000}"))
  }
}
