package import Values

/// What settings are called where room is short.
package enum SettingNames {
  /// A word speaks for itself, a number needs its name.
  package static func part(name: String, _ value: ParameterValue?) -> String {
    guard let value else { return "no \(name)" }
    if case .string(let word) = value, word.contains(where: \.isLetter) { return word }
    return "\(name)=\(value.text)"
  }

  /// The last component, or the last two where it says little or is not alone; "kind" is left out.
  package static func short(_ paths: [String]) -> [String: String] {
    let vague: Set = ["steps", "seed", "dim", "path", "every", "images", "count", "variance"]
    func short(_ path: String) -> String {
      var parts = path.split(separator: ".").map(String.init)
      if parts.count > 1, parts.last == "kind" { parts.removeLast() }
      let kept = parts.last.map(vague.contains) == true ? 2 : 1
      return parts.suffix(kept).joined(separator: ".")
    }
    let counts = paths.reduce(into: [:]) { $0[short($1), default: 0] += 1 }
    return paths.reduce(into: [:]) { names, path in
      names[path] = counts[short(path)] == 1 ? short(path) : path
    }
  }
}
