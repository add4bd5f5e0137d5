package import Foundation

/// A clock for stores whose times are to be the same each time: a second later at each look, from
/// 2026-02-01T12:00:00Z.
package final class SteppingClock: @unchecked Sendable {
  private let lock = NSLock()
  private var seconds = 0

  package init() {}

  package func now() -> Date {
    lock.withLock {
      seconds += 1
      return Date(timeIntervalSince1970: 1_769_947_200 + Double(seconds - 1))
    }
  }
}
