import FlyingFox
import FlyingSocks
import Foundation

/// Sockets that send at once. The server writes the head of an answer, then its body: by Nagle's algorithm a body of less
/// than a segment waits for the browser to acknowledge the head, which it puts off for 40 ms (RFC 896, RFC 1122 4.2.3.2).
struct PromptSocketPool: AsyncSocketPool {
  private let pool: any AsyncSocketPool = HTTPServer.defaultPool()

  func prepare() async throws { try await pool.prepare() }
  func run() async throws { try await pool.run() }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    var isPrompt: Int32 = 1
    setsockopt(
      socket.file.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &isPrompt,
      socklen_t(MemoryLayout<Int32>.size))
    try await pool.suspendSocket(socket, untilReadyFor: events)
  }
}
