/// Addresses of pages: every view is one.
enum Address {
  /// Bytes that are not unreserved as %XX (RFC 3986, 2.1 and 2.3).
  static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes.append(hexadecimal[Int(byte >> 4)])
        bytes.append(hexadecimal[Int(byte & 15)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let hexadecimal = Array("0123456789ABCDEF".utf8)

  /// - Parameter query: keys with empty values are left out.
  static func of(_ path: [String], _ query: [(key: String, value: String)] = []) -> String {
    let pairs = query.filter { !$0.value.isEmpty }.map { "\(encoded($0.key))=\(encoded($0.value))" }
    return "/" + path.map(encoded).joined(separator: "/")
      + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
  }

  static func experiment(_ name: String, _ view: String? = nil) -> String {
    of(["e", name] + (view.map { [$0] } ?? []))
  }

  static func run(_ id: String) -> String { of(["r", String(id.prefix(16))]) }
}
