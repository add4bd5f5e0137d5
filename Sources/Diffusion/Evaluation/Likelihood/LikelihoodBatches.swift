import Kernels
import Synchronization

/// Images batch by batch, in their order whoever worked on them.
enum LikelihoodBatches {
  /// - Parameters:
  ///   - batch: images that go together, whatever the number of workers.
  ///   - pool: nil: one batch after the other.
  ///   - progress: told of images done, by any thread; what it throws ends the work.
  /// - Returns: of each batch, in order.
  static func map<Part: Sendable>(
    _ count: Int, by batch: Int, over pool: WorkerPool?,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void,
    _ body: @escaping @Sendable (_ places: Range<Int>) throws -> Part
  ) throws -> [Part] {
    let batches = (count + batch - 1) / batch
    let results = Mutex<[Int: Result<Part, any Error>]>([:])
    let done = Atomic<Int>(0)
    let isEnded = Atomic<Bool>(false)
    let run: @Sendable (_ place: Int) -> Void = { place in
      guard !isEnded.load(ordering: .relaxed) else { return }
      let places = place * batch..<min((place + 1) * batch, count)
      let outcome = Result {
        let part = try body(places)
        try progress(done.wrappingAdd(places.count, ordering: .relaxed).newValue, count)
        return part
      }
      if case .failure = outcome { isEnded.store(true, ordering: .relaxed) }
      results.withLock { $0[place] = outcome }
    }
    if let pool {
      pool.forEach(batches) { place, _ in run(place) }
    } else {
      for place in 0..<batches { run(place) }
    }
    return try results.withLock { results in
      // The first that failed, if any did.
      for place in 0..<batches {
        if case .failure(let error)? = results[place] { throw error }
      }
      return try (0..<batches).compactMap { try results[$0]?.get() }
    }
  }
}
