import Testing

@testable import Serving

/// Requests that other pages, other names and other programs may make.
@Suite struct RequestGuardTests {
  private let check = RequestGuard(
    hosts: RequestGuard.loopback(port: 8017), token: nil, actionToken: "0123abcd")

  private func status(
    _ target: String = "/", method: String = "GET", _ headers: [String: String] = [:],
    body: Int = 0, host: String? = "127.0.0.1:8017", by check: RequestGuard? = nil
  ) -> Int {
    var headers = headers
    if let host { headers["host"] = host }
    let request = PageRequest(
      method: method, target: target, headers: headers, body: [UInt8](repeating: 65, count: body))
    return (check ?? self.check).refusal(request)?.status ?? 200
  }

  @Test(arguments: ["127.0.0.1:8017", "localhost:8017", "LOCALHOST:8017", "[::1]:8017"])
  func ownNames(host: String) {
    #expect(status(host: host) == 200)
    #expect(status("/e/any%20name/plot.svg?y=train%2Floss", host: host) == 200)
  }

  /// Names that point here without being this server's, as DNS rebinding has them.
  @Test(arguments: [
    nil, "", "evil.example", "evil.example:8017", "127.0.0.1", "localhost", "127.0.0.1:80",
    "localhost:8018", "127.0.0.1:8017.evil.example", "evil.example#127.0.0.1:8017",
    "127.0.0.1:8017@evil.example", "localhost.:8017", "127.1:8017", "0.0.0.0:8017",
    "2130706433:8017",
    "[::]:8017", "[::ffff:127.0.0.1]:8017", " 127.0.0.1:8017", "127.0.0.1:8017 ",
    "127.0.0.1:8017, evil.example", "127.0.0.1:08017", "http://127.0.0.1:8017",
  ])
  func otherNames(host: String?) {
    #expect(status(host: host) == 421)
  }

  @Test(arguments: [
    "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "GET ", "",
    "PROPFIND",
  ])
  func otherMethods(method: String) {
    #expect(status(method: method) == 405)
    #expect(status("/sql?q=SELECT+1", method: method) == 405)
    if method != "POST" { #expect(status("/play", method: method) == 405) }
  }

  @Test(arguments: [
    "http://evil.example/", "*", "", "sql", "//evil.example/%zz", "/%00", "/e/%0a/runs", "/a/../b",
    "/%2e%2e/etc/passwd", "/e/%1b[31m",
  ])
  func otherPaths(target: String) {
    #expect(status(target) == 400)
  }

  @Test func sizes() {
    #expect(status("/" + String(repeating: "a", count: 9000)) == 414)
    #expect(status("/", ["x": String(repeating: "a", count: 40_000)]) == 431)
    #expect(status("/", body: 1) == 413)
    let own = ["x-workbench-token": "0123abcd"]
    #expect(status("/play", method: "POST", own, body: 100) == 200)
    #expect(status("/play", method: "POST", own, body: 20_000) == 413)
  }

  /// What takes time or tells what goes on is for the server's own pages.
  @Test(arguments: [
    "/events", "/sql?q=SELECT+1", "/play", "/denoise/0123abcd",
    "/e/x/plot.svg?cell=sql&query=SELECT+1",
  ])
  func otherOrigins(target: String) {
    for origin in [
      "null", "http://evil.example", "https://127.0.0.1:8017", "http://127.0.0.1:8018",
      "http://localhost", "http://127.0.0.1:8017.evil.example", "file://",
    ] {
      #expect(status(target, ["origin": origin]) == 403)
    }
    for site in ["cross-site", "same-site", "nonsense", ""] {
      #expect(status(target, ["sec-fetch-site": site]) == 403)
    }
    #expect(
      status(target, ["origin": "http://127.0.0.1:8017", "sec-fetch-site": "same-origin"]) == 200)
    #expect(status(target, ["sec-fetch-site": "none"]) == 200)
    #expect(status(target) == 200)
    // Reading a page is harmless: its answer is not given to other pages.
    #expect(status("/", ["origin": "http://evil.example", "sec-fetch-site": "cross-site"]) == 200)
  }

  @Test(arguments: ["", "0123abce", "0123abcd ", "0123ABCD", "0123abc", "0123abcdd"])
  func samplingAsksForTheToken(token: String) {
    #expect(status("/play", method: "POST", ["x-workbench-token": token]) == 403)
    #expect(status("/play", method: "POST") == 403)
    #expect(
      status(
        "/play", method: "POST", ["x-workbench-token": "0123abcd", "sec-fetch-site": "none"]) == 403
    )
    #expect(status("/play", method: "POST", ["x-workbench-token": "0123abcd"]) == 200)
  }

  @Test func elsewhereEveryRequestBringsTheToken() {
    let open = RequestGuard(
      hosts: ["192.168.0.7:8017"], token: "secret", actionToken: "0123abcd")
    func status(_ target: String, _ headers: [String: String] = [:]) -> Int {
      self.status(target, headers, host: "192.168.0.7:8017", by: open)
    }
    #expect(status("/") == 401)
    #expect(status("/page.js") == 401)
    for wrong in [
      "/?token=", "/?token=secre", "/?token=secret1", "/?token=SECRET", "/?tokens=secret",
    ] {
      #expect(status(wrong) == 401)
    }
    for wrong in ["workbench=secre", "workbenc=secret", "secret", "x=workbench=secret"] {
      #expect(status("/", ["cookie": wrong]) == 401)
    }
    #expect(status("/?token=secret") == 200)
    #expect(status("/", ["cookie": "a=b; workbench=secret"]) == 200)
  }
}
