import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Text

struct BenchPeakCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak",
    abstract: "This machine's limits: multiply-adds of each instruction set, and memory.",
    discussion: """
      Multiply-adds are those of the convolutions' inner loop over operands in the first-level cache, 2 FLOP each. \
      Memory is measured over arrays far larger than the last-level cache, counting the bytes that a loop names.
      """)

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var format: JSONOption

  func run() async throws {
    let limits = MachineLimits.measure(pool: threads.pool())
    printText(format.json ? try jsonDocument(limits) : text(limits, kernels: try Engine.kernels()))
  }

  private func text(_ limits: MachineLimits, kernels: KernelSet) -> String {
    var peaks = TextTable([
      "kernels", .number("fp32, GFLOP/s"), .number("bf16, GFLOP/s"), "bf16 products", "",
    ])
    for set in KernelSet.available {
      peaks.append([
        set.description, Self.figure(limits.peak(set, .fp32)),
        Self.figure(limits.peak(set, .bf16)), set.hasNativeBF16 ? "native" : "emulated",
        set == kernels ? "in use" : "",
      ])
    }
    var streams = TextTable(["memory", .number("GB/s")])
    for bandwidth in limits.bandwidths {
      streams.append([bandwidth.stream.rawValue, Self.figure(bandwidth.gigabytesPerSecond)])
    }
    return peaks.rendered() + "\n" + streams.rendered()
      + String(
        format: "\n%@; memory in arrays of %.0f MiB, last-level cache %.0f MiB\n",
        DecimalText.counted(limits.workers, "worker"), limits.arrayMiB, limits.lastLevelCacheMiB)
  }

  private static func figure(_ value: Double?) -> String {
    value.map { String(format: "%.1f", $0) } ?? "–"
  }
}
