import Foundation
import Text

/// An SVG under construction: a few shapes, classes of `PlotTheme` for their looks, coordinates
/// in pixels from the top left with one digit after the point.
struct SVGCanvas {
  enum Anchor: String {
    case start, middle, end
  }

  let width: Double
  let height: Double
  private let page: PlotPage
  /// Whether the colours of amounts are needed.
  var usesAmounts = false
  /// Whether the looks of clouds of points are needed.
  var usesPlanes = false
  /// Where data lie, for a page that answers to the pointer: `PlotFrame.description` of each panel.
  var frames: [String] = []
  /// Axes side by side, for the same.
  var axes: [Axis] = []
  private var body = ""

  /// - Parameters:
  ///   - width: of the drawing, in units of the layout.
  ///   - page: which scales it and puts a title above.
  init(width: Double, height: Double, page: PlotPage = PlotPage()) {
    self.width = width
    self.height = height
    self.page = page
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String, extra: String = ""
  ) {
    body += "<line class=\"\(name)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\""
    body += " y2=\"\(n(y2))\"\(extra)/>\n"
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, class name: String, radius: Double = 0
  ) {
    let corners = radius > 0 ? " rx=\"\(n(radius))\"" : ""
    body += "<rect class=\"\(name)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\""
    body += " height=\"\(n(height))\"\(corners)/>\n"
  }

  /// A rectangle of lines.
  mutating func outline(
    x: Double, y: Double, width: Double, height: Double, class name: String
  ) {
    body +=
      "<path class=\"\(name)\" d=\"M\(n(x)) \(n(y))h\(n(width))v\(n(height))h\(n(-width))Z\"/>\n"
  }

  mutating func circle(x: Double, y: Double, radius: Double, class name: String) {
    body += "<circle class=\"\(name)\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\"/>\n"
  }

  /// Pieces of a line, each drawn without a gap.
  mutating func polyline(_ pieces: [[Point]], class name: String, extra: String = "") {
    let path = pieces.filter { !$0.isEmpty }.map(path).joined()
    guard !path.isEmpty else { return }
    body += "<path class=\"\(name)\" d=\"\(path)\"\(extra)/>\n"
  }

  mutating func polygon(_ points: [Point], class name: String) {
    guard points.count > 2 else { return }
    body += "<path class=\"\(name)\" d=\"\(path(points))Z\"/>\n"
  }

  /// Round dots, of the width of the class's stroke, as one path: a dozen bytes each.
  mutating func dots(_ points: [Point], class name: String) {
    guard !points.isEmpty else { return }
    let path = points.map { "M\(n($0.x)) \(n($0.y))h0" }.joined()
    body += "<path class=\"\(name)\" d=\"\(path)\"/>\n"
  }

  /// A picture that lies in the file itself.
  /// - Parameter isPixelated: whether its pixels are shown as squares.
  mutating func image(
    png: [UInt8], x: Double, y: Double, width: Double, height: Double, isPixelated: Bool
  ) {
    body += "<image x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\""
    body += " preserveAspectRatio=\"none\"\(isPixelated ? " image-rendering=\"pixelated\"" : "")"
    body += " href=\"data:image/png;base64,\(Data(png).base64EncodedString())\"/>\n"
  }

  /// `y` is the base line; the text is foreign and escaped here. `angle` turns it around (x, y), in
  /// degrees, clockwise.
  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, class name: String = "ink",
    angle: Double = 0
  ) {
    var place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    if angle != 0 { place += " transform=\"rotate(\(n(angle)) \(n(x)) \(n(y)))\"" }
    body += "<text class=\"\(name)\" x=\"\(n(x))\" y=\"\(n(y))\"\(place)>"
    body += "\(XMLText.escaped(text))</text>\n"
  }

  /// The file; `title` and `summary` are for screen readers.
  func document(title: String, summary: String) -> String {
    let (heading, top) = heading
    let (whole, scale) = (top + height, page.scale)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(n(width * scale))" \
      height="\(n(whole * scale))" viewBox="0 0 \(n(width)) \(n(whole))" role="img"\(framesAttribute(below: top))>
      <title>\(XMLText.escaped(page.title ?? title))</title>
      <desc>\(XMLText.escaped(summary))</desc>
      <style>
      \(PlotTheme.styleSheet(amounts: usesAmounts, planes: usesPlanes))
      </style>
      <rect class="surface" width="100%" height="100%"/>
      \(heading)\(top > 0 ? "<g transform=\"translate(0 \(n(top)))\">\n\(body)</g>\n" : body)</svg>

      """
  }

  private func framesAttribute(below top: Double) -> String {
    if !axes.isEmpty {
      let texts = axes.map { $0.description(below: top) }
      return " data-axes=\"\(texts.joined(separator: ";"))\""
    }
    return frames.isEmpty ? "" : " data-frames=\"\(n(top));\(frames.joined(separator: ";"))\""
  }

  /// A vertical axis of its own.
  struct Axis {
    var x, top, bottom: Double
    var scale: AxisScale
    var path: String
    /// Of categories; else none.
    var names: [String]

    /// Where it lies, how it counts, from where to where, then its path and its names, percent-encoded.
    fileprivate func description(below offset: Double) -> String {
      let kind =
        !names.isEmpty ? "names" : scale.kind == .logarithmic ? "log" : "linear"
      let texts = ([path] + names).map {
        $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      }
      return
        (["\(x)", "\(offset + top)", "\(offset + bottom)", kind, "\(scale.low)", "\(scale.high)"]
        + texts).joined(separator: " ")
    }
  }

  /// The page's title, and how far it pushes the drawing down.
  private var heading: (svg: String, height: Double) {
    let lines = page.titleLines(width: width - 16)
    guard !lines.isEmpty else { return ("", 0) }
    var canvas = SVGCanvas(width: width, height: 0)
    for (index, line) in lines.enumerated() {
      canvas.text(line, x: 8, y: 20 + 17 * Double(index), class: "ink strong")
    }
    return (canvas.body, 12 + 17 * Double(lines.count))
  }

  /// Absolute start, then relative steps: half the bytes. Steps are of rounded positions, so that
  /// rounding does not add up.
  private func path(_ points: [Point]) -> String {
    var text = ""
    var last = (x: 0, y: 0)
    for (index, point) in points.enumerated() {
      let x = Int((point.x * 10).rounded())
      let y = Int((point.y * 10).rounded())
      if index == 0 {
        // A single point shows as a dot, thanks to the round cap.
        text += "M\(tenths(x)) \(tenths(y))\(points.count == 1 ? "h0" : "l")"
      } else {
        text += (index == 1 ? "" : " ") + "\(tenths(x - last.x)) \(tenths(y - last.y))"
      }
      last = (x, y)
    }
    return text
  }

  private func n(_ value: Double) -> String { tenths(Int((value * 10).rounded())) }

  private func tenths(_ value: Int) -> String {
    let sign = value < 0 ? "-" : ""
    let whole = abs(value) / 10
    let digit = abs(value) % 10
    if digit == 0 { return "\(sign)\(whole)" }
    return whole == 0 ? "\(sign).\(digit)" : "\(sign)\(whole).\(digit)"
  }
}

/// A place on the canvas, or a pair of data values.
package struct Point: Sendable, Hashable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}
