import Foundation
import Serving
import Store
import TestSupport
import Testing

@testable import Workbench

/// The server as a browser and as others reach it.
@Suite struct ServeVerbTests {
  /// The answer to a request as it stands on the wire; empty where nobody listens.
  private func answer(_ request: String, port: UInt16) -> String {
    #if os(Linux)
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let socket = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(socket) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) == 0 }
    }
    guard isConnected else { return "" }
    let bytes = Array(request.replacing("\n", with: "\r\n").utf8)
    guard write(socket, bytes, bytes.count) == bytes.count else { return "" }
    var found: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(socket, &buffer, buffer.count)
      guard count > 0 else { break }
      found += buffer[..<count]
    }
    return String(decoding: found, as: UTF8.self)
  }

  private func status(_ answer: String) -> Int? {
    answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  @Test func pagesForThisComputer() async throws {
    let place = try Workplace()
    #expect(try place.startRun().wait().code == 0)
    let server = try place.start(["serve", "--port", "0"])
    var address = ""
    for _ in 0..<2000 where address.isEmpty {
      try await Task.sleep(for: .milliseconds(10))
      address = server.output.split(separator: "\n").first.map(String.init) ?? ""
    }
    let port = try #require(
      address.firstMatch(of: /^http:\/\/127\.0\.0\.1:(\d+)\/$/).flatMap { UInt16($0.1) })
    func ask(_ method: String, _ target: String, _ headers: String = "") -> String {
      answer(
        "\(method) \(target) HTTP/1.1\nHost: 127.0.0.1:\(port)\nConnection: close\n\(headers)\n",
        port: port)
    }
    let page = ask("GET", "/")
    #expect(status(page) == 200 && page.contains("tiny"))
    for header in [
      "Content-Security-Policy: default-src 'none'; script-src 'sha256-",
      "X-Content-Type-Options: nosniff",
      "Cache-Control: no-store", "X-Frame-Options: DENY",
    ] {
      #expect(page.contains(header), "\(header)")
    }
    #expect(!page.contains("Access-Control") && !page.contains("<script>"))
    #expect(status(ask("GET", "/e/tiny")) == 200)
    #expect(ask("GET", "/e/tiny/plot.svg?y=train%2Floss").contains("image/svg+xml"))
    // Names that are not this server's, other methods, other sites.
    #expect(
      status(answer("GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n", port: port)) == 421
    )
    #expect(status(answer("GET / HTTP/1.0\nConnection: close\n\n", port: port)) == 421)
    #expect(status(ask("DELETE", "/e/tiny")) == 405)
    #expect(status(ask("POST", "/play", "Content-Length: 0\n")) == 403)
    #expect(status(ask("GET", "/sql?q=SELECT+1", "Origin: http://evil.example\n")) == 403)
    #expect(status(ask("GET", "/sql?q=SELECT+1")) == 200)
    // Another server finds the address taken.
    let second = try place.start(["serve", "--port", String(port)]).wait()
    #expect(second.code == 73 && second.errors.contains("cannot listen on 127.0.0.1, port \(port)"))
    server.send(SIGINT)
    #expect(server.wait().code == 130)
  }

  /// Samples on demand, of one class; a sampler that there is not is refused.
  @Test func playDraws() async throws {
    let place = try Workplace()
    #expect(try place.startRun().wait().code == 0)
    let player = NetworkPlayer(folder: place.storeFolder)
    let run = try #require(try place.store().runs().first).id
    let choices = try #require(try await player.choices(run: run))
    #expect(choices.steps == 3 && choices.sampler == "ddim" && choices.classes.contains("star"))
    let sheet = try await player.sample(
      .init(run: run, sampler: "ddim", steps: 2, guidance: nil, classIndex: 1, seed: 0, count: 4))
    #expect(sheet.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    await #expect(throws: StoreError.self) {
      _ = try await player.sample(
        .init(run: run, sampler: "none", steps: 2, guidance: nil, classIndex: 1, seed: 0, count: 4))
    }
    // A page that goes takes its request with it.
    let long = Task {
      try await player.sample(
        .init(
          run: run, sampler: "ddim", steps: 100, guidance: nil, classIndex: 1, seed: 0, count: 4000)
      )
    }
    // However late it begins.
    let stopping = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(100))
        await player.stop()
      }
    }
    await #expect(throws: SamplingStopped.self) { _ = try await long.value }
    stopping.cancel()
  }
}
