import Text

/// A value of an experiment file and where it stands: what is left of YAML after reading.
package struct SourceNode: Sendable {
  package enum Content: Sendable {
    case scalar(SourceScalar)
    case sequence([SourceNode])
    case mapping([Entry])
  }

  /// A key and its value.
  package struct Entry: Sendable {
    package var key: String
    package var keyPlace: Place
    package var value: SourceNode
  }

  package var content: Content
  package var place: Place

  package init(
    content: Content, place: Place
  ) {
    self.content = content
    self.place = place
  }

  package var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  package var items: [SourceNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  package var scalar: SourceScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package func entry(_ key: String) -> Entry? {
    entries?.first { $0.key == key }
  }

  /// What stands here, for an error message.
  package var kindName: String {
    switch content {
    case .scalar(let scalar): scalar.kindName
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// This mapping with another's entries over it: mappings merged, everything else replaced.
  /// Keys keep their first place in the order.
  package func merged(under other: SourceNode) -> SourceNode {
    guard case .mapping(var entries) = content, case .mapping(let others) = other.content else {
      return other
    }
    for entry in others {
      if let index = entries.firstIndex(where: { $0.key == entry.key }) {
        entries[index] = Entry(
          key: entry.key, keyPlace: entry.keyPlace,
          value: entries[index].value.merged(under: entry.value))
      } else {
        entries.append(entry)
      }
    }
    return SourceNode(content: .mapping(entries), place: other.place)
  }
}

/// A scalar as it was written. YAML 1.2's core schema, read here: Yams would follow YAML 1.1,
/// in which `no` is false and `1e-3` is text.
package struct SourceScalar: Sendable {
  var text: String
  /// Without quotes, not a block of text.
  var isPlain: Bool
  /// Taken as it stands from a Markdown document: no YAML around it.
  var isRaw = false

  enum Number {
    case integer(Int)
    case floating(Double)
    /// Digits beyond what the types hold, `.inf` or `.nan`.
    case unbounded
  }

  /// Nothing at all was written.
  var isAbsent: Bool { isPlain && text.isEmpty }

  var isNull: Bool { isPlain && ["null", "Null", "NULL", "~"].contains(text) }

  var boolean: Bool? {
    guard isPlain else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  var number: Number? {
    guard isPlain else { return nil }
    var digits = Substring(text)
    let isNegative = digits.hasPrefix("-")
    if digits.hasPrefix("-") || digits.hasPrefix("+") { digits = digits.dropFirst() }
    if [".inf", ".Inf", ".INF"].contains(digits) { return .unbounded }
    if [".nan", ".NaN", ".NAN"].contains(text) { return .unbounded }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
      let body = text.dropFirst(2)
      guard let first = body.first, first != "-", first != "+" else { return nil }
      guard body.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } == true }) else {
        return nil
      }
      return Int(body, radix: radix).map(Number.integer) ?? .unbounded
    }
    guard let form = Self.form(of: digits) else { return nil }
    if form == .integer {
      return Int((isNegative ? "-" : "") + digits).map(Number.integer) ?? .unbounded
    }
    guard let value = Double(String(digits)), value.isFinite else { return .unbounded }
    return .floating(isNegative ? -value : value)
  }

  /// What stands here, for an error message.
  var kindName: String {
    if isAbsent { return "nothing" }
    if isNull { return "null" }
    if boolean != nil { return quoted(text) }
    if number != nil { return printable(text.unicodeScalars.prefix(60)) }
    return isPlain ? quoted(text) : "text \(quoted(text))"
  }

  private enum Form { case integer, floating }

  /// `digits`, `digits.digits`, `.digits`, each with or without an exponent.
  private static func form(of text: Substring) -> Form? {
    var rest = text.utf8[...]
    func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    let whole = rest.prefix(while: isDigit).count
    rest = rest.dropFirst(whole)
    if rest.isEmpty { return whole > 0 ? .integer : nil }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      let fraction = rest.prefix(while: isDigit).count
      if whole + fraction == 0 { return nil }
      rest = rest.dropFirst(fraction)
    }
    guard whole > 0 || rest.count < text.utf8.count else { return nil }
    if rest.isEmpty { return .floating }
    guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else { return nil }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy(isDigit) ? .floating : nil
  }
}
