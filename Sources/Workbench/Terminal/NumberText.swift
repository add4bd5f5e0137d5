import Foundation
import Statistics
import Text

/// Numbers as people read them in tables.
enum NumberText {
  /// Four significant digits, as plain as can be: `0.02345`, `1234`, `1.2e-07`, `NaN`.
  static func value(_ value: Double, digits: Int = 4) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    if value == value.rounded(), abs(value) < 1e9 { return String(Int(value)) }
    let magnitude = Int(log10(abs(value)).rounded(.down))
    if magnitude < -4 || magnitude >= 9 {
      return String(format: "%.\(max(digits - 1, 0))e", locale: nil, value)
    }
    return String(format: "%.\(max(digits - 1 - magnitude, 0))f", locale: nil, value)
  }

  /// All digits, so that it reads back as the same double.
  static func inFull(_ number: Double) -> String {
    number.isFinite ? String(number) : value(number)
  }

  /// `0.641 ± 0.012`, rounded as reports round it; with the keyboard's minus sign.
  static func interval(_ interval: Statistics.Interval, digits: Int = 4) -> String {
    String(DecimalText.interval(interval, digits: digits).map { $0 == "−" ? "-" : $0 })
  }

  /// `8.3 s`, `4 min 20 s`, `2 h 05 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return value(seconds) }
    if seconds < 60 { return String(format: "%.1f s", locale: nil, seconds) }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(String(format: "%02d", whole % 60)) s" }
    return "\(whole / 3600) h \(String(format: "%02d", whole / 60 % 60)) min"
  }

  /// `912 B`, `14.2 KiB`, `3.1 MiB`.
  static func bytes(_ count: Int) -> String {
    if count < 1024 { return "\(count) B" }
    var size = Double(count) / 1024
    var units = ["KiB", "MiB", "GiB", "TiB"][...]
    while size >= 1024, units.count > 1 {
      size /= 1024
      units.removeFirst()
    }
    return String(format: "%.1f", locale: nil, size) + " " + units[units.startIndex]
  }
}
