internal import Foundation

/// A JSON value of known shape, with one canonical text.
package enum JSONValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// One line, keys sorted by their UTF-8 bytes, no blanks, numbers as ECMAScript prints them:
  /// equal values have equal text, on every machine and in every version.
  package var canonical: String {
    var out: [UInt8] = []
    write(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the canonical text, as UTF-8.
  package func write(to out: inout [UInt8]) {
    switch self {
    case .null: out += "null".utf8
    case .boolean(let value): out += (value ? "true" : "false").utf8
    case .integer(let value): out += String(value).utf8
    case .number(let value) where value.isFinite: value.writeCanonical(to: &out)
    case .number(let value): Self.write(value.canonical, to: &out)
    case .string(let value): Self.write(value, to: &out)
    case .array(let values):
      out.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        value.write(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members):
      Self.writeObject(members, to: &out) { $0.write(to: &$1) }
    }
  }

  /// Appends an object.
  ///
  /// - Parameter value: appends the canonical text of a member.
  package static func writeObject<Member>(
    _ members: [String: Member], to out: inout [UInt8],
    _ value: (Member, inout [UInt8]) -> Void
  ) {
    out.append(UInt8(ascii: "{"))
    let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (index, member) in sorted.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      write(member.key, to: &out)
      out.append(UInt8(ascii: ":"))
      value(member.value, &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  /// Appends a text in quotes.
  package static func write(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    defer { out.append(UInt8(ascii: "\"")) }
    let isPlain = text.utf8.allSatisfy {
      $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if isPlain {
      out += text.utf8
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case UInt8(ascii: "\n"): out += "\\n".utf8
      case UInt8(ascii: "\r"): out += "\\r".utf8
      case UInt8(ascii: "\t"): out += "\\t".utf8
      case 0..<0x20:
        let code = String(byte, radix: 16)
        out += "\\u\(String(repeating: "0", count: 4 - code.count))\(code)".utf8
      default: out.append(byte)
      }
    }
  }
}

extension Double {
  /// The shortest digits that read back as this number, laid out as ECMAScript's
  /// Number::toString does: 0.002, 1e-7, 64, 1e+21. Not a number: `NaN`, `Infinity`.
  package var canonical: String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
    var out: [UInt8] = []
    writeCanonical(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends `canonical`.
  ///
  /// - Precondition: the number is finite.
  fileprivate func writeCanonical(to out: inout [UInt8]) {
    let zero = UInt8(ascii: "0")
    if self == 0 { return out.append(zero) }
    if self < 0 { out.append(UInt8(ascii: "-")) }
    let (digits, point) = magnitude.shortestDigits
    switch point {
    case -5...0:
      out += "0.".utf8
      out += repeatElement(zero, count: -point)
      out += digits
    case 1...21:
      out += digits.prefix(point)
      out += repeatElement(zero, count: max(point - digits.count, 0))
      if digits.count > point {
        out.append(UInt8(ascii: "."))
        out += digits[point...]
      }
    default:
      out.append(digits[0])
      if digits.count > 1 {
        out.append(UInt8(ascii: "."))
        out += digits[1...]
      }
      out += (point < 1 ? "e-" : "e+").utf8
      out += String((point - 1).magnitude).utf8
    }
  }

  /// Of a positive number, digits without zeros at either end, and the place of the point: the value is 0.digits · 10^point.
  private var shortestDigits: (digits: [UInt8], point: Int) {
    // Swift gives shortest digits; only their layout is ours.
    var text = description
    return text.withUTF8 { text in
      let end = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
      var digits: [UInt8] = []
      digits.reserveCapacity(end)
      var point = end
      for (index, byte) in text[..<end].enumerated() {
        if byte == UInt8(ascii: ".") { point = index } else { digits.append(byte) }
      }
      if end < text.count { point += Int(String(decoding: text[(end + 1)...], as: UTF8.self)) ?? 0 }
      let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
      digits.removeFirst(leading)
      while digits.last == UInt8(ascii: "0") { digits.removeLast() }
      return (digits, point - leading)
    }
  }
}

extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}

extension JSONValue {
  /// How deep the lists and objects of a stranger's text may nest, whose reading recurses.
  package static let greatestDepth = 64

  /// How deep the lists and objects of a text nest.
  package static func depth(of text: String) -> Int {
    var (depth, deepest, isString, isEscaped) = (0, 0, false, false)
    for byte in text.utf8 {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return deepest
  }

  /// Nil if the text is not JSON.
  package init?(text: String) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
      return nil
    }
    self = value
  }
}
