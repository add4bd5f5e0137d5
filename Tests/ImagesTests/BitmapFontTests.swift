import Testing

@testable import Images

@Suite struct BitmapFontTests {
  @Test func everyPrintableCharacterHasAGlyphOfItsOwn() {
    #expect(BitmapFont.glyphs.count == 95)
    // Trimming makes nothing alike that was not.
    #expect(Set(BitmapFont.glyphs).count == 95)
    for (place, glyph) in BitmapFont.glyphs.enumerated() {
      #expect(glyph.rows.count == BitmapFont.height)
      #expect((1...5).contains(glyph.width))
      #expect(glyph.rows.allSatisfy { Int($0) < 1 << glyph.width })
      #expect(glyph.rows.contains { $0 != 0 } == (place != 0))
    }
  }

  @Test func lettersStandOnTheLine() {
    let hanging = Set("gjpqy,;_|")
    for code in 33..<127 {
      let character = Character(UnicodeScalar(UInt8(code)))
      let isHanging = BitmapFont.glyphs[code - 32].rows[BitmapFont.ascent...].contains { $0 != 0 }
      #expect(isHanging == hanging.contains(character), "\(character)")
    }
    for character in "ABCXYZabcxyz0123456789" {
      let rows = BitmapFont.glyphs(of: String(character))[0].rows
      #expect(rows[BitmapFont.ascent - 1] != 0, "\(character)")
    }
  }

  @Test func theLetterLIsDrawnAsDesigned() {
    #expect(
      BitmapFont.glyphs(of: "L") == [
        .init(width: 5, rows: [1, 1, 1, 1, 1, 1, 0b11111, 0, 0])
      ])
  }

  @Test func widths() {
    #expect(BitmapFont.width(of: "") == 0)
    #expect(BitmapFont.width(of: "L") == 5)
    #expect(BitmapFont.width(of: "LL") == 11)
    #expect(BitmapFont.width(of: "11") == 11)
    #expect(BitmapFont.width(of: "!") == 1)
  }

  @Test func whatTheFontHasNotIsReplaced() {
    #expect(BitmapFont.glyphs(of: "−×ᾱ") == BitmapFont.glyphs(of: "-xalpha-bar"))
    #expect(BitmapFont.glyphs(of: "漢\u{7}") == BitmapFont.glyphs(of: "??"))
    #expect(BitmapFont.glyphs(of: "Äpfel, naïve ε̂") == BitmapFont.glyphs(of: "Apfel, naive e"))
    // The same letter, composed or not.
    #expect(BitmapFont.glyphs(of: "e\u{301}\u{e9}") == BitmapFont.glyphs(of: "ee"))
    #expect(
      BitmapFont.glyphs(of: "Straße Łódź smørbrød")
        == BitmapFont.glyphs(of: "Strasse Lodz smorbrod"))
  }

  @Test func classesInOtherLettersGoByTheirNumber() {
    #expect(
      Image.labels(ofClasses: ["cat", "Äpfel", "猫", "кот 2", "dog 🐶", "🐶", "", "a_b"])
        == ["cat", "Apfel", "2", "3", "dog", "5", "6", "a_b"])
    // What is left of a name, where it is no other's.
    #expect(
      Image.labels(ofClasses: ["Äpfel 日本", "cat 🐱", "cat 🐈", "猫 cat", "cat", "7"])
        == ["Apfel", "1", "2", "3", "cat", "7"])
  }
}
