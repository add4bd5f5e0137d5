import Text

/// A rectangle of the screen, from the top left corner.
package struct Area: Sendable, Hashable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int = 0, y: Int = 0, width: Int, height: Int) {
    (self.x, self.y) = (x, y)
    (self.width, self.height) = (max(0, width), max(0, height))
  }

  package var isEmpty: Bool { width == 0 || height == 0 }

  /// Without a margin.
  package func inset(_ across: Int, _ down: Int) -> Area {
    Area(x: x + across, y: y + down, width: width - 2 * across, height: height - 2 * down)
  }
}

/// A picture of what a terminal shows: a grid of places. What lies outside of it is left out, so that nothing that is drawn
/// has to know how small the terminal is.
package struct Canvas: Sendable, Hashable {
  /// One place; a wide character takes the one behind it too, whose text is empty.
  package struct Cell: Sendable, Hashable {
    package var text = " "
    package var style = CellStyle.plain

    package init(_ text: String = " ", _ style: CellStyle = .plain) {
      (self.text, self.style) = (text, style)
    }
  }

  package let width: Int
  package let height: Int
  /// From the top.
  package private(set) var rows: [[Cell]]

  package init(width: Int, height: Int) {
    (self.width, self.height) = (max(0, width), max(0, height))
    rows = Array(
      repeating: Array(repeating: Cell(), count: self.width), count: self.height)
  }

  package subscript(x: Int, y: Int) -> Cell {
    get {
      guard rows.indices.contains(y), rows[y].indices.contains(x) else { return Cell() }
      return rows[y][x]
    }
    set {
      guard rows.indices.contains(y), rows[y].indices.contains(x) else { return }
      // Half of a wide character is none.
      if rows[y][x].text.isEmpty, x > 0 { rows[y][x - 1].text = " " }
      if x + 1 < width, rows[y][x + 1].text.isEmpty { rows[y][x + 1].text = " " }
      rows[y][x] = newValue
    }
  }

  /// Writes text, foreign or not, on one line; what does not fit is cut in the middle.
  /// - Parameter room: columns, at most; nil: to the right edge.
  /// - Returns: how many columns it took.
  @discardableResult
  package mutating func write(
    _ text: String, x: Int, y: Int, room: Int? = nil, _ style: CellStyle = .plain
  ) -> Int {
    let room = min(room ?? width - x, width - x)
    guard room > 0, rows.indices.contains(y), x >= 0 else { return 0 }
    var column = x
    for place in Canvas.places(text, room: room) {
      self[column, y] = Cell(place.text, style)
      if place.width == 2 {
        rows[y][column + 1] = Cell("", style)
      }
      column += place.width
    }
    return column - x
  }

  /// The same against the right edge of an area.
  @discardableResult
  package mutating func writeRight(
    _ text: String, to right: Int, y: Int, room: Int, _ style: CellStyle = .plain
  ) -> Int {
    let places = Canvas.places(text, room: room)
    let taken = places.reduce(0) { $0 + $1.width }
    return write(text, x: right - taken, y: y, room: taken, style)
  }

  /// Columns that a text takes.
  package static func width(of text: String) -> Int {
    TerminalText.places(text).reduce(0) { $0 + $1.width }
  }

  /// Places of a text that take `room` columns at most.
  static func places(_ text: String, room: Int) -> [(text: String, width: Int)] {
    guard room > 0 else { return [] }
    // Far more than fits is not looked at: a name may be a megabyte.
    let isLong = text.utf8.count > 16 * room + 1024
    let sample =
      isLong
      ? String(text.unicodeScalars.prefix(4 * room + 256)) + "…"
        + String(String.UnicodeScalarView(text.unicodeScalars.suffix(4 * room + 256))) : text
    let places = TerminalText.places(sample)
    if places.reduce(0, { $0 + $1.width }) <= room { return places }
    let tailRoom = (room - 1) / 2
    var (tail, tailWidth) = ([(text: String, width: Int)](), 0)
    for place in places.reversed() {
      if tailWidth + place.width > tailRoom { break }
      tail.append(place)
      tailWidth += place.width
    }
    var (head, headWidth) = ([(text: String, width: Int)](), 0)
    for place in places {
      if headWidth + place.width + tailWidth > room - 1 { break }
      head.append(place)
      headWidth += place.width
    }
    return head + [("…", 1)] + tail.reversed()
  }

  package mutating func fill(_ area: Area, _ style: CellStyle) {
    for y in max(0, area.y)..<max(0, area.y, min(height, area.y + area.height)) {
      for x in max(0, area.x)..<max(0, area.x, min(width, area.x + area.width)) {
        rows[y][x].style = style
      }
    }
  }

  /// A frame with a title in its upper edge, and a word in the lower.
  /// - Returns: what is inside of it.
  package mutating func frame(
    _ area: Area, title: String, foot: String = "", isActive: Bool = false
  ) -> Area {
    guard area.width >= 4, area.height >= 3 else { return area }
    let style = isActive ? CellStyle(.named(6)) : CellStyle.dim
    let right = area.x + area.width - 1
    let bottom = area.y + area.height - 1
    for x in area.x + 1..<right {
      self[x, area.y] = Cell("─", style)
      self[x, bottom] = Cell("─", style)
    }
    for y in area.y + 1..<bottom {
      self[area.x, y] = Cell("│", style)
      self[right, y] = Cell("│", style)
    }
    self[area.x, area.y] = Cell("╭", style)
    self[right, area.y] = Cell("╮", style)
    self[area.x, bottom] = Cell("╰", style)
    self[right, bottom] = Cell("╯", style)
    if !title.isEmpty {
      let taken = write(title, x: area.x + 3, y: area.y, room: area.width - 6, .bold)
      if taken > 0 {
        self[area.x + 2, area.y] = Cell()
        self[area.x + 3 + taken, area.y] = Cell()
      }
    }
    if !foot.isEmpty, area.width > 8 {
      let taken = writeRight(foot, to: right - 2, y: bottom, room: area.width - 6, .dim)
      self[right - 2, bottom] = Cell()
      self[right - 3 - taken, bottom] = Cell()
    }
    return area.inset(1, 1)
  }

  /// Lines of a text broken between words.
  package static func wrapped(_ text: String, width: Int, most: Int) -> [String] {
    guard width > 0, most > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    for word in text.prefix(20_000).split(whereSeparator: { $0 == " " || $0.isNewline }) {
      let longer = line.isEmpty ? String(word) : line + " " + word
      if !line.isEmpty, Canvas.width(of: longer) > width {
        lines.append(line)
        line = String(word)
        if lines.count == most { break }
      } else {
        line = longer
      }
    }
    if !line.isEmpty, lines.count < most {
      lines.append(line)
    } else if !line.isEmpty {
      lines[lines.count - 1] += " …"
    }
    return lines
  }

  /// As plain text, blanks at the ends of lines left out.
  package var text: String { rows.map { Canvas.text(of: $0) + "\n" }.joined() }

  package static func text(of row: [Cell], _ abilities: TerminalAbilities = .plain) -> String {
    var line = row.map { abilities.shown($0.text) }.joined()
    while line.last == " " { line.removeLast() }
    return line
  }
}
