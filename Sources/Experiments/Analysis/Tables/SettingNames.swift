package import Values

/// What settings are called, everywhere: a word speaks for itself, like "cosine", a number needs its name, like
/// "guidance=3"; several stand with dots between, like "cosine · guidance=3".
package struct SettingNames: Sendable, Hashable {
  /// That tell the settings apart, in the order of their parts.
  package let paths: [String]
  /// A short name a path.
  package let short: [String: String]

  package init(_ paths: [String]) {
    self.paths = paths
    short = SettingNames.short(paths)
  }

  /// One a path.
  package func parts(_ values: [ParameterValue?]) -> [String] {
    zip(paths, values).map { SettingNames.part(name: short[$0] ?? $0, $1) }
  }

  /// - Parameter alone: the name where nothing tells settings apart.
  package func label(_ values: [ParameterValue?], alone: String) -> String {
    if paths.isEmpty { return alone }
    // A label that tells imported runs apart is their name.
    if let place = paths.firstIndex(of: "label"), let label = values[place]?.word { return label }
    return SettingNames.joined(parts(values))
  }

  package static func joined(_ parts: [String]) -> String { parts.joined(separator: " · ") }

  package static func part(name: String, _ value: ParameterValue?) -> String {
    guard let value else { return "no \(name)" }
    if case .string(let word) = value, word.contains(where: \.isLetter) { return word }
    return "\(name)=\(value.text)"
  }

  /// The last component, or the last two where it says little or is not alone; "kind" is left out.
  package static func short(_ paths: [String]) -> [String: String] {
    let vague: Set = [
      "steps", "seed", "dim", "path", "every", "images", "count", "variance",
    ]
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
