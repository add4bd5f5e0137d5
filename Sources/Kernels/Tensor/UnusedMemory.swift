/// Memory to be used again, by its size.
///
/// A network has about ten sizes of tensors: looking them through is quicker than hashing.
struct UnusedMemory {
  private var sizes: [(count: Int, memory: [UnsafeMutablePointer<Float>])] = []

  /// What was put in last of that size, if there is any.
  mutating func take(_ count: Int) -> UnsafeMutablePointer<Float>? {
    sizes.firstIndex { $0.count == count }.flatMap { sizes[$0].memory.popLast() }
  }

  mutating func put(_ memory: UnsafeMutablePointer<Float>, count: Int) {
    if TensorMemory.isSanitized { return memory.update(repeating: .nan, count: count) }
    if let place = sizes.firstIndex(where: { $0.count == count }) {
      sizes[place].memory.append(memory)
    } else {
      sizes.append((count, [memory]))
    }
  }

  /// Forgets all of it, but not which sizes there were.
  mutating func removeAll() {
    for place in sizes.indices { sizes[place].memory.removeAll(keepingCapacity: true) }
  }
}
