import Diffusion

/// Names of files and folders made of foreign text: one path component each, on every system.
struct FileNames {
  private var taken: Set<String> = []

  /// Letters, digits and `._=,+-` stay, everything else is `_`; no leading dot or hyphen; at most
  /// 100 bytes. What comes out alike, whatever its case, is told apart by the end of a hash of the
  /// text (or, of the same text again, by a number).
  mutating func name(for text: String) -> String {
    var name = ""
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
    if isWhole, taken.insert(name.lowercased()).inserted { return name }
    let hash = SHA256.hexadecimal(of: text).prefix(8)
    var told = "\(name.prefix(90))-\(hash)"
    var number = 2
    while !taken.insert(told.lowercased()).inserted {
      told = "\(name.prefix(80))-\(hash)-\(number)"
      number += 1
    }
    return told
  }
}
