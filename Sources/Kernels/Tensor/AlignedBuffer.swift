/// Memory for float32 values (or units of 32 bits), aligned to a cache line, zeroed once.
///
/// Unchecked: whoever shares one between threads sees to it that writers never overlap readers, as the trainer
/// does by giving each worker its own and joining the workers between phases.
public final class AlignedBuffer: @unchecked Sendable {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Float>

  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    update(from: values)
  }

  deinit {
    UnsafeMutableRawPointer(pointer).deallocate()
  }

  public var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  public func update(from values: [Float]) {
    precondition(values.count == count, "\(values.count) values for a buffer of \(count)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  public func clear() {
    pointer.update(repeating: 0, count: count)
  }

  public func array() -> [Float] {
    Array(values)
  }
}
