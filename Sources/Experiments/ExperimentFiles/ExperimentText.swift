import Text

/// An experiment's files and overrides as one text, which the store keeps, and the parts of such a
/// text:
///
///     # --- x.yaml
///     extends: base.yaml
///     # --- base.yaml
///     training: {steps: 100}
///     # --- command line
///     # training.steps=7
///
/// A file that stands alone is its own text. What divides has more hyphens than any line of the
/// files that looks like it, so that the parts come back as they were.
package struct ExperimentText: Sendable, Hashable {
  package struct File: Sendable, Hashable {
    /// As it was opened; nil where it is not known.
    package var path: String?
    package var text: String

    package init(
      path: String? = nil, text: String
    ) {
      self.path = path
      self.text = text
    }
  }

  /// The experiment's own first, then those it extends.
  package let files: [File]
  /// `key=value` of the command line.
  package let overrides: [String]

  private static let commandLine = "command line"

  package init(files: [File], overrides: [String]) {
    self.files = files
    self.overrides = overrides
  }

  // MARK: Joining

  package var joined: String {
    let lines = files.flatMap { Self.lines($0.text) }
    if files.count == 1, overrides.isEmpty, lines.first.flatMap(Self.hyphens) == nil {
      return files[0].text
    }
    let longest = lines.compactMap(Self.hyphens).max() ?? 0
    let mark = "# " + String(repeating: "-", count: max(3, longest + 1)) + " "
    var joined = ""
    for file in files {
      joined += mark + SafeText.singleLine(file.path ?? "") + "\n" + file.text
      if let last = file.text.unicodeScalars.last, last != "\n" { joined += "\n" }
    }
    if !overrides.isEmpty {
      joined += mark + Self.commandLine + "\n"
      for text in overrides {
        let lines = text.unicodeScalars.split(
          separator: Self.feed, omittingEmptySubsequences: false)
        joined += "# " + lines.map(Self.text).joined(separator: "\n#> ") + "\n"
      }
    }
    return joined
  }

  // MARK: Splitting

  package init(joined text: String) {
    let lines = Self.lines(text)
    guard let count = lines.first.flatMap(Self.hyphens) else {
      self.init(files: [File(path: nil, text: text)], overrides: [])
      return
    }
    var files: [File] = []
    for line in lines {
      if Self.hyphens(line) == count {
        files.append(File(path: Self.text(line.dropFirst(count + 3)), text: ""))
      } else {
        files[files.count - 1].text += Self.text(line) + "\n"
      }
    }
    var overrides: [String] = []
    if files.count > 1, let last = files.last, last.path == Self.commandLine,
      let found = Self.overrides(last.text)
    {
      files.removeLast()
      overrides = found
    }
    self.init(files: files, overrides: overrides)
  }

  /// Nil for a file that only bears the name.
  private static func overrides(_ text: String) -> [String]? {
    var overrides: [String] = []
    for line in lines(text) {
      if line.starts(with: "# ".unicodeScalars) {
        overrides.append(Self.text(line.dropFirst(2)))
      } else if line.starts(with: "#> ".unicodeScalars), let last = overrides.indices.last {
        overrides[last] += "\n" + Self.text(line.dropFirst(3))
      } else {
        return nil
      }
    }
    return overrides.isEmpty ? nil : overrides
  }

  /// Where the files are to be saved so that they extend one another as they did, each once: the
  /// experiment's own under its name, the others as seen from its folder.
  /// - Parameter name: of the experiment's own file, where it is not known.
  package func saved(as name: String) -> [(path: String, text: String)] {
    let own = files.first?.path ?? name
    let folder = own.lastIndex(of: "/").map { String(own[...$0]) } ?? ""
    var seen: Set<String> = []
    return files.compactMap { file in
      var path = file.path ?? name
      if path.hasPrefix(folder) { path.removeFirst(folder.count) }
      path = LayerLoader.normalised(path)
      return seen.insert(path).inserted ? (path: path, text: file.text) : nil
    }
  }

  // MARK: Lines

  private static let feed: Unicode.Scalar = "\n"

  /// Without their line breaks; nothing stands behind the last.
  private static func lines(_ text: String) -> [Substring.UnicodeScalarView] {
    var lines = text.unicodeScalars.split(separator: feed, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func text(_ line: Substring.UnicodeScalarView) -> String {
    String(String.UnicodeScalarView(line))
  }

  /// How many hyphens a line has between `# ` and a blank; nil if it does not divide.
  private static func hyphens(_ line: Substring.UnicodeScalarView) -> Int? {
    guard line.starts(with: "# ".unicodeScalars) else { return nil }
    let rest = line.dropFirst(2)
    let count = rest.prefix { $0 == "-" }.count
    return count >= 3 && rest.dropFirst(count).first == " " ? count : nil
  }
}
