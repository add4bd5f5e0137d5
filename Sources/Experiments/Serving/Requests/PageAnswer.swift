import Text

/// What the server answers.
package struct PageAnswer: Sendable {
  package enum Body: Sendable {
    case bytes([UInt8])
    /// Server-sent events, each as it is written on the wire, until the stream ends or the reader goes.
    case events(AsyncStream<String>)
  }

  package var status: Int
  package var headers: [(name: String, value: String)] = []
  package var body: Body

  package init(status: Int, headers: [(name: String, value: String)] = [], body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// - Parameter type: its media type.
  static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8")
    -> PageAnswer
  {
    PageAnswer(
      status: status, headers: [("Content-Type", type)], body: .bytes(Array(text.utf8)))
  }

  static func json(_ text: String) -> PageAnswer {
    .text(text, type: "application/json")
  }

  /// Why a request is not answered.
  static func refusal(_ status: Int, _ why: String) -> PageAnswer {
    text(why + "\n", status: status)
  }

  /// What never changes under its address.
  static func immutable(_ bytes: [UInt8], type: String) -> PageAnswer {
    PageAnswer(
      status: 200,
      headers: [
        ("Content-Type", type), ("Cache-Control", "private, max-age=31536000, immutable"),
      ], body: .bytes(bytes))
  }
}
