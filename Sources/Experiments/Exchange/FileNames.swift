import Diffusion

/// Names of files and folders made of foreign text: one path component each, on every system.
struct FileNames {
  private var taken: Set<String> = []

  /// Letters, digits and `._=,+-` stay, everything else is `_`; no leading dot or hyphen; at most
  /// 100 bytes and an ending. What comes out alike, whatever its case, is told apart by the end of a
  /// hash of the text (or, of the same text again, by a number).
  /// - Parameter ending: like `.png`; made by the program. It stays.
  mutating func name(for text: String, ending: String = "") -> String {
    var name = ""
    var text = text
    if !ending.isEmpty, text.hasSuffix(ending) { text.removeLast(ending.count) }
    for scalar in text.unicodeScalars {
      let isPlain =
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "=", ",", "+", "-": true
        default: false
        }
      name.unicodeScalars.append(isPlain ? scalar : "_")
    }
    if name.isEmpty || name.hasPrefix(".") || name.hasPrefix("-") { name = "_" + name }
    let isWhole = name.utf8.count <= 100
    name = String(name.prefix(100))
    if isWhole, taken.insert((name + ending).lowercased()).inserted { return name + ending }
    let hash = SHA256.hexadecimal(of: text).prefix(8)
    var told = "\(name.prefix(90))-\(hash)\(ending)"
    var number = 2
    while !taken.insert(told.lowercased()).inserted {
      told = "\(name.prefix(80))-\(hash)-\(number)\(ending)"
      number += 1
    }
    return told
  }
}
