import ExperimentFiles
import Text

/// The classes that a network knows, as a person names them: by number from 0, or by name where names are known.
struct ClassSelection {
  let count: Int
  /// Of each class; empty if they are not known.
  let names: [String]
  /// The class that stands for none, if it is known.
  let null: Int?

  init(count: Int, names: [String], null: Int? = nil) {
    self.count = count
    self.names = names.count == count ? names : []
    self.null = null
  }

  /// Those that are drawn in turn if none is named.
  var inTurn: [Int] { (0..<count).filter { $0 != null } }

  /// The class that a word means: `3`, `star`, and if it could be either, `number:3` or `name:3`.
  /// - Parameter option: as the person gave it, for errors.
  /// - Throws: `Failure(.usage)` naming the classes that there are.
  func index(of word: String, option: String) throws -> Int {
    guard count > 0 else {
      throw Failure(.usage, "the network has no classes; leave \(option) out")
    }
    let (isNumber, isName) = (word.hasPrefix("number:"), word.hasPrefix("name:"))
    let text = isNumber || isName ? String(word.drop { $0 != ":" }.dropFirst()) : word
    let named = isNumber ? [] : indices(of: text)
    let number = isName ? nil : Int(text)
    if let number, (0..<count).contains(number) {
      guard let other = named.first(where: { $0 != number }) else { return number }
      throw Failure(
        .usage,
        "\(option) \(printable(word)): class \(number) is called '\(printable(names[number]))', and "
          + "'\(printable(names[other]))' is the name of class \(other): use number:\(number) or name:\(printable(text))"
      )
    }
    if named.count == 1 { return named[0] }
    let problem =
      named.count > 1
      ? "the classes \(named.map(String.init).joined(separator: " and ")) both have that name; use the number"
      : number != nil
        ? "the network's classes are 0 to \(count - 1)" + (names.isEmpty ? "" : ": \(list)")
        : names.isEmpty
          ? "the network does not name its classes; they are \(list), and "
            + "data.class_names=[NAME, …] beside \(option) sets them"
          : "there is no such class; the classes are \(list)"
    let hint = number == nil ? Suggestion.hint(for: text, among: names) : nil
    throw Failure(
      .usage,
      "\(option) \(printable(word)): \(problem)" + (hint.map { "\n  hint: \($0)" } ?? ""))
  }

  /// "3 (Dress)"
  func text(_ index: Int) -> String {
    names.isEmpty ? "\(index)" : "\(index) (\(printable(names[index])))"
  }

  private func indices(of name: String) -> [Int] {
    let wanted = Self.fold(name)
    return names.indices.filter { Self.fold(names[$0]) == wanted }
  }

  private var list: String {
    guard !names.isEmpty else { return "0 to \(count - 1)" }
    let shown = names.prefix(20).enumerated().map { "\($0.offset) \(printable($0.element))" }
    return shown.joined(separator: ", ") + (count > 20 ? ", … \(count - 1)" : "")
  }

  /// "Ankle boot", "ankle-boot" and "ankle_boot" are one name.
  private static func fold(_ name: String) -> String {
    String(name.lowercased().map { $0 == "-" || $0 == "_" ? " " : $0 })
  }
}
