import Dispatch
import Foundation
import Synchronization

/// Catches SIGINT and SIGTERM for as long as it lives.
///
/// Unchecked: the sources are made once and only cancelled, which Dispatch allows from any thread.
final class InterruptSignals: @unchecked Sendable {
  private let sources: [any DispatchSourceSignal]
  private let first = Mutex<Int32?>(nil)

  /// - Parameter handler: called at each signal, on a thread of its own.
  init(_ handler: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "workbench.signals")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: queue)
    }
    for (source, number) in zip(sources, [SIGINT, SIGTERM]) {
      source.setEventHandler { [weak self] in
        self?.first.withLock { $0 = $0 ?? number }
        handler()
      }
      source.resume()
    }
  }

  deinit {
    for source in sources { source.cancel() }
  }

  /// The first signal that came, if one did.
  var received: Int32? { first.withLock { $0 } }
}
