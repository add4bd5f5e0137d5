public import Foundation

/// A new empty folder for `body`, gone afterwards.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "workbench-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A clock for stores whose times are to be the same each time: a second later at each look, from
/// 2026-02-01T12:00:00Z.
public final class SteppingClock: @unchecked Sendable {
  private let lock = NSLock()
  private var seconds = 0

  public init() {}

  public func now() -> Date {
    lock.withLock {
      seconds += 1
      return Date(timeIntervalSince1970: 1_769_947_200 + Double(seconds - 1))
    }
  }
}
