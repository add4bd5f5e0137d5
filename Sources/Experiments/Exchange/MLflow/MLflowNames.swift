import Diffusion

/// Names as MLflow takes them: letters, digits, `_`, `-`, `.`, blanks and slashes, in which no part
/// between slashes is empty, `.` or `..`, and none is at once a name and the beginning of another,
/// since each is a file; at most 250 characters.
///
/// Any other character, and one that would make such a part, is written `_uHEX_`, its code point;
/// `_u_` stands for nothing. So `a|b` is `a_u7c_b`, and replacing every `_uHEX_` gives the name
/// back. Names that are too long end in a hash and cannot be given back: the export lists them with
/// the others it mapped.
struct MLflowNames {
  /// What each name became.
  let mapped: [String: String]

  init(_ names: some Sequence<String>) {
    var mapped: [String: String] = [:]
    for name in names { mapped[name] = MLflowNames.escaped(name) }
    // A file cannot be a folder too.
    let folders = Set(mapped.values.flatMap(MLflowNames.beginnings))
    for (name, escape) in mapped where folders.contains(escape) { mapped[name] = escape + "_u_" }
    self.mapped = mapped
  }

  subscript(name: String) -> String { mapped[name] ?? MLflowNames.escaped(name) }

  /// Those that are not as they were: MLflow's to ours.
  var changed: [String: String] {
    Dictionary(
      uniqueKeysWithValues: mapped.filter { $0.key != $0.value }.map { ($0.value, $0.key) })
  }

  private static let longest = 240

  private static func escaped(_ name: String) -> String {
    let parts = name.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
    let escaped = parts.map { part in
      if part.isEmpty { return "_u_" }
      let isDots = part.count <= 2 && part.allSatisfy { $0 == "." }
      return MLflowNames.escaped(Array(part), dots: isDots)
    }.joined(separator: "/")
    let fits =
      escaped.unicodeScalars.count <= longest
      && escaped.split(separator: "/").allSatisfy { $0.utf8.count <= longest }
    if fits { return escaped }
    let begin = escaped.unicodeScalars.prefix(100).filter(\.isASCII)
    return String(String.UnicodeScalarView(begin)) + "_" + SHA256.hexadecimal(of: name).prefix(32)
  }

  private static func escaped(_ part: [Unicode.Scalar], dots: Bool) -> String {
    var result = ""
    for (index, scalar) in part.enumerated() {
      let isMarker = scalar == "_" && couldBeginEscape(part[index...])
      if isPlain(scalar), !(dots && scalar == "."), !isMarker {
        result.unicodeScalars.append(scalar)
      } else {
        result += "_u" + String(scalar.value, radix: 16) + "_"
      }
    }
    return result
  }

  /// MLflow takes Python's `\w`; letters and decimal digits are a part of it.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    if "_-. ".unicodeScalars.contains(scalar) { return true }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber:
      return true
    default: return false
    }
  }

  /// Whether an escape could seem to begin here, once what follows is escaped or another part of a
  /// name follows.
  private static func couldBeginEscape(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    guard text.starts(with: "_u".unicodeScalars) else { return false }
    let rest = text.dropFirst(2).drop { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    return rest.first.map { $0 == "_" || !isPlain($0) } ?? true
  }

  /// `a/b` of `a/b/c`, and `a`.
  private static func beginnings(_ name: String) -> [String] {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return (1..<max(1, parts.count)).map { parts.prefix($0).joined(separator: "/") }
  }
}
