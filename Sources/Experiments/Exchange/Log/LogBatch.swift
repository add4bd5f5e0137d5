package import Store

/// What some lines of a program's log came to, on its way into the store.
package struct LogBatch: Sendable {
  package struct Picture: Sendable {
    /// The line's key.
    package var name: String
    package var step: Int
    package var png: [UInt8]

    /// Like those that the workbench's own runs keep: `samples-00000500.png`.
    var artifactName: String {
      let digits = String(step)
      return "\(name)-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).png"
    }
  }

  /// The metrics in the order in which they came; some may be without points.
  package private(set) var series: [SeriesPoints] = []
  package private(set) var pictures: [Picture] = []
  package private(set) var points = 0
  /// How much memory it takes, in points.
  package private(set) var weight = 0
  /// The number of the last line that is in it, from 1; 0 without any.
  package var lastLine = 0

  private var places: [String: Int] = [:]

  package init() {}

  /// Whether there is nothing to store.
  package var isEmpty: Bool { points == 0 && pictures.isEmpty }

  mutating func add(_ value: Double, at step: Int, to name: String) {
    let place: Int
    if let known = places[name] {
      place = known
    } else {
      place = series.count
      places[name] = place
      series.append(SeriesPoints(name: name))
    }
    series[place].append(step: step, value: value)
    points += 1
    weight += 1
  }

  mutating func add(_ picture: Picture) {
    pictures.append(picture)
    weight += 1 + picture.png.count / 16
  }

  /// An empty one for the same metrics.
  package func next() -> LogBatch {
    var next = LogBatch()
    next.places = places
    next.series = series.map { SeriesPoints(name: $0.name) }
    next.lastLine = lastLine
    return next
  }
}
