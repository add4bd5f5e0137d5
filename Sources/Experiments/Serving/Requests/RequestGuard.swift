import ExperimentFiles
import Foundation

/// Which requests are answered at all. A page on a computer's own address is reached by every page that a browser has open,
/// and by names that are made to point to it (DNS rebinding): so the host is one of the server's own, exactly; what acts or
/// takes time is asked for by the server's own pages alone; and nothing but reading is there.
package struct RequestGuard: Sendable {
  /// Authorities, `127.0.0.1:8080`.
  private let hosts: Set<String>
  /// What every request has to bring; nil on the computer's own address, where reading needs none.
  private let token: String?
  /// What the one request that acts has to bring.
  private let actionToken: String

  static let mostTarget = 8192
  static let mostHeaders = 32768
  static let mostBody = 16384
  static let cookie = "workbench"

  /// - Parameters:
  ///   - hosts: authorities that the server goes by.
  ///   - token: what every request has to bring; nil: none.
  ///   - actionToken: what the request that samples a network has to bring; the server's own pages know it.
  package init(hosts: Set<String>, token: String?, actionToken: String) {
    self.hosts = Set(hosts.map { $0.lowercased() })
    self.token = token
    self.actionToken = actionToken
  }

  /// The authorities of the computer's own address.
  package static func loopback(port: Int) -> Set<String> {
    ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"]
  }

  /// What takes time or says what is going on: asked for by the server's own pages, or typed.
  private static let guarded: Set<String> = ["denoise", "events", "sql", "play"]

  /// nil where the request may be answered.
  package func refusal(_ request: PageRequest) -> PageAnswer? {
    guard let host = request.headers["host"], hosts.contains(host.lowercased()) else {
      return .refusal(
        421, "This server goes by \(hosts.sorted().joined(separator: ", ")), not by this name.")
    }
    if request.target.utf8.count > Self.mostTarget {
      return .refusal(414, "The address is too long.")
    }
    if request.headers.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count })
      > Self.mostHeaders
    {
      return .refusal(431, "The headers are too long.")
    }
    guard let path = request.path else {
      return .refusal(400, "This is no address of this server.")
    }
    let isAction = path == ["play"]
    guard request.method == "GET" || (request.method == "POST" && isAction) else {
      var answer = PageAnswer.refusal(405, "This server is read, nothing else.")
      answer.headers.append(("Allow", isAction ? "GET, POST" : "GET"))
      return answer
    }
    if request.body.count > Self.mostBody || (request.method == "GET" && !request.body.isEmpty) {
      return .refusal(413, "There is more in this request than it can need.")
    }
    if let token, !hasToken(request, token) {
      return .refusal(
        401, "This server asks for its token: open the address that 'workbench serve' has printed.")
    }
    // A picture of what a query gives is a query too.
    let isQuery = request.query.contains { $0.key == "cell" && $0.value == SQLCell.kind }
    if isQuery || Self.guarded.contains(path.first ?? ""), let why = foreign(request) {
      return .refusal(403, why)
    }
    if request.method == "POST",
      !Self.isSame(request.headers["x-workbench-token"] ?? "", actionToken)
    {
      return .refusal(403, "The request lacks the page's token: load the page again.")
    }
    return nil
  }

  private func hasToken(_ request: PageRequest, _ token: String) -> Bool {
    if let given = request.value("token"), Self.isSame(given, token) { return true }
    let cookies = (request.headers["cookie"] ?? "").split(separator: ";").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return cookies.contains { Self.isSame($0, "\(Self.cookie)=\(token)") }
  }

  /// Why a request is another page's; nil where it is this server's own or typed.
  private func foreign(_ request: PageRequest) -> String? {
    if let origin = request.headers["origin"],
      !hosts.contains(where: { origin.lowercased() == "http://\($0)" })
    {
      return "Another page's request: only this server's own pages may ask for this."
    }
    // A typed address and a bookmark are no page's.
    let isTyped = request.method == "GET" && request.headers["sec-fetch-site"] == "none"
    if let site = request.headers["sec-fetch-site"], site != "same-origin", !isTyped {
      return "Another site's request: only this server's own pages may ask for this."
    }
    return nil
  }

  /// Takes as long for any text of one length.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
