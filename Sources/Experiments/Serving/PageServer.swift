import FlyingFox
import FlyingSocks
import Foundation
package import Store

/// Pages over a run store: reads, writes nothing, loads nothing from elsewhere.
package actor PageServer {
  package struct Options: Sendable {
    /// An IPv4 or IPv6 address.
    package var host: String
    /// 0: any that is free.
    package var port: UInt16
    /// What every request has to bring; nil: none, on the computer's own address.
    package var token: String?

    package init(host: String = "127.0.0.1", port: UInt16 = 0, token: String? = nil) {
      (self.host, self.port, self.token) = (host, port, token)
    }
  }

  private let store: RunStore
  private let options: Options
  private let sampler: (any PageSampler)?

  /// - Parameter sampler: draws from trained networks when a page asks; nil: pages do not ask.
  package init(store: RunStore, options: Options, sampler: (any PageSampler)? = nil) {
    (self.store, self.options, self.sampler) = (store, options, sampler)
  }

  /// Serves until the task is cancelled.
  /// - Parameter ready: called once with the address of the first page.
  /// - Throws: `StoreError` where the address cannot be taken.
  package func run(ready: @Sendable (_ address: String) -> Void) async throws {
    let server = HTTPServer(config: try configuration())
    let running = Task { try await server.run() }
    do {
      try await server.waitUntilListening(timeout: 10)
    } catch {
      running.cancel()
      throw refused(EADDRINUSE)
    }
    let port = await Self.port(server) ?? Int(options.port)
    let name = options.host.contains(":") ? "[\(options.host)]" : options.host
    var hosts = RequestGuard.loopback(port: port)
    if options.token != nil { hosts.formUnion(Self.ownNames(name).map { "\($0):\(port)" }) }
    let actionToken = Self.secret()
    let pages = Pages(store: store, sampler: sampler, actionToken: actionToken)
    let check = RequestGuard(hosts: hosts, token: options.token, actionToken: actionToken)
    let token = options.token
    await server.appendRoute("*") { request in
      let read = await Self.read(request)
      var answer = check.refusal(read)
      if answer == nil { answer = await pages.answer(read) }
      return Self.response(answer ?? .refusal(404, "There is no such page."), token: token, read)
    }
    let shown = Self.ownNames(name).first ?? name
    ready("http://\(shown):\(port)/" + (token.map { "?token=\($0)" } ?? ""))
    let roll = Task { [store] in
      // A run whose process has died says nothing any more: pages are to know.
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(5))
        try? store.noticeCrashedRuns()
      }
    }
    defer { roll.cancel() }
    try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      running.cancel()
    }
  }

  /// Why the address cannot be had, by the system's error.
  private func refused(_ code: Int32) -> StoreError {
    let why =
      switch code {
      case EADDRNOTAVAIL: "this computer has no such address (0.0.0.0 is all that it has)"
      case EACCES: "ports below 1024 are the system's (--port takes another)"
      default: "another program may be there (--port takes another)"
      }
    return StoreError(
      .cannotCreate, "cannot listen on \(options.host), port \(options.port): \(why)")
  }

  private func configuration() throws -> HTTPServer.Configuration {
    func configuration<Address: SocketAddress>(
      _ address: Address
    ) throws -> HTTPServer.Configuration {
      // The server tells nobody that an address is taken: one look at it before.
      do {
        let socket = try Socket(domain: Int32(Address.family))
        try socket.setValue(true, for: .localAddressReuse)
        try socket.bind(to: address)
        try socket.listen()
        try socket.close()
      } catch SocketError.failed(_, let code, _) {
        throw refused(code)
      }
      return HTTPServer.Configuration(
        address: address, timeout: 60, sharedRequestBufferSize: RequestGuard.mostBody,
        pool: PromptSocketPool(), logger: .disabled)
    }
    do {
      return try options.host.contains(":")
        ? configuration(sockaddr_in6.inet6(ip6: options.host, port: options.port))
        : configuration(sockaddr_in.inet(ip4: options.host, port: options.port))
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        .badInput, "'\(options.host)' is no address: --host takes one like 127.0.0.1 or 0.0.0.0")
    }
  }

  /// What others may call this computer by: of all its addresses where it listens on all of them.
  private static func ownNames(_ address: String) -> [String] {
    guard ["0.0.0.0", "[::]"].contains(address) else { return [address] }
    return [ProcessInfo.processInfo.hostName]
      + Host.current().addresses.map { $0.contains(":") ? "[\($0)]" : $0 }
  }

  private static func port(_ server: HTTPServer) async -> Int? {
    switch await server.listeningAddress {
    case .ip4(_, let port), .ip6(_, let port): Int(port)
    default: nil
    }
  }

  /// 128 random bits.
  package static func secret() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let part = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - part.count) + part
    }.joined()
  }

  private static func read(_ request: HTTPRequest) async -> PageRequest {
    var headers: [String: String] = [:]
    for (name, value) in request.headers {
      let name = name.rawValue.lowercased()
      headers[name] = headers[name].map { $0 + ", " + value } ?? value
    }
    var body: [UInt8] = []
    if let count = request.bodySequence.count, count > RequestGuard.mostBody {
      body = [UInt8](repeating: 0, count: RequestGuard.mostBody + 1)
    } else if let data = try? await request.bodyData {
      body = Array(data.prefix(RequestGuard.mostBody + 1))
    }
    return PageRequest(
      method: request.method.rawValue, target: request.target.rawValue, headers: headers,
      body: body)
  }

  private static func response(
    _ answer: PageAnswer, token: String?, _ request: PageRequest
  ) -> HTTPResponse {
    var headers: [HTTPHeader: String] = [:]
    let type = answer.headers.first { $0.name == "Content-Type" }?.value ?? ""
    for (name, value) in SafetyHeaders.all(for: type) + answer.headers {
      headers[HTTPHeader(name)] = value
    }
    if headers[HTTPHeader("Cache-Control")] == nil {
      headers[HTTPHeader("Cache-Control")] = "no-store"
    }
    // The address with the token is opened once; the cookie serves from then on.
    if let token, answer.status == 200, request.value("token") == token {
      headers[HTTPHeader("Set-Cookie")] =
        "\(RequestGuard.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"
    }
    let code = HTTPStatusCode(answer.status, phrase: phrases[answer.status] ?? "Refused")
    switch answer.body {
    case .bytes(let bytes):
      return HTTPResponse(
        statusCode: code, headers: HTTPHeaders(headers),
        body: HTTPBodySequence(data: Data(bytes), suggestedBufferSize: 1 << 18))
    case .events(let events):
      return HTTPResponse(
        statusCode: code, headers: HTTPHeaders(headers),
        body: HTTPBodySequence(from: EventBytes(events: events)))
    }
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 414: "URI Too Long",
    421: "Misdirected Request", 431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
  ]
}

/// Events as the bytes of a body.
private struct EventBytes: AsyncBufferedSequence {
  typealias Element = UInt8
  let events: AsyncStream<String>

  func makeAsyncIterator() -> Iterator { Iterator(events: events.makeAsyncIterator()) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var events: AsyncStream<String>.AsyncIterator
    private var rest: [UInt8] = []

    init(events: AsyncStream<String>.AsyncIterator) { self.events = events }

    mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      if rest.isEmpty { rest = await events.next().map { Array($0.utf8) } ?? [] }
      guard !rest.isEmpty else { return nil }
      defer { rest.removeFirst(Swift.min(count, rest.count)) }
      return Array(rest.prefix(count))
    }
  }
}
