import Experiments

/// The classes that a network knows, as a person names them: by number from 0, or by name where names are known.
struct ClassSelection {
  let count: Int
  /// Of each class; empty where nobody says them.
  let names: [String]

  init(count: Int, names: [String]) {
    self.count = count
    self.names = names.count == count ? names : []
  }

  /// - Parameter option: as the person gave it, for errors.
  /// - Throws: `Failure(.usage)` naming the classes that there are.
  func index(of word: String, option: String) throws -> Int {
    guard count > 0 else {
      throw Failure(.usage, "error: the network knows no classes; leave \(option) out")
    }
    if let number = Int(word) {
      guard (0..<count).contains(number) else {
        throw Failure(
          .usage,
          "error: \(option) \(word): the network's classes are 0 to \(count - 1)"
            + (names.isEmpty ? "" : ": \(list)"))
      }
      return number
    }
    let wanted = Self.fold(word)
    let found = names.indices.filter { Self.fold(names[$0]) == wanted }
    if found.count == 1 { return found[0] }
    let problem =
      names.isEmpty
      ? "the network does not say what its classes are called; they are \(list)"
      : found.count > 1
        ? "the classes \(found.map(String.init).joined(separator: " and ")) are both called so; say the number"
        : "there is no such class; the classes are \(list)"
    let hint = Suggestion.hint(for: word, among: names).map { "\n  hint: \($0)" } ?? ""
    throw Failure(.usage, "error: \(option) \(printable(word)): \(problem)\(hint)")
  }

  /// "3 (Dress)"
  func text(_ index: Int) -> String {
    names.isEmpty ? "\(index)" : "\(index) (\(printable(names[index])))"
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
