import Foundation

/// Sees to it that of several threads that want the same only one makes it: the others wait.
package final class KeyedLocks: Sendable {
  private let locks = (0..<32).map { _ in NSLock() }

  package init() {}

  package func withLock<Success>(_ key: String, _ body: () throws -> Success) rethrows -> Success {
    try locks[Int(UInt(bitPattern: key.hashValue) % UInt(locks.count))].withLock(body)
  }
}
