/// Points in time and durations as text, in UTC and without a locale.
enum TimeText {
  /// "2026-11-22 23:57 UTC" of seconds since 1970.
  static func utc(_ unix: Double) -> String {
    guard unix.isFinite, abs(unix) < 1e11 else { return "unknown" }
    let seconds = Int(unix.rounded(.down))
    let day = Int((Double(seconds) / 86400).rounded(.down))
    let minute = (seconds - day * 86400) / 60
    let (year, month, dayOfMonth) = civil(daysSince1970: day)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2)) "
      + "\(padded(minute / 60, 2)):\(padded(minute % 60, 2)) UTC"
  }

  /// "850 ms", "12.3 s", "4 min 05 s", "3 h 20 min".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    if seconds < 1 { return "\(DecimalText.fixed(seconds * 1000, decimals: 0)) ms" }
    if seconds < 59.95 { return "\(DecimalText.fixed(seconds, decimals: 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60, 2)) s" }
    let minutes = (whole + 30) / 60
    return "\(minutes / 60) h \(padded(minutes % 60, 2)) min"
  }

  /// Gregorian date of a day number, counting from March so that a leap day comes last.
  private static func civil(daysSince1970 day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
