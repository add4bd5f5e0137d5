import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What an XML document holds, element by element; nil if it is not well-formed.
func xmlElements(_ text: String) -> [XMLElementText]? {
  final class Reader: NSObject, XMLParserDelegate {
    var found: [XMLElementText] = []
    var open: [Int] = []
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      open.append(found.count)
      found.append(XMLElementText(name: name, attributes: attributes))
    }
    func parser(_ parser: XMLParser, foundCharacters string: String) {
      if let last = open.last { found[last].text += string }
    }
    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      open.removeLast()
    }
  }
  let reader = Reader()
  let parser = XMLParser(data: Data(text.utf8))
  parser.delegate = reader
  return parser.parse() ? reader.found : nil
}

struct XMLElementText {
  var name: String
  var attributes: [String: String]
  /// Directly in it.
  var text = ""

  func number(_ attribute: String) -> Double? { attributes[attribute].flatMap(Double.init) }

  var classes: [String] { (attributes["class"] ?? "").split(separator: " ").map(String.init) }

  /// Absolute corners of a path of `M x y l dx dy …`, a list for each `M`.
  var corners: [[(x: Double, y: Double)]] {
    (attributes["d"] ?? "").split(separator: "M").map { piece in
      let numbers = piece.split { !"-.0123456789".contains($0) }.flatMap(Self.numbers)
      var corners: [(x: Double, y: Double)] = []
      for pair in stride(from: 0, to: numbers.count - 1, by: 2) {
        let last = corners.last ?? (0, 0)
        corners.append((last.x + numbers[pair], last.y + numbers[pair + 1]))
      }
      return corners
    }
  }

  /// "7-3" is two numbers.
  private static func numbers(_ text: Substring) -> [Double] {
    var parts: [String] = [""]
    for character in text {
      if character == "-", parts[parts.count - 1] != "" { parts.append("") }
      parts[parts.count - 1].append(character)
    }
    return parts.compactMap(Double.init)
  }
}

/// Where values lie on an axis of a drawn plot, from its labelled ticks.
struct DrawnAxis {
  /// (value, pixel), low to high.
  var ticks: [(value: Double, pixel: Double)]
  var isLogarithmic = false

  /// The value at a pixel, by the outermost ticks.
  func value(_ pixel: Double) -> Double {
    let (a, b) = (ticks[0], ticks[ticks.count - 1])
    let share = (pixel - a.pixel) / (b.pixel - a.pixel)
    if isLogarithmic { return a.value * pow(b.value / a.value, share) }
    return a.value + share * (b.value - a.value)
  }
}
