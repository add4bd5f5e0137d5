import Analysis
import Images
import Store
import Synchronization
import Values

/// Pictures and points that cells of a report have read, for the next cell that looks at them and, in a program that goes
/// on, for the next report. It holds a bounded amount of each; several threads may ask.
package final class ReportMemory: Sendable {
  /// Samples as a run left them in the store.
  enum Sheet: Sendable {
    case cut(ImageSheet)
    /// No sheet of this program's.
    case whole(Image)
    case unreadable
  }

  /// A metric's points by step; a value that is not a number is NaN.
  struct Series: Sendable {
    var steps: [Int]
    var values: [Double]
  }

  /// A metric of a run as it stands: another when points have come.
  private struct SeriesKey: Hashable {
    var run: String
    var metric: String
    var count: Int
    var lastStep: Int
    var last: UInt64
  }

  private let decoding = KeyedLocks()
  private let reading = KeyedLocks()
  private let sheets: Mutex<RecentValues<String, Sheet>>
  private let series: Mutex<RecentValues<SeriesKey, Series>>

  /// - Parameter most: bytes that pictures may take, and as many that points may.
  package init(most: Int = 64 << 20) {
    sheets = Mutex(RecentValues(most: most))
    series = Mutex(RecentValues(most: most))
  }

  /// The sheet that an artifact holds, with its pictures' places found.
  /// - Throws: `StoreError`.
  func sheet(sha256: String, in store: RunStore) throws -> Sheet {
    try decoding.withLock(sha256) { try decoded(sha256, store) }
  }

  private func decoded(_ sha256: String, _ store: RunStore) throws -> Sheet {
    if let known = sheets.withLock({ $0.value(for: sha256) }) { return known }
    let bytes = try store.content(sha256: sha256)
    var sheet = Sheet.unreadable
    var size = 0
    if let image = try? Image(png: bytes) {
      sheet = ImageSheet(image).map { .cut($0) } ?? .whole(image)
      size = image.pixels.count
    }
    let read = sheet
    sheets.withLock { $0.insert(read, for: sha256, bytes: size) }
    return sheet
  }

  /// Runs that are read together.
  private static let runsAtOnce = 128

  /// Hands over a metric's points, run by run in the given order; runs without any are left out.
  /// - Parameters:
  ///   - other: another metric of the same run, like the time; nil: none is handed over.
  ///   - body: gets the place in `runs`, the metric's points and the other's.
  /// - Throws: `StoreError`.
  func forEachSeries(
    _ metric: String, also other: String?, of runs: [RunSummary], _ table: RunTable,
    _ body: (_ run: Int, _ series: Series, _ other: Series) -> Void
  ) throws {
    for start in stride(from: 0, to: runs.count, by: Self.runsAtOnce) {
      let part = runs[start..<min(runs.count, start + Self.runsAtOnce)]
      let found = try reading.withLock(metric) { try read(metric, of: part, table) }
      let others = try other.map { other in
        try reading.withLock(other) { try read(other, of: part, table) }
      }
      for place in part.indices {
        guard let series = found[runs[place].id] else { continue }
        guard let others else {
          body(place, series, Series(steps: [], values: []))
          continue
        }
        if let other = others[runs[place].id] { body(place, series, other) }
      }
    }
  }

  /// A metric's points, by run.
  private func read(
    _ metric: String, of runs: ArraySlice<RunSummary>, _ table: RunTable
  ) throws -> [String: Series] {
    var keys: [SeriesKey] = []
    for run in runs {
      guard let summary = try table.summary(metric, of: run) else { continue }
      keys.append(
        SeriesKey(
          run: run.id, metric: metric, count: summary.count, lastStep: summary.lastStep,
          last: summary.last.bitPattern))
    }
    var found: [String: Series] = [:]
    series.withLock { known in
      for key in keys { found[key.run] = known.value(for: key) }
    }
    let missing = keys.filter { found[$0.run] == nil }
    guard !missing.isEmpty else { return found }
    try table.store.forEachSeries(metric, of: missing.map(\.run)) { place, steps, values in
      found[missing[place].run] = Series(steps: steps, values: values)
    }
    series.withLock { known in
      for key in missing {
        guard let read = found[key.run] else { continue }
        known.insert(read, for: key, bytes: 16 * read.steps.count)
      }
    }
    return found
  }
}
