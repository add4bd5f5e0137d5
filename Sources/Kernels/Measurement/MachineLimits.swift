/// What this machine can do at most, measured.
package struct MachineLimits: Sendable, Hashable, Codable {
  package struct Peak: Sendable, Hashable, Codable {
    /// The instruction set, as `WORKBENCH_KERNELS` names it.
    package var kernels: String
    package var precision: String
    /// Whether products of that precision are the processor's own.
    package var isNative: Bool
    /// On all workers, 2 per multiply-add.
    package var gflopPerSecond: Double
  }

  package struct Bandwidth: Sendable, Hashable, Codable {
    package var stream: BandwidthMeasurement.Stream
    /// On all workers.
    package var gigabytesPerSecond: Double
  }

  package var workers: Int
  package var peaks: [Peak]
  package var bandwidths: [Bandwidth]
  /// MiB of each array that memory is measured with.
  package var arrayMiB: Double
  package var lastLevelCacheMiB: Double

  /// - Parameters:
  ///   - precisions: fp32 and bf16 are what kernels are made for.
  ///   - arrayBytes: far beyond the last-level cache.
  package static func measure(
    kernels: [KernelSet] = KernelSet.available, precisions: [Precision] = [.fp32, .bf16],
    pool: WorkerPool, arrayBytes: Int = BandwidthMeasurement.arrayBytes
  ) -> MachineLimits {
    let peaks = kernels.flatMap { set in
      precisions.map { precision in
        Peak(
          kernels: set.description, precision: precision.rawValue,
          isNative: precision == .fp32 || (precision == .bf16 && set.hasNativeBF16),
          gflopPerSecond: PeakMeasurement.multiplyAdds(
            kernels: set, precision: precision, pool: pool))
      }
    }
    let speeds = BandwidthMeasurement.gigabytesPerSecond(
      kernels: kernels.first ?? .best, pool: pool, bytes: arrayBytes)
    return MachineLimits(
      workers: pool.count, peaks: peaks,
      bandwidths: BandwidthMeasurement.Stream.allCases.compactMap { stream in
        speeds[stream].map { Bandwidth(stream: stream, gigabytesPerSecond: $0) }
      },
      arrayMiB: Double(arrayBytes) / 1_048_576,
      lastLevelCacheMiB: Double(BandwidthMeasurement.lastLevelCache) / 1_048_576)
  }

  package func peak(_ kernels: KernelSet, _ precision: Precision) -> Double? {
    peaks.first { $0.kernels == kernels.description && $0.precision == precision.rawValue }?
      .gflopPerSecond
  }

  package func bandwidth(_ stream: BandwidthMeasurement.Stream) -> Double? {
    bandwidths.first { $0.stream == stream }?.gigabytesPerSecond
  }
}
