import Values

/// Reads JSON as these programs write it: `NaN`, `Infinity` and `-Infinity` are numbers, as Python has them. Much quicker
/// than a decoder, since there may be a text for each point.
struct JSONScanner {
  /// What is no JSON, and where.
  struct Damage: Error {
    /// From the beginning of the bytes.
    var offset: Int
  }

  private let bytes: [UInt8]
  private var place: Int
  private let end: Int
  private var depth = 0

  /// - Throws: `Damage`.
  static func value(_ bytes: [UInt8], in range: Range<Int>? = nil) throws(Damage) -> JSONValue {
    let range = range ?? 0..<bytes.count
    // Most values of a log are numbers.
    if let number = number(bytes, in: range) { return number }
    var scanner = JSONScanner(bytes, range)
    let value = try scanner.value()
    scanner.skipBlanks()
    guard scanner.place == scanner.end else { throw scanner.damage }
    return value
  }

  /// The values of an object that are no objects themselves, as they come, by their paths: `a/b` is the `b` within `a`.
  /// - Parameter leaves: gets them.
  /// - Returns: false where the JSON is no object.
  /// - Throws: `Damage`.
  static func leaves(
    _ bytes: [UInt8], in range: Range<Int>, _ leaves: inout [(path: String, value: JSONValue)]
  ) throws(Damage) -> Bool {
    var scanner = JSONScanner(bytes, range)
    scanner.skipBlanks()
    let isObject = scanner.isAtObject
    if isObject {
      try scanner.leaves(below: "", &leaves)
    } else {
      _ = try scanner.value()
    }
    scanner.skipBlanks()
    guard scanner.place == scanner.end else { throw scanner.damage }
    return isObject
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = range.upperBound
  }

  private var damage: Damage { Damage(offset: place) }

