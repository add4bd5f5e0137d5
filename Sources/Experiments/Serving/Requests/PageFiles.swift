import Diffusion
import Foundation

/// What all pages share: one script and one style, both known to the browser by their hashes.
struct PageFiles {
  let text: String
  /// As Content-Security-Policy and `integrity` write it.
  let integrity: String

  static let script = PageFiles(PackageResources.page_js)
  static let style = PageFiles(PackageResources.page_css)

  private init(_ bytes: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
    let digits = Array(SHA256.hexadecimal(of: bytes))
    let hash = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0..<$0 + 2]), radix: 16)
    }
    integrity = "sha256-" + Data(hash).base64EncodedString()
  }
}
