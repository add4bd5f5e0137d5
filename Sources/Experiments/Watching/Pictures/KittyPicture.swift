import Foundation
package import Images

/// Kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol).
package enum KittyPicture {
  /// Bytes of a piece, in base64.
  private static let piece = 4096

  /// Sends a picture and shows it at the cursor, which stays; one of the same number is replaced.
  /// - Parameters:
  ///   - id: its number in the terminal.
  ///   - columns: places that it is wide; enlarged or reduced to that.
  /// - Returns: nothing where it is no picture.
  package static func shown(_ image: Image, id: UInt32, columns: Int, rows: Int) -> String {
    guard let png = try? image.png(isQuick: true) else { return "" }
    let text = Array(Data(png).base64EncodedString().utf8)
    var out = ""
    var start = 0
    while start < text.count {
      let end = min(text.count, start + piece)
      let control =
        start == 0 ? "a=T,f=100,q=2,C=1,i=\(id),p=1,c=\(columns),r=\(rows)," : ""
      out += "\u{1B}_G\(control)m=\(end < text.count ? 1 : 0);"
      out += String(decoding: text[start..<end], as: UTF8.self)
      out += "\u{1B}\\"
      start = end
    }
    return out
  }

  /// Takes a picture away, and out of the terminal's memory.
  package static func removed(id: UInt32) -> String { "\u{1B}_Ga=d,d=I,i=\(id),q=2\u{1B}\\" }
}
