package import Values

/// Settings of a source whose configuration is a tree: `{"optimizer": {"lr": 0.1}}` is `optimizer.lr`.
struct ForeignSettings {
  private(set) var values: [String: ParameterValue] = [:]

  /// Lists of plain values stay lists; those that hold objects are their JSON, as text; an empty object too.
  mutating func add(_ value: JSONValue, at path: String, _ notices: inout ImportNotices) {
    if case .object(let members) = value, !members.isEmpty {
      for (key, member) in members.sorted(by: { $0.key < $1.key }) {
        add(member, at: "\(path).\(key)", &notices)
      }
      return
    }
    set(ParameterValue(json: value) ?? .string(value.canonical), at: path, &notices)
  }

  /// A name that is taken, as `a.b` beside `b` within `a`, gets a number.
  private mutating func set(
    _ value: ParameterValue, at path: String, _ notices: inout ImportNotices
  ) {
    var name = path
    var number = 2
    while values[name] != nil {
      name = "\(path) (\(number))"
      number += 1
    }
    var value = value
    // Settings are JSON, which has no such numbers.
    if case .number(let number) = value, !number.isFinite { value = .string(number.canonical) }
    if name != path { notices.add("settings called like another, with a number behind their name") }
    values[name] = value
  }
}

extension ParameterValue {
  /// A value that the source has as text: a number or a truth value where it is written as one, else the text.
  ///
  /// Python writes `0.001`, `1e-05`, `True`, `None`. A whole number that does not fit stays text, and so do `nan`, `inf`,
  /// `007` and `+1`, which may be names.
  package init(written text: String) {
    switch text {
    case "True", "true": self = .boolean(true)
    case "False", "false": self = .boolean(false)
    case "None": self = .null
    default: self = Self.number(text) ?? .string(text)
    }
  }

  private static func number(_ text: String) -> ParameterValue? {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard let first = digits.first, (0x30...0x39).contains(first) else { return nil }
    let isWhole = digits.allSatisfy { (0x30...0x39).contains($0) }
    if isWhole {
      guard digits.count == 1 || first != 0x30 else { return nil }
      return Int(text).map { .integer($0) }
    }
    let isDecimal = digits.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
        UInt8(ascii: "-"), UInt8(ascii: "+"):
        true
      default: false
      }
    }
    guard isDecimal, let value = Double(text), value.isFinite else { return nil }
    return .number(value)
  }
}
