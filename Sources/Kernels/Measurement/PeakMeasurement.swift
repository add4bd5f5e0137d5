private import CKernels

/// Multiply-adds that this machine does at most.
package enum PeakMeasurement {
  /// Long enough for the clock, short enough that a try or two meets no interruption.
  private static let secondsOfATry = 0.02

  /// GFLOP/s of multiply-adds on all workers: the convolution's register tile over operands that never leave the
  /// first-level cache, the best of several tries.
  package static func multiplyAdds(
    kernels: KernelSet, precision: Precision, pool: WorkerPool, tries: Int = 8
  ) -> Double {
    let flops = 2 * Tile(kernels: kernels, precision: precision).multiplyAdds
    func seconds(repetitions: Int) -> Double {
      let times = ResultTable(count: pool.count)
      pool.run { worker in
        let tile = Tile(kernels: kernels, precision: precision)
        times[worker] = tile.seconds(repetitions: repetitions)
      }
      return times.largest
    }
    let once = seconds(repetitions: 200) / 200
    let repetitions = max(1, Int(secondsOfATry / once))
    let best = (0..<tries).map { _ in seconds(repetitions: repetitions) }.min() ?? .infinity
    return flops * Double(repetitions * pool.count) / best / 1e9
  }

  /// Operands of one worker: pixels times a run of units, and their weights.
  private struct Tile {
    /// Whole register tiles: 14 pixels by vectors of 16 floats, 6 by shorter ones.
    private let pixels: Int
    private let run = 128
    private let channels: Int
    private let kernels: KernelSet
    private let usesPairs: Bool

    init(kernels: KernelSet, precision: Precision) {
      self.kernels = kernels
      pixels = kernels.vectorFloats == 16 ? 14 : 12
      channels = 2 * kernels.vectorFloats
      usesPairs = kernels.operand(for: precision) == wb_pack_bf16
    }

    var multiplyAdds: Double { Double(pixels * run * channels) * (usesPairs ? 2 : 1) }

    func seconds(repetitions: Int) -> Double {
      let source = AlignedBuffer(count: pixels * run + wb_slack)
      let weights = AlignedBuffer(count: run * channels)
      let target = AlignedBuffer(count: pixels * channels)
      let from = (0..<Int32(pixels)).map { $0 * Int32(run) }
      let to = (0..<Int32(pixels)).map { $0 * Int32(channels) }
      let table = kernels.table.pointee
      let kernel = usesPairs ? table.gather_bf16 : table.gather
      return from.withUnsafeBufferPointer { from in
        to.withUnsafeBufferPointer { to in
          withUnsafePointer(to: Int32(0)) { segment in
            var gather = wb_gather(
              source: from.baseAddress, target: to.baseAddress, segment: segment, segments: 1,
              run: Int32(run))
            let start = ContinuousClock.now
            for _ in 0..<repetitions {
              kernel?(
                source.pointer, weights.pointer, nil, nil, target.pointer, &gather, Int32(pixels),
                Int32(channels))
            }
            return (ContinuousClock.now - start).seconds
          }
        }
      }
    }
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
