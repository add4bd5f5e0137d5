/// A terminal that keeps what it is sent: enough of one for what the program draws. Whatever else comes is a finding.
package struct VirtualTerminal {
  package let width: Int
  package let height: Int
  /// What stands in each place; empty behind a wide character.
  package private(set) var places: [[String]]
  package private(set) var column = 0
  package private(set) var row = 0
  /// Modes like "?1049" that are set.
  package private(set) var modes: Set<String> = ["?7", "?25"]
  /// Sequences that the program has no use for.
  package private(set) var findings: [String] = []
  /// Control strings of Kitty's pictures, without their contents.
  package private(set) var kitty: [String] = []
  package private(set) var sixels = 0
  /// Everything that came, as letters.
  package private(set) var received = ""

  package init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    places = Array(repeating: Array(repeating: " ", count: width), count: height)
  }

  /// Lines without the blanks at their ends.
  package var lines: [String] {
    places.map { row in
      var line = row.joined()
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  package var text: String { lines.joined(separator: "\n") }

  package mutating func send(_ text: String) {
    received += text
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\u{1B}": escape(&rest)
      case "\n": nextRow()
      case "\r": column = 0
      default:
        if scalar.properties.generalCategory == .control
          || scalar.properties.generalCategory == .format
        {
          findings.append("U+" + String(scalar.value, radix: 16, uppercase: true))
        } else {
          put(scalar)
        }
      }
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let category = scalar.properties.generalCategory
    if category == .nonspacingMark || category == .enclosingMark || category == .spacingMark {
      let last = column > 0 && places[row][column - 1].isEmpty ? column - 2 : column - 1
      if last >= 0 { places[row][last].unicodeScalars.append(scalar) }
      return
    }
    let isWide =
      (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xA4CF).contains(scalar.value)
      || (0xAC00...0xD7A3).contains(scalar.value) || (0xFF00...0xFF60).contains(scalar.value)
      || (0x1F300...0x1FAFF).contains(scalar.value)
    if column + (isWide ? 2 : 1) > width {
      guard modes.contains("?7") else {
        findings.append("beyond the right edge: \(scalar)")
        return
      }
      column = 0
      nextRow()
      guard width > 1 || !isWide else { return }
    }
    places[row][column] = String(Character(scalar))
    if isWide { places[row][column + 1] = "" }
    column += isWide ? 2 : 1
  }

  private mutating func nextRow() {
    if row + 1 < height {
      row += 1
    } else {
      places.removeFirst()
      places.append(Array(repeating: " ", count: width))
    }
  }

  private mutating func escape(_ rest: inout ArraySlice<Unicode.Scalar>) {
    switch rest.popFirst() {
    case "[": control(&rest)
    case "_":
      let text = string(&rest)
      if text.hasPrefix("G") {
        kitty.append(String(text.prefix { $0 != ";" }))
      } else {
        findings.append("APC")
      }
    case "P":
      _ = string(&rest)
      sixels += 1
    case "]": if !string(&rest).hasPrefix("11;?") { findings.append("OSC") }
    case let other: findings.append("ESC \(other.map(String.init) ?? "")")
    }
  }

  private func string(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == "\u{1B}" {
        _ = rest.popFirst()
        break
      }
      text.append(scalar)
    }
    return String(text)
  }

  private mutating func control(_ rest: inout ArraySlice<Unicode.Scalar>) {
    var parameters = ""
    while let scalar = rest.popFirst() {
      guard (0x40...0x7E).contains(scalar.value) else {
        parameters.unicodeScalars.append(scalar)
        continue
      }
      let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map {
        Int($0)
      }
      switch (scalar, parameters) {
      case ("H", _):
        row = min(height - 1, (numbers.first.flatMap { $0 } ?? 1) - 1)
        column = min(width - 1, (numbers.count > 1 ? numbers[1] ?? 1 : 1) - 1)
      case ("G", _): column = min(width - 1, (numbers.first.flatMap { $0 } ?? 1) - 1)
      case ("A", _): row = max(0, row - (numbers.first.flatMap { $0 } ?? 1))
      case ("J", "2"):
        places = Array(repeating: Array(repeating: " ", count: width), count: height)
      case ("J", ""), ("J", "0"):
        for x in column..<width { places[row][x] = " " }
        for y in row + 1..<max(row + 1, height) {
          places[y] = Array(repeating: " ", count: width)
        }
      case ("K", _): for x in column..<width { places[row][x] = " " }
      case ("h", _): modes.insert(parameters)
      case ("l", _): modes.remove(parameters)
      case ("m", _), ("c", ""), ("t", "16"): break
      default: findings.append("CSI \(parameters)\(scalar)")
      }
      return
    }
  }
}
