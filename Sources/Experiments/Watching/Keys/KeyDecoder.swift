/// A key as programs mean it.
package enum Key: Sendable, Hashable {
  case up, down, left, right, home, end, pageUp, pageDown
  case enter, escape, tab, backTab, backspace, delete
  case character(Character)
  /// With the control key, like `c`.
  case control(Character)
}

/// Something that comes from a terminal.
package enum TerminalInput: Sendable, Hashable {
  case key(Key)
  /// Text that was pasted, control characters left out.
  case pasted(String)
  case reply(TerminalReply)
}

/// Turns the bytes that a terminal sends into keys and answers. Sequences may come in pieces; what is none that is known is
/// left out whole, so that no part of it is taken for keys.
package struct KeyDecoder: Sendable {
  private enum State: Sendable {
    case ground
    case escape
    /// ESC [
    case control([UInt8])
    /// ESC O
    case shift3
    /// ESC ] … or ESC _ … and the like, to BEL or ESC \.
    case text(kind: UInt8, [UInt8], endsNext: Bool)
    case pasting([UInt8])
    /// Bytes of a character in UTF-8, and how many are to come.
    case character([UInt8], rest: Int)
  }

  private var state = State.ground
  /// Longer ones are none that anybody means.
  private static let longest = 4096
  private static let longestPaste = 1 << 16
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  package init() {}

  /// Whether an escape has come alone so far: a key, if nothing follows.
  package var isWaiting: Bool {
    if case .escape = state { true } else { false }
  }

  /// Nothing more has come for a while.
  package mutating func settle() -> [TerminalInput] {
    guard isWaiting else { return [] }
    state = .ground
    return [.key(.escape)]
  }

  package mutating func feed(_ bytes: some Sequence<UInt8>) -> [TerminalInput] {
    bytes.flatMap { feed($0) }
  }

  private mutating func feed(_ byte: UInt8) -> [TerminalInput] {
    switch state {
    case .ground: return ground(byte)
    case .escape: return escape(byte)
    case .shift3:
      state = .ground
      return Self.letters[byte].map { [.key($0)] } ?? []
    case .control(var parameters):
      switch byte {
      case 0x20...0x3F:
        parameters.append(byte)
        state = parameters.count > Self.longest ? .ground : .control(parameters)
        return []
      case 0x40...0x7E:
        state = .ground
        return control(String(decoding: parameters, as: UTF8.self), byte)
      case 0x1B:
        state = .escape
        return []
      default:
        // Broken off: the byte is not taken for a key either.
        state = .ground
        return []
      }
    case .text(let kind, var bytes, let endsNext):
      if byte == 0x07 || endsNext && byte == 0x5C {
        state = .ground
        return Self.reply(kind, String(decoding: bytes, as: UTF8.self)).map { [.reply($0)] } ?? []
      }
      if byte == 0x1B {
        state = .text(kind: kind, bytes, endsNext: true)
      } else if endsNext || bytes.count > Self.longest {
        state = .ground
      } else {
        bytes.append(byte)
        state = .text(kind: kind, bytes, endsNext: false)
      }
      return []
    case .pasting(var bytes):
      bytes.append(byte)
      if bytes.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) {
        state = .ground
        return [.pasted(Self.pasted(bytes.dropLast(Self.pasteEnd.count)))]
      }
      if bytes.count > Self.longestPaste { bytes.removeFirst(bytes.count - 64) }
      state = .pasting(bytes)
      return []
    case .character(var bytes, let rest):
      guard byte & 0xC0 == 0x80 else {
        state = .ground
        return ground(byte)
      }
      bytes.append(byte)
      if rest > 1 {
        state = .character(bytes, rest: rest - 1)
        return []
      }
      state = .ground
      return Self.character(bytes).map { [.key(.character($0))] } ?? []
    }
  }

  private mutating func ground(_ byte: UInt8) -> [TerminalInput] {
    switch byte {
    case 0x1B:
      state = .escape
      return []
    case 0x0D, 0x0A: return [.key(.enter)]
    case 0x09: return [.key(.tab)]
    case 0x7F, 0x08: return [.key(.backspace)]
    case 0x01...0x1A: return [.key(.control(Character(UnicodeScalar(byte + 0x60))))]
    case 0x20...0x7E: return [.key(.character(Character(UnicodeScalar(byte))))]
    case 0xC2...0xF4:
      state = .character([byte], rest: byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3)
      return []
    default: return []
    }
  }

  private mutating func escape(_ byte: UInt8) -> [TerminalInput] {
    switch byte {
    case 0x5B: state = .control([])
    case 0x4F: state = .shift3
    case 0x5D, 0x5F, 0x50, 0x5E, 0x58: state = .text(kind: byte, [], endsNext: false)
    // Twice: the first was a key.
    case 0x1B: return [.key(.escape)]
    default:
      // With the meta key: nothing here means that.
      state = .ground
    }
    return []
  }

  private mutating func control(_ parameters: String, _ final: UInt8) -> [TerminalInput] {
    if final == 0x7E {
      switch parameters.split(separator: ";").first {
      case "1", "7": return [.key(.home)]
      case "4", "8": return [.key(.end)]
      case "3": return [.key(.delete)]
      case "5": return [.key(.pageUp)]
      case "6": return [.key(.pageDown)]
      case "200":
        state = .pasting([])
        return []
      default: return []
      }
    }
    if final == 0x63, parameters.hasPrefix("?") {
      let numbers = parameters.dropFirst().split(separator: ";").compactMap { Int($0) }
      return [.reply(.attributes(numbers))]
    }
    if final == 0x74 {
      let numbers = parameters.split(separator: ";").compactMap { Int($0) }
      guard numbers.count == 3, numbers[0] == 6 else { return [] }
      return [.reply(.cellSize(width: numbers[2], height: numbers[1]))]
    }
    guard parameters.allSatisfy({ $0.isNumber || $0 == ";" }) else { return [] }
    return Self.letters[final].map { [.key($0)] } ?? []
  }

  private static let letters: [UInt8: Key] = [
    0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x48: .home, 0x46: .end, 0x5A: .backTab,
    0x4D: .enter,
  ]

  private static func reply(_ kind: UInt8, _ text: String) -> TerminalReply? {
    if kind == 0x5F { return text.hasPrefix("Gi=31;OK") ? .takesKittyPictures : nil }
    guard kind == 0x5D, text.hasPrefix("11;rgb:") else { return nil }
    let parts = text.dropFirst("11;rgb:".count).split(separator: "/")
    let levels = parts.compactMap { part -> Double? in
      guard (1...4).contains(part.count), let value = Int(part, radix: 16) else { return nil }
      return Double(value) / Double((1 << (4 * part.count)) - 1)
    }
    return levels.count == 3 ? .background(levels[0], levels[1], levels[2]) : nil
  }

  private static func character(_ bytes: [UInt8]) -> Character? {
    guard let text = String(validating: bytes, as: UTF8.self), text.count == 1,
      let scalar = text.unicodeScalars.first, scalar.properties.generalCategory != .control
    else { return nil }
    return text.first
  }

  private static func pasted(_ bytes: some Sequence<UInt8>) -> String {
    let text = String(decoding: Array(bytes), as: UTF8.self)
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map {
          $0.properties.generalCategory == .control ? " " : $0
        }))
  }
}
