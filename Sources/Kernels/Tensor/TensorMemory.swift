/// How memory for tensors is handed out: as fast as can be or, compiled with SANITIZED_TENSORS, so that sanitizers and tests
/// see who reads what is not its own (`make sanitize`).
///
/// Then each tensor and each scratch is an allocation of its own, in which nothing but NaN stands before it is written, nor
/// after it was given back; none is used twice; and operations are spread over workers however small they are.
enum TensorMemory {
  #if SANITIZED_TENSORS
    static var isSanitized: Bool { true }
  #else
    static var isSanitized: Bool { false }
  #endif

  /// A buffer of NaN.
  static func poisoned(_ count: Int) -> AlignedBuffer {
    let buffer = AlignedBuffer(count: count)
    buffer.pointer.update(repeating: .nan, count: count)
    return buffer
  }
}
