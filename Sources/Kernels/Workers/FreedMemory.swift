import CKernels

/// Memory that was taken for a moment, to read much at once.
package enum FreedMemory {
  /// Gives it back to the system, which takes milliseconds: the C library keeps it otherwise.
  package static func giveBack() { wb_give_back_freed_memory() }

  /// Has what one thread has freed serve the others: for a program that stays, before it has several threads.
  package static func share() { wb_share_one_heap() }
}
