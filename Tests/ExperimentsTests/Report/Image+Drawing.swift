import Foundation
import Images
import Testing

extension Image {
  /// The picture that lies in a drawing of the report.
  init(inDrawing svg: [UInt8]) throws {
    let text = String(decoding: svg, as: UTF8.self)
    let encoded = try #require(text.firstMatch(of: /href="data:image\/png;base64,([^"]*)"/)).1
    try self.init(png: [UInt8](#require(Data(base64Encoded: String(encoded)))))
  }
}
