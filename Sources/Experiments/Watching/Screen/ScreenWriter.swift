import Text

/// What to send a terminal so that it shows a canvas: only what has changed since the one before, in one update where the
/// terminal can.
package struct ScreenWriter: Sendable {
  package var abilities: TerminalAbilities {
    didSet { if abilities != oldValue { isLost = true } }
  }
  private var shown = Canvas(width: 0, height: 0)
  private var pictures: [PlacedPicture] = []
  /// Whether nothing is known of what the terminal shows.
  private var isLost = true
  /// Numbers of Kitty's pictures count from here, so that those of other programs are left alone.
  private static let firstPicture: UInt32 = 0x5742_0001

  package init(_ abilities: TerminalAbilities) { self.abilities = abilities }

  /// The terminal was cleared, was another's meanwhile or has another size.
  package mutating func forget() { isLost = true }

  /// - Returns: nothing where the terminal shows it already.
  package mutating func update(_ canvas: Canvas, pictures new: [PlacedPicture] = []) -> String {
    let isFresh = isLost || canvas.width != shown.width || canvas.height != shown.height
    var out = ""
    if isFresh {
      out += removedPictures() + "\u{1B}[0m\u{1B}[2J"
      (shown, pictures) = (Canvas(width: canvas.width, height: canvas.height), [])
      isLost = false
    }
    // Where a picture was or comes, places are written anew: sixels are part of them.
    var forced = Set<Int>()
    if abilities.pictures == .sixel {
      for picture in pictures where !new.contains(picture) { forced.formUnion(picture.area.rows) }
    }
    var style = CellStyle.plain
    var written = Set<Int>()
    for y in 0..<canvas.height {
      guard let span = span(y, canvas, isForced: forced.contains(y)) else { continue }
      written.insert(y)
      out += row(canvas.rows[y], y: y, span, &style)
    }
    if style != .plain { out += "\u{1B}[0m" }
    out += self.pictures(new, written: written)
    (shown, pictures) = (canvas, new)
    return out.isEmpty ? "" : "\u{1B}[?2026h" + out + "\u{1B}[?2026l"
  }

  /// What takes all pictures away.
  package func removedPictures() -> String {
    guard abilities.pictures == .kitty else { return "" }
    return pictures.indices.map { KittyPicture.removed(id: Self.firstPicture + UInt32($0)) }
      .joined()
  }

  /// A line for a terminal that is not drawn in place: colours, no movement.
  package func line(_ cells: [Canvas.Cell]) -> String {
    var style = CellStyle.plain
    let end = (cells.lastIndex { $0 != Canvas.Cell() } ?? -1) + 1
    var out = ""
    for cell in cells[..<end] where !cell.text.isEmpty {
      out += change(from: style, to: cell.style) + abilities.shown(cell.text)
      style = cell.style
    }
    return style == .plain ? out : out + "\u{1B}[0m"
  }

  // MARK: - Pictures

  private func pictures(_ new: [PlacedPicture], written: Set<Int>) -> String {
    var out = ""
    switch abilities.pictures {
    case .kitty:
      for place in 0..<max(new.count, pictures.count) {
        let id = Self.firstPicture + UInt32(place)
        guard place < new.count else {
          out += KittyPicture.removed(id: id)
          continue
        }
        if place < pictures.count, pictures[place] == new[place] { continue }
        let area = new[place].area
        if place < pictures.count { out += KittyPicture.removed(id: id) }
        out += Self.cursor(area.x, area.y)
        out += KittyPicture.shown(
          new[place].image, id: id, columns: area.width, rows: area.height)
      }
    case .sixel:
      for picture in new
      where !pictures.contains(picture) || !written.isDisjoint(with: picture.area.rows) {
        out += Self.cursor(picture.area.x, picture.area.y) + SixelPicture.shown(picture.image)
      }
    case .blocks, .none: break
    }
    return out
  }

  private static func cursor(_ x: Int, _ y: Int) -> String { "\u{1B}[\(y + 1);\(x + 1)H" }

  // MARK: - Rows

  /// Columns from the first to the last that is to be written.
  private func span(_ y: Int, _ canvas: Canvas, isForced: Bool) -> Range<Int>? {
    let (old, new) = (shown.rows[y], canvas.rows[y])
    if isForced { return 0..<new.count }
    guard old != new, var first = new.indices.first(where: { old[$0] != new[$0] }),
      var last = new.indices.last(where: { old[$0] != new[$0] })
    else { return nil }
    // A wide character is written whole.
    while first > 0, new[first].text.isEmpty || old[first].text.isEmpty { first -= 1 }
    while last + 1 < new.count, new[last + 1].text.isEmpty || old[last + 1].text.isEmpty {
      last += 1
    }
    return first..<last + 1
  }

  private func row(
    _ cells: [Canvas.Cell], y: Int, _ span: Range<Int>, _ style: inout CellStyle
  ) -> String {
    var out = Self.cursor(span.lowerBound, y)
    var isSure = true
    for x in span where !cells[x].text.isEmpty {
      // How wide other letters are, terminals do not agree on: the next place is named.
      if !isSure { out += "\u{1B}[\(x + 1)G" }
      out += change(from: style, to: cells[x].style)
      style = cells[x].style
      let text = abilities.shown(cells[x].text)
      out += text
      isSure = Self.isOneColumn(text)
    }
    return out
  }

  /// Letters that every terminal gives one column.
  private static func isOneColumn(_ text: String) -> Bool {
    guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first else {
      return false
    }
    switch scalar.value {
    case 0x20...0x7E, 0x2500...0x259F, 0x2800...0x28FF: return true
    default: return false
    }
  }

  // MARK: - Colours

  private func change(from old: CellStyle, to new: CellStyle) -> String {
    guard old != new else { return "" }
    if new == .plain { return "\u{1B}[0m" }
    var codes: [String] = []
    let isOther =
      old.isBold != new.isBold || old.isDim != new.isDim || old.isReversed != new.isReversed
    if isOther {
      codes.append("0")
      if new.isBold { codes.append("1") }
      if new.isDim { codes.append("2") }
      if new.isReversed { codes.append("7") }
    }
    if isOther ? new.ink != .standard : new.ink != old.ink {
      codes += code(new.ink, isInk: true).map { [$0] } ?? []
    }
    if isOther ? new.paper != .standard : new.paper != old.paper {
      codes += code(new.paper, isInk: false).map { [$0] } ?? []
    }
    return codes.isEmpty ? "" : "\u{1B}[\(codes.joined(separator: ";"))m"
  }

  private func code(_ color: CellStyle.Color, isInk: Bool) -> String? {
    if color == .standard { return isInk ? "39" : "49" }
    guard abilities.colors > .none else { return nil }
    func named(_ number: UInt8) -> String {
      String((number < 8 ? 30 : 82) + Int(number) + (isInk ? 0 : 10))
    }
    switch color {
    case .standard: return nil
    case .named(let number): return named(number)
    case .series(let index):
      guard abilities.colors > .sixteen else {
        return named(Self.sixteen[index % Self.sixteen.count])
      }
      let levels = SeriesColor.levels(index, isDark: abilities.isDark)
      return code(.levels(levels.0, levels.1, levels.2), isInk: isInk)
    case .levels(let red, let green, let blue):
      let start = isInk ? "38" : "48"
      switch abilities.colors {
      case .full: return "\(start);2;\(red);\(green);\(blue)"
      case .palette: return "\(start);5;\(Self.place(red, green, blue))"
      case .sixteen, .none: return nil
      }
    }
  }

  /// Blue, red, green, magenta, cyan, yellow: what comes nearest to the colours of reports.
  private static let sixteen: [UInt8] = [4, 1, 2, 5, 6, 3]

  /// The nearest of the 6×6×6 cube or of the 24 greys.
  private static func place(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
    func step(_ level: UInt8) -> Int {
      level < 48 ? 0 : level < 115 ? 1 : (Int(level) - 35) / 40
    }
    if red == green, green == blue, (8...238).contains(red) { return 232 + (Int(red) - 8) / 10 }
    return 16 + 36 * step(red) + 6 * step(green) + step(blue)
  }
}

extension Area {
  /// Rows that it covers.
  fileprivate var rows: Range<Int> { y..<y + height }
}
