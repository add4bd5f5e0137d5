import Foundation
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Plots
@testable import Reports

/// What a plot looks like beside its data: width, type, title, words.
@Suite struct PaperPlotTests: DrawnPlot {
  private static let bars =
    "y: eval/frechet_pca64, x: diffusion.schedule.kind, color: training.precision"

  private func root(_ svg: String) throws -> XMLElementText {
    try #require(xmlElements(svg)?.first)
  }

  /// 84 mm are 84/25.4·96 = 317.48 px; type of 8 pt is 32/3 px, so the layout has 317.48·12.5/(32/3) = 372.05 units.
  @Test func widthAndType() throws {
    let (_, svg, _) = try plot("{\(Self.bars), width: 84mm, font_size: 8pt}")
    let root = try root(svg)
    #expect(root.number("width") == 317.5)
    let box = try #require(root.attributes["viewBox"]).split(separator: " ").compactMap {
      Double($0)
    }
    try #require(box.count == 4)
    #expect(box[2] == 372)
    let height = try #require(root.number("height"))
    #expect(abs(height - box[3] * (32.0 / 3) / 12.5) < 0.1)
    // What is drawn stays within the layout.
    let elements = try #require(xmlElements(svg))
    for bar in elements where bar.name == "rect" && bar.classes.contains { $0.hasPrefix("f") } {
      let right = try #require(bar.number("x")) + #require(bar.number("width"))
      #expect(right < 372)
    }
  }

  /// Nothing asked for is as it ever was.
  @Test func asEver() throws {
    let (_, plain, _) = try plot("{\(Self.bars)}")
    let (_, same, _) = try plot("{\(Self.bars), width: 760px, font_size: 12.5px}")
    #expect(plain == same)
    #expect(try root(plain).number("width") == 760)
  }

  @Test func aTitleIsAboveAndWraps() throws {
    let title = "What the schedule does to the distance, and the precision, in three seeds of each"
    let (_, plain, _) = try plot("{\(Self.bars), width: 84mm}")
    let (_, svg, _) = try plot("{\(Self.bars), width: 84mm, title: '\(title)'}")
    let lines = try #require(xmlElements(svg)).filter {
      $0.name == "text" && $0.classes == ["ink", "strong"] && title.contains($0.text)
    }
    #expect(lines.count == 2 && lines.map(\.text).joined(separator: " ") == title)
    #expect(try root(svg).number("height") ?? 0 > root(plain).number("height") ?? 0)
    #expect(svg.contains("<title>\(title)</title>"))
  }

  @Test func words() throws {
    let (_, svg, _) = try plot(
      """
      {kind: line, y: train/loss, color: training.precision, band: range, xlabel: updates, \
      ylabel: loss, names: {bf16: bfloat16, training.precision: Arithmetic}}
      """)
    let texts = Set(try #require(xmlElements(svg)).map(\.text))
    #expect(texts.isSuperset(of: ["updates", "loss", "bfloat16", "fp32"]))
    #expect(!texts.contains("bf16"))

    let (_, facets, _) = try plot(
      """
      {kind: scatter, y: eval/frechet_pca64, x: seed, color: diffusion.schedule.kind, \
      facet: training.precision, names: {bf16: bfloat16, diffusion.schedule.kind: noise, \
      eval/frechet_pca64: distance, seed: draw}}
      """)
    let words = Set(try #require(xmlElements(facets)).map(\.text))
    #expect(words.isSuperset(of: ["bfloat16", "precision = fp32", "noise", "distance", "draw"]))
  }

  /// A number is the same in any notation.
  @Test func numbersByName() throws {
    let (_, svg, _) = try plot(
      "{y: train/loss, color: seed, band: range, names: {1.0e+0: first, 2.0: second}}")
    let texts = Set(try #require(xmlElements(svg)).map(\.text))
    #expect(texts.isSuperset(of: ["0", "first", "second"]))
  }

  @Test(arguments: [
    ("width: 84", "'plot.width' expects a length with its unit (mm, cm, in, pt, px), not 84|84mm?"),
    ("width: wide", "'plot.width' expects a length|for instance 84mm"),
    ("width: 3mm", "'plot.width' must be from 31.7mm to 1058mm, not 3mm|"),
    ("font_size: 9", "'plot.font_size' expects a length|9pt"),
    (
      "width: 40mm, font_size: 12pt",
      "at least 16 times as wide as its type is large, 67.7mm|smaller"
    ),
    ("names: [a]", "'plot.names' expects a mapping|{bf16: bfloat16"),
    ("names: {a: {b: c}}", "'plot.names' expects a mapping from what is shown to text|"),
  ])
  func errors(keys: String, expected: String) {
    let text =
      "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: {y: train/loss, \(keys)}\n"
    var message = ""
    do { _ = try ExperimentFile.read(text: text, path: "x.yaml") } catch { message = "\(error)" }
    for part in expected.split(separator: "|") { #expect(message.contains(part), "\(message)") }
  }

  /// Every kind of plot can be as narrow as a column of text.
  @Test(arguments: [
    "kind: line, y: train/loss, facet: training.precision, color: seed",
    "kind: scatter, y: eval/frechet_pca64, x: seed, color: training.precision",
    "kind: bar, y: eval/frechet_pca64, x: diffusion.schedule.kind, facet: seed",
    "kind: heatmap, x: training.precision, y: diffusion.schedule.kind, color: eval/frechet_pca64",
    "kind: parallel, y: eval/frechet_pca64, axes: [training.precision, diffusion.schedule.kind]",
  ]) func narrow(keys: String) throws {
    let (_, svg, _) = try plot("{\(keys), width: 60mm, font_size: 8pt}")
    let elements = try #require(xmlElements(svg))
    let width = try #require(root(svg).attributes["viewBox"]).split(separator: " ")
      .compactMap { Double($0) }[2]
    for element in elements {
      for name in ["x", "x1", "x2", "cx"] {
        guard let x = element.number(name) else { continue }
        #expect(x >= -1 && x <= width + 1, "\(element.name) at \(x) of \(width)")
      }
    }
  }
}