  private mutating func skipBlanks() {
    while place < end {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D: place += 1
      default: return
      }
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - place >= count else { return false }
    let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[place..<(place + count)]) }
    if matches { place += count }
    return matches
  }

  private mutating func value() throws(Damage) -> JSONValue {
    skipBlanks()
    guard place < end else { throw damage }
    switch bytes[place] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take("true"): return .boolean(true)
    case UInt8(ascii: "f") where take("false"): return .boolean(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case UInt8(ascii: "N") where take("NaN"): return .number(.nan)
    case UInt8(ascii: "I") where take("Infinity"): return .number(.infinity)
    case UInt8(ascii: "-") where take("-Infinity"): return .number(-.infinity)
    default: break
    }
    let start = place
    while place < end, Self.isOfNumber(bytes[place]) { place += 1 }
    guard let number = Self.number(bytes, in: start..<place) else { throw Damage(offset: start) }
    return number
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// A number and nothing else; nil for anything else.
  static func number(_ bytes: [UInt8], in range: Range<Int>) -> JSONValue? {
    guard let first = range.first.map({ bytes[$0] }) else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    let digits = (range.lowerBound + (isNegative ? 1 : 0))..<range.upperBound
    guard let digit = digits.first.map({ bytes[$0] }), (0x30...0x39).contains(digit) else {
      return nil
    }
    // No number of JSON begins with a zero and goes on with a digit.
    if digit == 0x30, digits.count > 1, (0x30...0x39).contains(bytes[digits.lowerBound + 1]) {
      return nil
    }
    var whole = 0
    var isWhole = digits.count <= 18
    for place in digits {
      let byte = bytes[place]
      guard isOfNumber(byte) else { return nil }
      if isWhole, (0x30...0x39).contains(byte) {
        whole = whole * 10 + Int(byte & 15)
      } else {
        isWhole = false
      }
    }
    if isWhole { return .integer(isNegative ? -whole : whole) }
    let text = String(decoding: bytes[range], as: UTF8.self)
    if let integer = Int(text) { return .integer(integer) }
    return Double(text).map { .number($0) }
  }

  private mutating func nested<Result>(_ body: (inout JSONScanner) throws(Damage) -> Result)
    throws(Damage) -> Result
  {
    guard depth < JSONValue.greatestDepth else { throw damage }
    depth += 1
    place += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  private mutating func object() throws(Damage) -> JSONValue {
    try nested { (scanner: inout JSONScanner) throws(Damage) in
      var members: [String: JSONValue] = [:]
      scanner.skipBlanks()
      if scanner.take("}") { return .object(members) }
      repeat {
        scanner.skipBlanks()
        guard scanner.place < scanner.end, scanner.bytes[scanner.place] == UInt8(ascii: "\"") else {
          throw scanner.damage
        }
        let key = try scanner.string()
        scanner.skipBlanks()
        guard scanner.take(":") else { throw scanner.damage }
        members[key] = try scanner.value()
        scanner.skipBlanks()
      } while scanner.take(",")
      guard scanner.take("}") else { throw scanner.damage }
      return .object(members)
    }
  }

  private var isAtObject: Bool { place < end && bytes[place] == UInt8(ascii: "{") }

  private mutating func leaves(
    below path: String, _ leaves: inout [(path: String, value: JSONValue)]
  ) throws(Damage) {
    guard depth < JSONValue.greatestDepth else { throw damage }
    depth += 1
    place += 1
    skipBlanks()
    if !take("}") {
      repeat {
        skipBlanks()
        guard place < end, bytes[place] == UInt8(ascii: "\"") else { throw damage }
        let key = try string()
        skipBlanks()
        guard take(":") else { throw damage }
        skipBlanks()
        let name = path.isEmpty ? key : "\(path)/\(key)"
        if isAtObject {
          try self.leaves(below: name, &leaves)
        } else {
          leaves.append((name, try value()))
        }
        skipBlanks()
      } while take(",")
      guard take("}") else { throw damage }
    }
    depth -= 1
  }

  private mutating func array() throws(Damage) -> JSONValue {
    try nested { (scanner: inout JSONScanner) throws(Damage) in
      var items: [JSONValue] = []
      scanner.skipBlanks()
      if scanner.take("]") { return .array(items) }
      repeat {
        items.append(try scanner.value())
        scanner.skipBlanks()
      } while scanner.take(",")
      guard scanner.take("]") else { throw scanner.damage }
      return .array(items)
    }
  }

  private mutating func string() throws(Damage) -> String {
    place += 1
    let start = place
    while place < end, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") {
      place += 1
    }
    guard place < end else { throw damage }
    if bytes[place] == UInt8(ascii: "\"") {
      defer { place += 1 }
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }
    var units = Array(bytes[start..<place])
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      guard bytes[place] == UInt8(ascii: "\\") else {
        units.append(bytes[place])
        place += 1
        continue
      }
      place += 1
      guard place < end else { throw damage }
      let escape = bytes[place]
      place += 1
      switch escape {
      case UInt8(ascii: "n"): units.append(0x0A)
      case UInt8(ascii: "t"): units.append(0x09)
      case UInt8(ascii: "r"): units.append(0x0D)
      case UInt8(ascii: "b"): units.append(0x08)
      case UInt8(ascii: "f"): units.append(0x0C)
      case UInt8(ascii: "u"): units += String(try scalar()).utf8
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(escape)
      default: throw damage
      }
    }
    guard place < end else { throw damage }
    place += 1
    return String(decoding: units, as: UTF8.self)
  }

  /// `\u` and its digits, two of them for what lies beyond the first plane.
  private mutating func scalar() throws(Damage) -> Character {
    let first = try unit()
    if (0xD800...0xDBFF).contains(first), take("\\u") {
      let second = try unit()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      {
        return Character(scalar)
      }
      return "\u{FFFD}"
    }
    return Unicode.Scalar(first).map { Character($0) } ?? "\u{FFFD}"
  }

  private mutating func unit() throws(Damage) -> UInt32 {
    guard end - place >= 4,
      let value = UInt32(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
    else { throw damage }
    place += 4
    return value
  }
}
