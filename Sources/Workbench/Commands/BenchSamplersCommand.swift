import ArgumentParser
import Diffusion
import Foundation
import Text

struct BenchSamplersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samplers",
    abstract: "Measure what samplers cost beside the network.",
    discussion: """
      Draws 64 images of 3×32×32 in 50 steps on one core, with a network that returns at once: what is left is the \
      sampler's own arithmetic and its noise.
      """)

  @Argument(help: "Samplers (default: all with steps of their own number).")
  var samplers: [SamplingSettings.Sampler] = []

  @OptionGroup var table: TableOptions

  func run() async throws {
    let benchmark = SamplerBenchmark()
    let wanted =
      samplers.isEmpty
      ? SamplingSettings.Sampler.allCases.filter { $0 != .probabilityFlow } : samplers
    let results = try wanted.map(benchmark.measure)
    if table.json { return printText(try jsonDocument(results)) }
    var rows = TextTable([
      "sampler", .number("evaluations"), .number("ms/step"), .number("ns/value"),
    ])
    for result in results {
      rows.append([
        result.sampler, String(result.evaluations),
        String(format: "%.2f", result.millisecondsPerStep),
        String(format: "%.2f", result.nanosecondsPerValue),
      ])
    }
    printText(rows.rendered())
  }
}
