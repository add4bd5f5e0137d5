/// What of a source was left out, or taken in another form than it has there.
package struct ImportNotices: Sendable, Hashable {
  private var counts: [String: Int] = [:]
  /// Told by themselves, with their place.
  package private(set) var places: [String] = []

  /// - Parameter text: before its number: "histograms, left out".
  package mutating func add(_ text: String, _ count: Int = 1) {
    if count > 0 { counts[text, default: 0] += count }
  }

  /// - Parameter text: names the file and the place.
  package mutating func add(place text: String) { places.append(text) }

  /// Said once, with how often; in alphabetical order.
  package var counted: [(text: String, count: Int)] {
    counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
