import Foundation

/// Memory for float32 values (or units of 32 bits), aligned to a cache line, zeroed once.
///
/// Large ones are pages of their own, so that what is freed goes back to the system and what is never touched costs
/// nothing; on Linux huge pages are asked for, of which address translation needs fewer.
///
/// Unchecked: whoever shares one between threads sees to it that writers never overlap readers, as the trainer
/// does by giving each worker its own and joining the workers between phases.
public final class AlignedBuffer: @unchecked Sendable {
  /// Number of floats.
  public let count: Int
  /// The first float, aligned to a cache line.
  public let pointer: UnsafeMutablePointer<Float>

  /// The address sanitizer does not see what is mapped.
  private static let leastMapped = TensorMemory.isSanitized ? Int.max : 1 << 20
  private static let hugePage = 2 << 20
  /// What was mapped, if it was: from where a huge page begins to the page that holds the last value.
  private let mapping: UnsafeMutableRawBufferPointer?

  /// - Parameter count: floats, all zero.
  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw: UnsafeMutableRawPointer
    if bytes >= Self.leastMapped, let mapping = Self.map(bytes),
      let start = mapping.baseAddress
    {
      raw = start
      self.mapping = mapping
    } else {
      raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      mapping = nil
    }
    pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// Zeroed pages from where a huge page begins; nil if there are none. What the alignment leaves over is given back at
  /// once: a last huge page that is hardly used would count as a whole.
  private static func map(_ bytes: Int) -> UnsafeMutableRawBufferPointer? {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let length = (bytes + page - 1) / page * page
    guard
      let start = mmap(
        nil, length + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
      start != MAP_FAILED
    else { return nil }
    let aligned = start.alignedUp(toMultipleOf: hugePage)
    let (before, after) = (aligned - start, hugePage - (aligned - start))
    if before > 0 { munmap(start, before) }
    if after > 0 { munmap(aligned + length, after) }
    #if os(Linux)
      madvise(aligned, length, MADV_HUGEPAGE)
    #endif
    return UnsafeMutableRawBufferPointer(start: aligned, count: length)
  }

  /// A copy.
  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    update(from: values)
  }

  deinit {
    if let mapping {
      munmap(mapping.baseAddress, mapping.count)
    } else {
      UnsafeMutableRawPointer(pointer).deallocate()
    }
  }

  /// All `count` floats.
  public var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// Overwrites all floats; as many values as there are.
  public func update(from values: [Float]) {
    precondition(values.count == count, "\(values.count) values for a buffer of \(count)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  /// Zeroes all floats.
  public func clear() {
    pointer.update(repeating: 0, count: count)
  }

  /// A copy of all floats.
  public func array() -> [Float] {
    Array(values)
  }
}
