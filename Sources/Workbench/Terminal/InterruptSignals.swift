import Dispatch
import Files
import Foundation
import Synchronization

/// Catches SIGINT and SIGTERM for as long as it lives, in the stead of `ending`.
///
/// Unchecked: the sources are made once and only cancelled, which Dispatch allows from any thread.
final class InterruptSignals: @unchecked Sendable {
  private static let numbers = [SIGINT, SIGTERM]
  /// Whether there has been one that does something else.
  private static let isHandled = Atomic<Bool>(false)

  /// Ends the program as the signal does by itself, without what is half written. Made once and never changed.
  nonisolated(unsafe) private static let ending: [any DispatchSourceSignal] = sources(
    numbers.filter { number in
      // `nohup`, and shells that start something in the background, have signals ignored.
      let before = signal(number, SIG_IGN)
      return unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
    }
  ) { number in
    if isHandled.load(ordering: .relaxed) { return }
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

  /// Before anything is written.
  static func prepare() { _ = ending }

  private static func sources(
    _ numbers: [Int32], _ handler: @escaping @Sendable (Int32) -> Void
  ) -> [any DispatchSourceSignal] {
    let queue = DispatchQueue(label: "workbench.signals")
    return numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(number) }
      source.resume()
      return source
    }
  }

  private let sources: [any DispatchSourceSignal]
  private let first: Received

  /// - Parameter handler: called at each signal, on a thread of its own.
  init(_ handler: @escaping @Sendable () -> Void) {
    Self.isHandled.store(true, ordering: .relaxed)
    let first = Received()
    self.first = first
    sources = Self.sources(Self.numbers) { number in
      first.number.withLock { $0 = $0 ?? number }
      handler()
    }
  }

  private final class Received: Sendable {
    let number = Mutex<Int32?>(nil)
  }

  deinit {
    for source in sources { source.cancel() }
  }

  /// The first signal that came, if one did.
  var received: Int32? { first.number.withLock { $0 } }
}
