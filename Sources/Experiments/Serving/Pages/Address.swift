import Foundation

/// Addresses of pages: every view is one.
enum Address {
  private static let allowed = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }

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
