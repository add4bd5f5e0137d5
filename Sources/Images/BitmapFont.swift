private import Foundation

/// The project's own small typeface: printable ASCII, seven pixels tall and two below the line,
/// at most five wide, proportional (digits all alike, so that columns of numbers line up).
enum BitmapFont {
  struct Glyph: Hashable, Sendable {
    var width: Int
    /// From the top; bit 0 is the leftmost pixel.
    var rows: [UInt8]
  }

  /// Pixels between two letters.
  static let spacing = 1
  /// Pixels from the top to the line the letters stand on.
  static let ascent = 7
  /// Pixels of a whole line, with what hangs below.
  static let height = 9

  /// Width of a line of text in pixels at scale 1.
  static func width(of text: String) -> Int {
    let glyphs = glyphs(of: text)
    return glyphs.reduce(0) { $0 + $1.width + spacing } - (glyphs.isEmpty ? 0 : spacing)
  }

  /// One glyph a character; what the font has not is replaced by its nearest likeness or by "?".
  static func glyphs(of text: String) -> [Glyph] {
    text.flatMap { (character: Character) -> String in likeness(of: character) ?? "?" }
      .map { (character: Character) -> Glyph in glyphs[Int(character.asciiValue ?? 63) - 32] }
  }

  /// A name in the font's characters, without those that it has not; nil where no letter is left of one that had others.
  static func legible(_ name: String) -> String? {
    let known = name.compactMap(likeness(of:))
    let text = known.joined().trimmingCharacters(in: .whitespaces)
    let isWhole = known.count == name.count && !text.isEmpty
    return isWhole || text.contains(where: \.isLetter) ? text : nil
  }

  /// Printable ASCII in place of a character; nil: there is none. Of letters with accents those without.
  private static func likeness(of character: Character) -> String? {
    if let code = character.asciiValue {
      return (32..<127).contains(code) ? String(character) : nil
    }
    if let likeness = likenesses[character] { return likeness }
    var text = ""
    for scalar in String(character).decomposedStringWithCompatibilityMapping.unicodeScalars
    where scalar.properties.generalCategory != .nonspacingMark {
      guard let likeness = likenesses[Character(scalar)] ?? (scalar.isASCII ? String(scalar) : nil)
      else { return nil }
      text += likeness
    }
    return text.isEmpty ? nil : text
  }

  private static let likenesses: [Character: String] = [
    "−": "-", "–": "-", "—": "-", "×": "x", "·": ".", "…": "...", "’": "'", "‘": "'", "“": "\"",
    "”": "\"", "≤": "<=", "≥": ">=", "→": "->", "±": "+-", "ε": "e", "η": "eta", "β": "beta",
    "σ": "sigma", "ᾱ": "alpha-bar", "α": "alpha", "²": "^2", "√": "sqrt ", "⁄": "/",
    // Latin letters that no accent makes.
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l",
    "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h",
  ]

  /// Of the characters 32 to 126.
  static let glyphs: [Glyph] = {
    let lines = sheet.split(separator: "\n").map { $0.utf8.map { $0 == UInt8(ascii: "#") } }
    return (32..<127).map { code in
      let top = (code - 32) / 16 * height
      let left = (code - 32) % 16 * 6
      return glyph(
        (top..<top + height).map { Array(lines[$0][left..<left + 5]) },
        isTrimmed: !(48..<58).contains(code))
    }
  }()

  /// Leaves out the empty columns left and right; a space keeps three.
  private static func glyph(_ ink: [[Bool]], isTrimmed: Bool) -> Glyph {
    let inked = (0..<5).filter { column in ink.contains { $0[column] } }
    let columns =
      isTrimmed ? (inked.first ?? 0)..<(inked.last ?? 2) + 1 : 0..<5
    let rows = ink.map { row in
      columns.reduce(UInt8(0)) { $0 | (row[$1] ? 1 << ($1 - columns.lowerBound) : 0) }
    }
    return Glyph(width: columns.count, rows: rows)
  }

