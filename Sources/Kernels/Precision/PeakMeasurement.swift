private import CKernels
import Foundation

/// What this machine can do at most.
public enum PeakMeasurement {
  /// GFLOP/s of multiply-adds on all workers: the convolution's register tile over operands that never leave the
  /// first-level cache, the best of several tries.
  public static func multiplyAdds(
    kernels: KernelSet, precision: Precision, pool: WorkerPool, tries: Int = 5
  ) -> Double {
    let operand = kernels.operand(for: precision)
    let usesPairs = operand == wb_pack_bf16
    let (pixels, run, repetitions) = (14, 128, 40_000)
    let channels = 2 * kernels.lanes
    let flops = 2.0 * Double(pixels * run * channels * repetitions) * (usesPairs ? 2 : 1)
    let seconds = ResultTable(count: pool.count)
    var best = 0.0
    for _ in 0..<tries {
      pool.run { worker in
        let source = AlignedBuffer(count: pixels * run + wb_slack)
        let weights = AlignedBuffer(count: run * channels)
        let target = AlignedBuffer(count: pixels * channels)
        let from = (0..<Int32(pixels)).map { $0 * Int32(run) }
        let to = (0..<Int32(pixels)).map { $0 * Int32(channels) }
        let table = kernels.table.pointee
        let kernel = usesPairs ? table.gather_bf16 : table.gather
        from.withUnsafeBufferPointer { from in
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
              let time = (ContinuousClock.now - start).components
              seconds[worker] = Double(time.seconds) + Double(time.attoseconds) * 1e-18
            }
          }
        }
      }
      best = max(best, flops * Double(pool.count) / seconds.largest / 1e9)
    }
    return best
  }
}
