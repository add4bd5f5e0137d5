import Foundation

extension JSONDecoder {
  /// Of JSON that Python wrote: its `json` spells numbers that JSON has no words for `NaN`, `Infinity` and `-Infinity`, and
  /// so does JSON 5.
  static var ofPython: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return decoder
  }
}

/// The options of a JSON file of diffusers, taken out by type; an error names the option, its value and what is done here.
struct DiffusersOptions: Sendable {
  let values: [String: ConfigValue]
  /// What the file is called in errors.
  let name: String

  /// - Throws: `DiffusionError(.badInput)` where the bytes are no JSON object.
  init(json: Data, name: String) throws(DiffusionError) {
    do {
      values = try JSONDecoder.ofPython.decode([String: ConfigValue].self, from: json)
    } catch {
      throw DiffusionError(.badInput, "'\(name)' is not a JSON object")
    }
    self.name = name
  }

  func refusal(_ key: String, _ supported: String) -> DiffusionError {
    DiffusionError(
      .badInput,
      "'\(name)': \(key) is \(values[key]?.text ?? "not given"); supported is \(supported)")
  }

  func integer(_ key: String, _ standard: Int) throws(DiffusionError) -> Int {
    switch values[key] {
    case nil: return standard
    case .integer(let value): return value
    default: throw refusal(key, "a whole number")
    }
  }

  func optionalInteger(_ key: String, _ standard: Int?) throws(DiffusionError) -> Int? {
    switch values[key] {
    case nil: return standard
    case .null: return nil
    case .integer(let value): return value
    default: throw refusal(key, "a whole number or null")
    }
  }

  func number(_ key: String, _ standard: Double) throws(DiffusionError) -> Double {
    switch values[key] {
    case nil: return standard
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: throw refusal(key, "a number")
    }
  }

  func boolean(_ key: String, _ standard: Bool) throws(DiffusionError) -> Bool {
    switch values[key] {
    case nil: return standard
    case .boolean(let value): return value
    default: throw refusal(key, "true or false")
    }
  }

  func integers(_ key: String, _ standard: [Int]) throws(DiffusionError) -> [Int] {
    guard let value = values[key] else { return standard }
    guard case .list(let items) = value, !items.isEmpty else {
      throw refusal(key, "a list of whole numbers")
    }
    var integers: [Int] = []
    for item in items {
      guard case .integer(let integer) = item else {
        throw refusal(key, "a list of whole numbers")
      }
      integers.append(integer)
    }
    return integers
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String
  ) throws(DiffusionError) -> Word? {
    guard let value = values[key] else { return nil }
    guard case .text(let text) = value, let word = Word(rawValue: text) else {
      throw refusal(key, Self.list(Word.self))
    }
    return word
  }

  func words<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ standard: [Word]
  ) throws(DiffusionError) -> [Word] {
    guard let value = values[key] else { return standard }
    guard case .list(let items) = value else {
      throw refusal(key, "a list of \(Self.list(Word.self))")
    }
    var words: [Word] = []
    for item in items {
      // Its first versions named blocks with this in front.
      guard case .text(let text) = item,
        let word = Word(rawValue: text.hasPrefix("UNetRes") ? String(text.dropFirst(7)) : text)
      else {
        throw DiffusionError(
          .badInput,
          "'\(name)': \(key) has a block \(item.text); supported are \(Self.list(Word.self))")
      }
      words.append(word)
    }
    return words
  }

  private static func list<Word: RawRepresentable<String> & CaseIterable>(
    _ type: Word.Type
  ) -> String {
    type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " and ")
  }

  /// nil for null or where nothing is given.
  func numbers(_ key: String) throws(DiffusionError) -> [Double]? {
    guard let value = values[key], value != .null else { return nil }
    guard case .list(let items) = value, !items.isEmpty else {
      throw refusal(key, "a list of numbers or null")
    }
    var numbers: [Double] = []
    for item in items {
      switch item {
      case .integer(let value): numbers.append(Double(value))
      case .number(let value): numbers.append(value)
      default: throw refusal(key, "a list of numbers or null")
      }
    }
    return numbers
  }

  func text(_ key: String) -> String? {
    if case .text(let text)? = values[key] { text } else { nil }
  }
}

/// A value of `config.json`.
enum ConfigValue: Sendable, Hashable, Codable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([ConfigValue])

  init(from decoder: any Decoder) throws {
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
      self = .text(value)
    } else if let values = try? container.decode([ConfigValue].self) {
      self = .list(values)
    } else {
      // An object; no option that is read here is one.
      self = .text("{…}")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }

  /// As Python's JSON has it.
  var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value):
      value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
    case .text(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    }
  }
}
