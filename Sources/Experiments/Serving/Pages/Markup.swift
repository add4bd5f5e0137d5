import Text

/// HTML that is well formed by the way it is made: literals are markup, what is put into them is text, unless it is markup
/// itself. So names and notes that come from files and other programs are text everywhere.
struct Markup: Sendable, Hashable, ExpressibleByStringInterpolation {
  private(set) var html: String

  init(stringLiteral html: String) { self.html = html }
  init(stringInterpolation pieces: StringInterpolation) { html = pieces.html }

  /// HTML that another part of the program has made.
  init(trusted html: String) { self.html = html }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var html = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      html.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ html: String) { self.html += html }
    /// A literal is markup, also within an expression: what is text has another type.
    @_disfavoredOverload
    mutating func appendInterpolation(_ text: String) { html += XMLText.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { html += String(number) }
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
    mutating func appendInterpolation(_ markups: [Markup]) {
      for markup in markups { html += markup.html }
    }
    mutating func appendInterpolation(_ markup: Markup?) { html += markup?.html ?? "" }
  }

  static func + (left: Markup, right: Markup) -> Markup {
    Markup(trusted: left.html + right.html)
  }
}
