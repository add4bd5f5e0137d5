import CKernels
import Foundation

/// Sums the buffers of numbered lanes in one fixed binary tree, whichever order they come in.
///
/// Lane i's place is leaf i; a node is the sum of its left and right child; where the tree is not full, a node
/// without a sibling moves up as it is. Buffers are reused: at most workers + log2(lanes) of them are alive,
/// since lanes are handed out in order.
public final class TreeSum: @unchecked Sendable {
  private let size: Int
  private let kernels: KernelSet
  private let lock = NSLock()
  // Guarded by `lock`.
  private var lanes = 0
  private var waiting: [Int: AlignedBuffer] = [:]
  private var free: [AlignedBuffer] = []

  /// - Parameter size: floats of a buffer.
  public init(size: Int, kernels: KernelSet) {
    self.size = size
    self.kernels = kernels
  }

  /// Starts a sum of so many lanes.
  public func begin(lanes: Int) {
    lock.withLock {
      self.lanes = lanes
      free.append(contentsOf: waiting.values)
      waiting.removeAll()
    }
  }

  /// A zeroed buffer for a lane to add into.
  public func take() -> AlignedBuffer {
    let buffer = lock.withLock { free.popLast() } ?? AlignedBuffer(count: size)
    buffer.clear()
    return buffer
  }

  /// Hands in lane `lane`'s buffer; adds up whatever that completes.
  public func put(_ buffer: AlignedBuffer, lane: Int) {
    var (index, width, level) = (lane, lanes, 0)
    while width > 1 {
      let sibling = index ^ 1
      if sibling < width {
        let other: AlignedBuffer? = lock.withLock {
          if let other = waiting.removeValue(forKey: key(level, sibling)) { return other }
          waiting[key(level, index)] = buffer
          return nil
        }
        guard let other else { return }
        // Addition commutes bit for bit: who comes last does not matter.
        kernels.table.pointee.add(buffer.pointer, buffer.pointer, other.pointer, size)
        lock.withLock { free.append(other) }
      }
      (index, width, level) = (index / 2, (width + 1) / 2, level + 1)
    }
    lock.withLock { waiting[-1] = buffer }
  }

  /// The sum of all lanes, valid until the next `begin`.
  public var total: AlignedBuffer {
    lock.withLock {
      guard let total = waiting[-1] else { preconditionFailure("the sum is not complete") }
      return total
    }
  }

  private func key(_ level: Int, _ index: Int) -> Int { level << 32 | index }
}
