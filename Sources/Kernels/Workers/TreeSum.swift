import CKernels
import Foundation

/// Sums the buffers of numbered lanes in one fixed binary tree, whichever order they come in.
///
/// Lane i's place is leaf i; a node is the sum of its left and right child; where the tree is not full, a node
/// without a sibling moves up as it is. The root is left to whoever needs the total, so that all workers can share it.
/// Buffers are reused: at most workers + log2(lanes) of them are alive, since lanes are handed out in order.
package final class TreeSum: @unchecked Sendable {
  private let size: Int
  private let kernels: KernelSet
  private let lock = NSLock()
  // Guarded by `lock`.
  private var lanes = 0
  private var waiting: [Int: AlignedBuffer] = [:]
  private var free: [AlignedBuffer] = []
  /// The root's children by their place, or with a single lane the root itself.
  private var last: [Int: AlignedBuffer] = [:]

  /// - Parameter size: floats of a buffer.
  package init(size: Int, kernels: KernelSet) {
    self.size = size
    self.kernels = kernels
  }

  /// Starts a sum of `lanes` lanes.
  package func begin(lanes: Int) {
    lock.withLock {
      self.lanes = lanes
      free.append(contentsOf: waiting.values)
      free.append(contentsOf: last.values)
      waiting.removeAll()
      last.removeAll()
    }
  }

  /// A zeroed buffer for a lane to add into.
  package func take() -> AlignedBuffer {
    let buffer = lock.withLock { free.popLast() } ?? AlignedBuffer(count: size)
    buffer.clear()
    return buffer
  }

  /// Hands in lane `lane`'s buffer; adds up whatever that completes, but for the root.
  package func put(_ buffer: AlignedBuffer, lane: Int) {
    var (index, width, level) = (lane, lanes, 0)
    var buffer = buffer
    while width > 2 {
      let sibling = index ^ 1
      if sibling < width {
        let other: AlignedBuffer? = lock.withLock { [buffer] in
          if let other = waiting.removeValue(forKey: key(level, sibling)) { return other }
          waiting[key(level, index)] = buffer
          return nil
        }
        guard let other else { return }
        // The right child to the left one, whoever comes last: of two NaNs the first decides the bits.
        let (left, right) = index < sibling ? (buffer, other) : (other, buffer)
        kernels.table.pointee.add(left.pointer, left.pointer, right.pointer, size)
        lock.withLock { free.append(right) }
        buffer = left
      }
      (index, width, level) = (index / 2, (width + 1) / 2, level + 1)
    }
    lock.withLock { [buffer] in last[index] = buffer }
  }

  /// The sum of all lanes, once `complete` has been called for all of it; valid until the next `begin`.
  package var total: AlignedBuffer {
    lock.withLock {
      guard last.count == min(lanes, 2), let left = last[0] else {
        preconditionFailure("the sum is not complete")
      }
      return left
    }
  }

  /// Adds up the root over a range of the buffers, which nobody else is doing. Any thread, when all lanes are in.
  package func complete(_ range: Range<Int>) {
    let total = total
    guard let other = lock.withLock({ last[1] }) else { return }
    let to = total.pointer + range.lowerBound
    kernels.table.pointee.add(to, to, other.pointer + range.lowerBound, range.count)
  }

  private func key(_ level: Int, _ index: Int) -> Int { level << 32 | index }
}
