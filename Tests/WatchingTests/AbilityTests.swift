import Testing
import Watching

/// What terminals are known, and say, to show.
@Suite struct AbilityTests {
  @Test func environmentsAreKnown() {
    func of(_ environment: [String: String]) -> TerminalAbilities {
      TerminalAbilities(environment: environment)
    }
    let kitty = of(["TERM": "xterm-kitty", "LANG": "C.UTF-8"])
    #expect(kitty.pictures == .kitty && kitty.colors == .full && kitty.isUnicode)
    #expect(of(["TERM": "foot"]).pictures == .sixel)
    let tmux = of(["TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"])
    #expect(tmux.pictures == .blocks && tmux.colors == .palette)
    #expect(of(["TERM": "xterm", "NO_COLOR": "1"]).colors == .none)
    #expect(of(["TERM": "xterm", "COLORTERM": "truecolor"]).colors == .full)
    #expect(of(["TERM": "xterm"]).colors == .sixteen)
    #expect(!of(["TERM": "xterm", "LANG": "C"]).isUnicode)
    #expect(of(["TERM": "xterm", "LANG": "C", "LC_ALL": "de_DE.utf8"]).isUnicode)
    #expect(!of(["TERM": "xterm", "COLORFGBG": "0;15"]).isDark)
    #expect(!of(["TERM": "linux"]).isWorthAsking && of(["TERM": "xterm"]).isWorthAsking)
  }

  @Test func answersAreTaken() {
    var xterm = TerminalAbilities(environment: ["TERM": "xterm-256color"])
    xterm.learn(.attributes([62, 4]))
    #expect(xterm.pictures == .sixel)
    xterm.learn(.cellSize(width: 9, height: 18))
    #expect(xterm.cell == (9, 18))
    xterm.learn(.cellSize(width: 0, height: 100_000))
    #expect(xterm.cell == (9, 18))
    xterm.learn(.takesKittyPictures)
    #expect(xterm.pictures == .kitty && xterm.colors == .full)
    xterm.learn(.background(1, 1, 1))
    #expect(!xterm.isDark)
    // What was asked for stays.
    var blocks = TerminalAbilities(environment: ["TERM": "xterm"], pictures: .blocks)
    blocks.learn(.takesKittyPictures)
    blocks.learn(.attributes([4]))
    #expect(blocks.pictures == .blocks)
    var tmux = TerminalAbilities(environment: ["TERM": "tmux", "TMUX": "x"])
    tmux.learn(.attributes([4]))
    #expect(tmux.pictures == .blocks)
  }
}
