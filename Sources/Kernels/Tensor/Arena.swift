private import CKernels

/// Memory for the activations of one micro-batch: taken by moving a mark, given back all at once.
///
/// The first micro-batch finds out how much is needed, in blocks that double so that little is left over in them; from
/// then on there is one block of just that size, and nothing is allocated, zeroed or page-faulted in the loop.
final class Arena {
  private var blocks: [AlignedBuffer] = []
  /// Floats of the last block.
  private var used = 0
  /// Floats of all blocks since the last `reset`.
  private var taken = 0

  private static let alignment = 16
  /// Floats behind a block that kernels may read, up to a vector beyond what they need.
  private static let slack = Int(wb_slack) / MemoryLayout<Float>.stride
  private static let smallestBlock = 1 << 18

  /// Uninitialised memory for `count` floats, valid until `reset`.
  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    if TensorMemory.isSanitized { return takeAlone(count) }
    let size = (count + Self.alignment - 1) / Self.alignment * Self.alignment
    taken += size
    if let block = blocks.last, used + size + Self.slack <= block.count {
      defer { used += size }
      return block.pointer + used
    }
    let block = AlignedBuffer(
      count: max(size + Self.slack, Self.smallestBlock, 2 * (blocks.last?.count ?? 0)))
    blocks.append(block)
    used = size
    return block.pointer
  }

  private func takeAlone(_ count: Int) -> UnsafeMutablePointer<Float> {
    let block = TensorMemory.poisoned(count + Self.slack)
    blocks.append(block)
    return block.pointer
  }

  /// Gives everything back. Several blocks become one, large enough for all they held.
  func reset() {
    if TensorMemory.isSanitized { return blocks.removeAll() }
    if blocks.count > 1 {
      // Freed first: both at once would be the most memory that the process ever takes.
      blocks.removeAll()
      blocks.append(AlignedBuffer(count: taken + Self.slack))
    }
    (used, taken) = (0, 0)
  }
}
