/// Text broken into lines.
package enum BrokenLines {
  /// Breaks after a space or one of `=,/:_-.` (but not within a number), within a word only where a word alone is too wide.
  /// - Parameters:
  ///   - most: lines; what is too much for them is cut from the last.
  ///   - ellipsis: what a cut line ends with.
  ///   - fits: whether a line is not too wide.
  package static func of(
    _ text: String, most: Int, ellipsis: String, fits: (String) -> Bool
  ) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words(text) {
      if fits((line + word).trimmed) {
        line += word
        continue
      }
      if !line.isEmpty { lines.append(line.trimmed) }
      line = ""
      for character in word {
        if !line.isEmpty, !fits((line + String(character)).trimmed) {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    if !line.trimmed.isEmpty { lines.append(line.trimmed) }
    guard lines.count > most else { return lines }
    var last = lines[most - 1]
    while !last.isEmpty, !fits(last + ellipsis) { last.removeLast() }
    return lines.prefix(most - 1) + [last + ellipsis]
  }

  /// Whether no word has to be broken.
  package static func keepsWords(_ text: String, fits: (String) -> Bool) -> Bool {
    words(text).allSatisfy { fits($0.trimmed) }
  }

  private static func words(_ text: String) -> [String] {
    var words = [""]
    for character in text {
      if let last = words[words.count - 1].last, " =,/:_-.".contains(last),
        last != "." || character.isLetter
      {
        words.append("")
      }
      words[words.count - 1].append(character)
    }
    return words
  }
}
