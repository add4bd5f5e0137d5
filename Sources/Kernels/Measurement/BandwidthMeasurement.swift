import Foundation

/// Bytes that this machine's memory moves at most.
package enum BandwidthMeasurement {
  /// Loops over arrays far beyond the caches (after McCalpin's STREAM, 1995). Bytes are those that the loop names; what
  /// a processor reads besides, before it overwrites a line, is not counted.
  package enum Stream: String, Sendable, Hashable, Codable, CaseIterable {
    /// sum of a
    case read
    /// b = a, as the system's `memcpy` does it
    case copy
    /// b = s·a
    case scale
    /// c = a + s·b
    case triad

    /// Arrays that it goes through.
    var arrays: Int {
      switch self {
      case .read: 1
      case .copy, .scale: 2
      case .triad: 3
      }
    }
  }

  /// Bytes of the largest cache that the system tells of, or 32 MiB.
  package static var lastLevelCache: Int {
    let sizes = (0..<8).compactMap { index -> Int? in
      let path = "/sys/devices/system/cpu/cpu0/cache/index\(index)/size"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8),
        let digits = text.firstIndex(of: "K")
      else { return nil }
      return Int(text[..<digits]).map { $0 << 10 }
    }
    return sizes.max() ?? 32 << 20
  }

  /// Four last-level caches, unless that is more than a sixteenth of the memory.
  package static var arrayBytes: Int {
    min(4 * lastLevelCache, Int(ProcessInfo.processInfo.physicalMemory / 16))
  }

  /// GB/s of each stream on all workers, each worker in its own part of the arrays; the best of several tries.
  /// - Parameter bytes: of one array.
  package static func gigabytesPerSecond(
    kernels: KernelSet, pool: WorkerPool, bytes: Int = arrayBytes, tries: Int = 5
  ) -> [Stream: Double] {
    let parts = Parts(
      workers: pool.count, values: bytes / MemoryLayout<Float>.stride / pool.count / 64 * 64)
    var result: [Stream: Double] = [:]
    for stream in Stream.allCases {
      let best =
        (0..<tries).map { _ in
          let start = ContinuousClock.now
          pool.run { worker in parts.run(stream, worker: worker, kernels: kernels) }
          return (ContinuousClock.now - start).seconds
        }.min() ?? .infinity
      let moved =
        stream.arrays * pool.count * parts.values * MemoryLayout<Float>.stride
      result[stream] = Double(moved) / best / 1e9
    }
    return result
  }

  /// Three arrays a worker.
  private final class Parts: @unchecked Sendable {
    let values: Int
    private let arrays: [[AlignedBuffer]]
    private let sums: ResultTable

    init(workers: Int, values: Int) {
      self.values = values
      arrays = (0..<workers).map { _ in (0..<3).map { _ in AlignedBuffer(count: values) } }
      sums = ResultTable(count: workers)
    }

    func run(_ stream: Stream, worker: Int, kernels: KernelSet) {
      let (a, b, c) = (
        arrays[worker][0].pointer, arrays[worker][1].pointer, arrays[worker][2].pointer
      )
      switch stream {
      case .read: sums[worker] = Double(sum(a))
      case .copy: b.update(from: a, count: values)
      case .scale: kernels.blend(a, 0.5, a, 0, into: b, count: values)
      case .triad: kernels.blend(a, 1, b, 0.5, into: c, count: values)
      }
    }

    /// Of the words that the values are made of: whole numbers, whose sum may come in any order.
    private func sum(_ array: UnsafeMutablePointer<Float>) -> UInt32 {
      let words = UnsafeRawPointer(array)
      var sums: (SIMD16<UInt32>, SIMD16<UInt32>) = (.zero, .zero)
      for offset in stride(from: 0, to: values * MemoryLayout<Float>.stride, by: 128) {
        sums.0 &+= words.load(fromByteOffset: offset, as: SIMD16<UInt32>.self)
        sums.1 &+= words.load(fromByteOffset: offset + 64, as: SIMD16<UInt32>.self)
      }
      return (sums.0 &+ sums.1).wrappedSum()
    }
  }
}
