import Dispatch
import Synchronization

/// Results of a function of `0..<count`, on as many threads as there are cores, in the order of their places.
/// - Throws: what the function throws for the first place for which it does.
package func concurrently<Success: Sendable>(
  _ count: Int, _ body: @Sendable (Int) throws -> Success
) throws -> [Success] {
  let found = Mutex<[Int: Result<Success, any Error>]>([:])
  DispatchQueue.concurrentPerform(iterations: count) { place in
    let result = Result { try body(place) }
    found.withLock { $0[place] = result }
  }
  return try found.withLock { found in
    try found.sorted { $0.key < $1.key }.map { try $0.value.get() }
  }
}
