import TestSupport
import Testing
import Watching

/// Bytes of a terminal as keys.
@Suite struct KeyDecoderTests {
  private func decoded(_ text: String) -> [TerminalInput] {
    var decoder = KeyDecoder()
    return decoder.feed(Array(text.utf8)) + decoder.settle()
  }

  @Test(
    arguments: [
      ("\u{1B}[A", .up), ("\u{1B}OB", .down), ("\u{1B}[1;2C", .right), ("\u{1B}[D", .left),
      ("\u{1B}[H", .home), ("\u{1B}[4~", .end), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown),
      ("\u{1B}[Z", .backTab), ("\r", .enter), ("\t", .tab), ("\u{7F}", .backspace),
      ("\u{1B}", .escape), ("\u{0C}", .control("l")), ("j", .character("j")),
      ("é", .character("é")), ("扩", .character("扩")), ("🙂", .character("🙂")),
    ] as [(String, Key)])
  func oneKey(_ bytes: String, _ key: Key) { #expect(decoded(bytes) == [.key(key)]) }

  /// However a sequence is cut, it is the same; an escape is a key only if nothing follows.
  @Test func piecesAreJoined() {
    let text = "\u{1B}[Ax\u{1B}[200~q\u{1B}[31m;é\u{1B}[201~\u{1B}[?62;4c\u{1B}_Gi=31;OK\u{1B}\\扩"
    let whole = decoded(text)
    #expect(whole.count == 6)
    let bytes = Array(text.utf8)
    for cut in bytes.indices {
      var decoder = KeyDecoder()
      let parts = decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...])
      #expect(parts == whole, "cut at \(cut)")
    }
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty && decoder.isWaiting)
    #expect(decoder.settle() == [.key(.escape)] && !decoder.isWaiting)
  }

  /// A paste is text, whatever is in it.
  @Test func pastesAreNoKeys() {
    #expect(decoded("\u{1B}[200~q\nrm\u{7}\u{1B}[201~") == [.pasted("q rm ")])
  }

  @Test func repliesAreRead() {
    #expect(decoded("\u{1B}[?62;4;22c") == [.reply(.attributes([62, 4, 22]))])
    #expect(decoded("\u{1B}[6;20;10t") == [.reply(.cellSize(width: 10, height: 20))])
    #expect(decoded("\u{1B}_Gi=31;OK\u{1B}\\") == [.reply(.takesKittyPictures)])
    #expect(
      decoded("\u{1B}]11;rgb:ffff/0000/80\u{7}") == [.reply(.background(1, 0, 128.0 / 255))])
    // Refused, or another's.
    #expect(decoded("\u{1B}_Gi=31;ENOTSUPPORTED\u{1B}\\").isEmpty)
    #expect(decoded("\u{1B}]11;rgb:zz/0/0\u{1B}\\").isEmpty)
  }

  /// Sequences that nobody knows are left out whole; random bytes end in no trap.
  @Test func whatIsUnknownIsNoKey() {
    for text in [
      "\u{1B}[38;5;1m", "\u{1B}[<0;10;10M", "\u{1B}[?1u", "\u{1B}P1$r0m\u{1B}\\", "\u{1B}x",
    ] {
      #expect(decoded(text + "a").suffix(1) == [.key(.character("a"))], "\(text.debugDescription)")
      #expect(decoded(text + "a").count == 1, "\(text.debugDescription)")
    }
    var random = SplitMix(seed: 7)
    for _ in 0..<200 {
      var decoder = KeyDecoder()
      let bytes = (0..<400).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      for case .key(.character(let character)) in decoder.feed(bytes) {
        #expect(character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      }
    }
  }
}
