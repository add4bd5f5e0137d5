import Foundation

/// A request as the server has read it.
package struct PageRequest: Sendable {
  package var method: String
  /// As it came: path and query, percent-encoded.
  package var target: String
  /// By names in small letters.
  package var headers: [String: String]
  package var body: [UInt8]

  package init(
    method: String = "GET", target: String, headers: [String: String] = [:], body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }

  /// Parts of the path, decoded; nil where it is no path of this server's.
  var path: [String]? {
    let path = target.prefix { $0 != "?" }
    guard path.hasPrefix("/") else { return nil }
    var parts: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let text = String(part).removingPercentEncoding else { return nil }
      if text.unicodeScalars.contains(where: { $0.value < 32 }) || text == ".." { return nil }
      parts.append(text)
    }
    return parts == [""] ? [] : parts
  }

  /// Keys and values of the query in their order; `+` is a blank, as forms send it.
  var query: [(key: String, value: String)] {
    guard let mark = target.firstIndex(of: "?") else { return [] }
    return target[target.index(after: mark)...].split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      func decoded(_ text: Substring) -> String {
        let spaced = text.replacingOccurrences(of: "+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
      }
      return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
    }
  }

  /// The last value of a key; nil where it is not there or empty.
  func value(_ key: String) -> String? {
    query.last { $0.key == key && !$0.value.isEmpty }?.value
  }

  /// How many of something are asked for, at least one.
  func count(_ key: String, atFirst: Int) -> Int {
    value(key).flatMap { Int($0) }.map { min(max(1, $0), 1_000_000) } ?? atFirst
  }
}
