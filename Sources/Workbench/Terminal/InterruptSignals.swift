import Dispatch
import Files
import Foundation
import Synchronization

/// Catches SIGINT and SIGTERM; until one is made, these end the program, and what it has half written goes with it.
final class InterruptSignals: Sendable {
  private struct Caught {
    var handler: (@Sendable (Int32) -> Void)?
    /// One per signal: a second source of the same would get nothing.
    var sources: [Int32: any DispatchSourceSignal] = [:]
  }

  private static let numbers = [SIGINT, SIGTERM]
  private static let caught = Mutex(Caught())
  private let first: Received

  private final class Received: Sendable {
    let number = Mutex<Int32?>(nil)
  }

  /// Before anything is written.
  static func prepare() {
    listen(
      numbers.filter { number in
        // `nohup`, and shells that start something in the background, have signals ignored.
        let before = signal(number, SIG_IGN)
        return unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
      })
  }

  private static func listen(_ numbers: [Int32]) {
    let queue = DispatchQueue(label: "workbench.signals")
    caught.withLock { caught in
      for number in numbers where caught.sources[number] == nil {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler {
          let handler = Self.caught.withLock { $0.handler } ?? end
          handler(number)
        }
        source.resume()
        caught.sources[number] = source
      }
    }
  }

  /// As the signal does by itself.
  @Sendable private static func end(_ number: Int32) {
    TemporaryFile.removeOwn {
      signal(number, SIG_DFL)
      var only = sigset_t()
      sigemptyset(&only)
      sigaddset(&only, number)
      pthread_sigmask(SIG_UNBLOCK, &only, nil)
      raise(number)
      _exit(128 + number)
    }
  }

  /// - Parameter handler: called at each signal, on a thread of its own, from now on.
  init(_ handler: @escaping @Sendable () -> Void) {
    let first = Received()
    self.first = first
    Self.caught.withLock {
      $0.handler = { number in
        first.number.withLock { $0 = $0 ?? number }
        handler()
      }
    }
    Self.listen(Self.numbers)
  }

  /// The first signal that came, if one did.
  var received: Int32? { first.number.withLock { $0 } }
}
