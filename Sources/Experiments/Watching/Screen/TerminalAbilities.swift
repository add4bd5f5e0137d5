/// What a terminal can show, as far as that is known.
package struct TerminalAbilities: Sendable, Hashable {
  package enum Pictures: String, Sendable, Hashable, CaseIterable {
    /// Kitty's graphics protocol.
    case kitty
    case sixel
    /// Half blocks in the terminal's colours.
    case blocks
    case none
  }

  package enum Colors: Int, Sendable, Hashable, Comparable {
    case none, sixteen, palette, full

    package static func < (a: Colors, b: Colors) -> Bool { a.rawValue < b.rawValue }
  }

  package var pictures = Pictures.blocks
  package var colors = Colors.full
  /// Whether it shows more than ASCII.
  package var isUnicode = true
  /// Whether its background is dark.
  package var isDark = true
  /// Pixels that a place is wide and high.
  package var cell = (width: 8, height: 16)
  /// Whether it is worth asking the terminal what it can do.
  package private(set) var isWorthAsking = false
  /// Whether the terminal says which pictures it takes.
  private var isOpen = false

  /// What a file or a pipe gets.
  package static let plain = TerminalAbilities(
    pictures: .none, colors: .none, isUnicode: true)

  package init(pictures: Pictures, colors: Colors, isUnicode: Bool) {
    (self.pictures, self.colors, self.isUnicode) = (pictures, colors, isUnicode)
  }

  /// - Parameter choice: what pictures to draw with; nil: the best that the terminal is known to take.
  package init(environment: [String: String], pictures choice: Pictures? = nil) {
    func value(_ name: String) -> String { environment[name] ?? "" }
    let term = value("TERM")
    let program = value("TERM_PROGRAM")
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].map(value).first { !$0.isEmpty } ?? "UTF-8"
    let folded = locale.uppercased()
    isUnicode = (folded.contains("UTF-8") || folded.contains("UTF8")) && term != "dumb"
    let isBare = !value("NO_COLOR").isEmpty || ["dumb", ""].contains(term)
    let isInside = !value("TMUX").isEmpty || term.hasPrefix("screen") || term.hasPrefix("tmux")
    if isBare {
      colors = .none
    } else if ["truecolor", "24bit"].contains(value("COLORTERM")) || term.hasSuffix("-direct") {
      colors = .full
    } else if term.contains("256") || term.contains("kitty") || term.hasPrefix("foot") {
      colors = .palette
    } else {
      colors = .sixteen
    }
    // "15;0": ink and paper, of which 7 and 9 to 15 are light.
    if let paper = value("COLORFGBG").split(separator: ";").last.flatMap({ Int($0) }) {
      isDark = !(paper == 7 || (9...15).contains(paper))
    }
    guard let choice else {
      pictures = .blocks
      isOpen = !isInside
      isWorthAsking = !["dumb", "linux", ""].contains(term) && program != "Apple_Terminal"
      guard !isInside else { return }
      if !value("KITTY_WINDOW_ID").isEmpty || term.contains("kitty")
        || ["ghostty", "WezTerm"].contains(program)
      {
        pictures = .kitty
        colors = isBare ? .none : .full
      } else if ["mlterm"].contains(term) || term.hasPrefix("foot") || program == "iTerm.app" {
        pictures = .sixel
      }
      return
    }
    pictures = choice
    isWorthAsking = !["dumb", "linux", ""].contains(term) && program != "Apple_Terminal"
  }

  /// What is sent to ask: the size of a place, the background, whether Kitty's pictures are taken, and, last, since every
  /// terminal answers it, what kind of terminal it is (DA1).
  package static let question =
    "\u{1B}[16t\u{1B}]11;?\u{1B}\\\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c"

  /// Takes in what the terminal answers.
  package mutating func learn(_ reply: TerminalReply) {
    switch reply {
    case .takesKittyPictures:
      guard isOpen else { return }
      pictures = .kitty
      // Those that do have all colours.
      if colors > .none { colors = .full }
    case .attributes(let attributes):
      if isOpen, attributes.contains(4), pictures == .blocks { pictures = .sixel }
    case .cellSize(let width, let height):
      if (2...200).contains(width), (2...400).contains(height) { cell = (width, height) }
    case .background(let red, let green, let blue):
      // Rec. 709.
      isDark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
    }
  }

  package static func == (a: TerminalAbilities, b: TerminalAbilities) -> Bool {
    a.pictures == b.pictures && a.colors == b.colors && a.isUnicode == b.isUnicode
      && a.isDark == b.isDark && a.cell == b.cell
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(pictures) }
}

/// What a terminal answers to ``TerminalAbilities/question``.
package enum TerminalReply: Sendable, Hashable {
  case takesKittyPictures
  /// DA1's numbers: 4 means sixel.
  case attributes([Int])
  case cellSize(width: Int, height: Int)
  /// 0 … 1 each.
  case background(Double, Double, Double)
}
