import ArgumentParser
import Diffusion
import Experiments
import Foundation

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained network for other programs.",
    discussion: """
      safetensors is one file, with the parameters under their PyTorch names. diffusers is a folder \
      that UNet2DModel.from_pretrained takes, of a network of architecture unet. What is there \
      already is not overwritten.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
    case diffusers
  }

  @Argument(help: "A run, a .safetensors file, or a diffusers model's folder.")
  var source: String

  @Option(name: .long, help: "safetensors or diffusers.")
  var format: Format

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Where to write: a new file, or a new folder.", valueName: "path"))
  var output: String

  @Flag(name: .long, help: "A run's weights themselves, not their average.")
  var raw = false

  @OptionGroup var store: StoreOptions

  func run() async throws {
    guard !FileManager.default.fileExists(atPath: output) else {
      throw Failure(
        .cannotCreate,
        "error: '\(printable(output))' is there already; take it away, or name another")
    }
    let network = try NetworkSource(source, raw: raw, store: store).network
    switch format {
    case .safetensors: try AtomicFile.write(network.bytes(), to: output)
    case .diffusers: try network.writeDiffusersFolder(to: output)
    }
    printDiagnostic("wrote \(printable(output))")
  }
}