  /// Sixteen characters a band, in the order of ASCII from the space.
  private static let sheet = """
    ..... ..#.. .#.#. ..... ..#.. ##... .##.. ..#.. ...#. .#... ..... ..... ..... ..... ..... ....#
    ..... ..#.. .#.#. .#.#. .#### ##..# #..#. ..#.. ..#.. ..#.. ..#.. ..#.. ..... ..... ..... ....#
    ..... ..#.. .#.#. ##### #.#.. ...#. #.#.. ..#.. .#... ...#. #.#.# ..#.. ..... ..... ..... ...#.
    ..... ..#.. ..... .#.#. .###. ..#.. .#... ..... .#... ...#. .###. ##### ..... ##### ..... ..#..
    ..... ..#.. ..... .#.#. ..#.# .#... #.#.# ..... .#... ...#. #.#.# ..#.. ..... ..... ..... .#...
    ..... ..... ..... ##### ####. #..## #..#. ..... ..#.. ..#.. ..#.. ..#.. .##.. ..... .##.. #....
    ..... ..#.. ..... .#.#. ..#.. ...## .##.# ..... ...#. .#... ..... ..... .##.. ..... .##.. #....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..#.. ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... .....

    .###. ..#.. .###. .###. ...#. ##### ..##. ##### .###. .###. ..... ..... ...#. ..... .#... .###.
    #...# .##.. #...# #...# ..##. #.... .#... ....# #...# #...# ..... ..... ..#.. ..... ..#.. #...#
    #..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...# .##.. .##.. .#... ##### ...#. ....#
    #.#.# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .#### .##.. .##.. #.... ..... ....# ...#.
    ##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# ..... ..... .#... ##### ...#. ..#..
    #...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. .##.. .##.. ..#.. ..... ..#.. .....
    .###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. .##.. .##.. ...#. ..... .#... ..#..
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..#.. ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... ..... .....

    .###. .###. ####. .###. ###.. ##### ##### .###. #...# .###. ..### #...# #.... #...# #...# .###.
    #...# #...# #...# #...# #..#. #.... #.... #...# #...# ..#.. ...#. #..#. #.... ##.## ##..# #...#
    #.### #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.# ##..# #...#
    #.#.# ##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ##... #.... #.#.# #.#.# #...#
    #.### #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...# #..## #...#
    #.... #...# #...# #...# #..#. #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...#
    .###. #...# ####. .###. ###.. ##### #.... .#### #...# .###. .##.. #...# ##### #...# #...# .###.
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

    ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# ##### .###. #.... .###. ..#.. .....
    #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....# .#... #.... ...#. .#.#. .....
    #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. .#... .#... ...#. #...# .....
    ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. .#... ..#.. ...#. ..... .....
    #.... #.#.# #.#.. ....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#... .#... ...#. ...#. ..... .....
    #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... .#... ....# ...#. ..... .....
    #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .###. ....# .###. ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... #####
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

    .#... ..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#. #.... .##.. ..... ..... .....
    ..#.. ..... #.... ..... ....# ..... .#... ..... #.... ..... ..... #.... ..#.. ..... ..... .....
    ...#. .###. ####. .###. .#### .###. ####. .#### ####. .##.. ..##. #..#. ..#.. ##.#. ####. .###.
    ..... ....# #...# #...# #...# #...# .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.# #...# #...#
    ..... .#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#. ##... ..#.. #.#.# #...# #...#
    ..... #...# #...# #...# #...# #.... .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.# #...# #...#
    ..... .#### ####. .###. .#### .###. .#... .#### #...# .###. ...#. #..#. .###. #.#.# #...# .###.
    ..... ..... ..... ..... ..... ..... ..... ....# ..... ..... #..#. ..... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... .###. ..... ..... .##.. ..... ..... ..... ..... .....

    ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... ..... ...#. ..#.. .#... .....
    ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... ..... ..#.. ..#.. ..#.. .....
    ####. .#### #.##. .#### ####. #...# #...# #...# #...# #...# ##### ..#.. ..#.. ..#.. .#...
    #...# #...# ##... #.... .#... #...# #...# #.#.# .#.#. #...# ...#. .#... ..#.. ...#. #.#.#
    #...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#.. ..#.. ..#.. ..#.. ...#.
    #...# #...# #.... ....# .#... #...# .#.#. #.#.# .#.#. #...# .#... ..#.. ..#.. ..#.. .....
    ####. .#### #.... ####. ..##. .#### ..#.. .#.#. #...# .#### ##### ...#. ..#.. .#... .....
    #.... ....# ..... ..... ..... ..... ..... ..... ..... ....# ..... ..... ..#.. ..... .....
    #.... ....# ..... ..... ..... ..... ..... ..... ..... .###. ..... ..... ..... ..... .....
    """
}
