/// A number an item, each written by the one thread that works on the item, read when all are done.
///
/// Unchecked: `WorkerPool` hands each item to one worker and joins them before it returns.
package final class ResultTable: @unchecked Sendable {
  private let values: UnsafeMutableBufferPointer<Double>

  /// - Parameter count: items; all begin with 0.
  package init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  package subscript(item: Int) -> Double {
    get { values[item] }
    set { values[item] = newValue }
  }

  /// Added up in the items' order, so that the sum's bits do not depend on who came first.
  package var sum: Double { values.reduce(0, +) }

  package var largest: Double { values.max() ?? 0 }
}
