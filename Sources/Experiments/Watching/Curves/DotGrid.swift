/// Dots within places of a terminal: braille, two across and four down; where there is no braille one across and two down,
/// as "'", "." and ":".
struct DotGrid {
  let width: Int
  let height: Int
  /// Dots within a place.
  let across: Int
  let down: Int

  /// A bit a dot, by place.
  private var patterns: [UInt8]
  /// Whose a place is.
  private var owners: [Int]
  private let isBraille: Bool

  /// - Parameters:
  ///   - width: in places.
  ///   - height: in places.
  init(width: Int, height: Int, isBraille: Bool) {
    (self.width, self.height, self.isBraille) = (max(0, width), max(0, height), isBraille)
    (across, down) = isBraille ? (2, 4) : (1, 2)
    patterns = [UInt8](repeating: 0, count: self.width * self.height)
    owners = [Int](repeating: -1, count: self.width * self.height)
  }

  var dotsAcross: Int { width * across }
  var dotsDown: Int { height * down }

  /// Sets a dot, counted from the top left; what lies outside is left out.
  /// - Parameter line: whose it is; a place has one colour, that of the last.
  mutating func set(_ x: Int, _ y: Int, line: Int) {
    guard (0..<dotsAcross).contains(x), (0..<dotsDown).contains(y) else { return }
    let place = y / down * width + x / across
    owners[place] = line
    patterns[place] |= Self.bit(x % across, y % down, isBraille)
  }

  /// A straight line between two dots (Bresenham 1965).
  mutating func line(from: (x: Int, y: Int), to: (x: Int, y: Int), line: Int) {
    var (x, y) = from
    let (dx, dy) = (abs(to.x - x), -abs(to.y - y))
    let (sx, sy) = (x < to.x ? 1 : -1, y < to.y ? 1 : -1)
    var error = dx + dy
    while true {
      set(x, y, line: line)
      if x == to.x, y == to.y { return }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += sx
      }
      if twice <= dx {
        error += dx
        y += sy
      }
    }
  }

  /// What a place shows and whose it is; nil where there is no dot.
  func place(_ x: Int, _ y: Int) -> (text: String, line: Int)? {
    let place = y * width + x
    let pattern = patterns[place]
    guard pattern != 0 else { return nil }
    let line = owners[place]
    if isBraille, let scalar = UnicodeScalar(0x2800 + UInt32(pattern)) {
      return (String(Character(scalar)), line)
    }
    return (pattern == 3 ? ":" : pattern == 1 ? "'" : ".", line)
  }

  /// Unicode's order of the dots: 1 2 3 7 on the left, 4 5 6 8 on the right.
  private static func bit(_ x: Int, _ y: Int, _ isBraille: Bool) -> UInt8 {
    guard isBraille else { return 1 << UInt8(y) }
    return [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][x][y]
  }
}
