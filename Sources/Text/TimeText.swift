/// Times of the store and durations as people read them.
package enum TimeText {
  /// "2026-11-22 23:57 UTC" of the store's "2026-11-22T23:57:03.120Z".
  package static func minute(_ timestamp: String) -> String {
    let parts = timestamp.split(separator: "T", maxSplits: 1)
    guard parts.count == 2, timestamp.hasSuffix("Z"), parts[1].count >= 5 else { return timestamp }
    return "\(parts[0]) \(parts[1].prefix(5)) UTC"
  }

  /// "850 ms", "12.3 s", "4 min 05 s", "3 h 20 min".
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    if seconds < 0.9995 { return "\(DecimalText.fixed(seconds * 1000, decimals: 0)) ms" }
    if seconds < 59.95 { return "\(DecimalText.fixed(seconds, decimals: 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    let minutes = (whole + 30) / 60
    return "\(minutes / 60) h \(padded(minutes % 60)) min"
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
