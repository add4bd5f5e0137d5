/// One thread's part of an operation that several work on at once.
struct Share {
  let index: Int
  let count: Int

  static let whole = Share(index: 0, count: 1)

  /// Its part of 0 ..< total; all shares' parts together are the whole, in order.
  func of(_ total: Int) -> Range<Int> {
    (total * index / count)..<(total * (index + 1) / count)
  }
}

extension Workspace {
  /// Less work, in multiply-adds or the like, is done sooner than handed over.
  private static let leastShared = TensorMemory.isSanitized ? 0 : 1 << 17

  /// Threads that an operation may be shared by.
  var threads: Int { crew?.count ?? 1 }

  /// Does an operation in shares, on all the crew's threads at once; as a whole where there is no crew or the
  /// work, in multiply-adds, is little. Shares write to different places, and what they write to each does not depend
  /// on how many there are.
  func share(work: Int, _ body: @escaping (Share) -> Void) {
    guard let crew, crew.count > 1, work >= Self.leastShared else { return body(.whole) }
    // The caller waits until all shares are done.
    nonisolated(unsafe) let body = body
    crew.run { [count = crew.count] worker in body(Share(index: worker, count: count)) }
  }
}
