import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Text

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Show a network: layers, shapes, parameters, work.",
    discussion: """
      MFLOP are per image, two per multiply-add. For a sweep, shows the network of its first run. For \
      an experiment, reads the data to learn the images' size and classes.
      """)

  @Argument(
    help: "The experiment file; or a trained network: a .safetensors file or a diffusers folder.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var format: JSONOption

  func run() async throws {
    let (description, scheduler, hasProcess) = try description()
    let network = try description.makeNetwork()
    let (height, width) = (description.height, description.width)
    let document = Document(
      architecture: description.model.architecture.rawValue,
      input: [description.channels, height, width],
      layers: network.layers(height: height, width: width),
      parameters: network.layout.parameterCount,
      forwardMFLOP: network.flops(height: height, width: width) / 1e6,
      trainingMFLOP: network.trainingFlops(height: height, width: width) / 1e6,
      weightMiB: Double(4 * network.layout.parameterCount) / 1_048_576,
      activationMiB: Double(4 * network.activations(height: height, width: width)) / 1_048_576,
      process: hasProcess ? .init(description.diffusion) : nil,
      scheduler: scheduler.map(SchedulerDocument.init))
    printText(format.json ? try jsonDocument(document) : text(document))
  }

  /// The network, of a pipeline its scheduler, and whether the noise that it was trained on is known and supported.
  private func description() throws -> (
    NetworkDescription, DiffusersScheduler?, hasProcess: Bool
  ) {
    guard NetworkFile.isNamed(file) else {
      let settings = try firstRun(of: file, overrides: overrides)
      return (NetworkDescription(settings, data: try DataSet.load(settings.data)), nil, true)
    }
    guard overrides.isEmpty else {
      throw ValidationError("A trained network has its own settings: leave out the overrides.")
    }
    let network = try NetworkFile(contentsOf: file)
    for note in network.origin.notes { printDiagnostic(printable(note)) }
    do {
      try network.requireProcess()
    } catch {
      printDiagnostic(printable("\(error.description); the network itself:"))
      return (network.description, nil, false)
    }
    return (network.description, network.origin.scheduler, true)
  }

  private struct Document: Encodable {
    var architecture: String
    /// (channels, height, width)
    var input: [Int]
    var layers: [NetworkLayer]
    var parameters: Int
    var forwardMFLOP: Double
    var trainingMFLOP: Double
    var weightMiB: Double
    /// Of one image while training, gradients included.
    var activationMiB: Double
    /// Nil where it is not known.
    var process: ProcessDocument?
    /// Of a diffusers pipeline.
    var scheduler: SchedulerDocument?
  }

  /// The noise that the network was trained on, and what it predicts.
  private struct ProcessDocument: Encodable {
    var kind: String
    /// Of `vp`.
    var schedule: String?
    /// T of `vp`.
    var steps: Int?
    var prediction: String

    init(_ diffusion: DiffusionSettings) {
      kind = diffusion.process.kind
      prediction = diffusion.prediction.rawValue
      guard diffusion.process == .vp else { return }
      let zero = diffusion.rescaleZeroSNR ? " at zero terminal SNR" : ""
      (schedule, steps) = (diffusion.schedule.kind + zero, diffusion.steps)
    }

    var text: String {
      let schedule = schedule.map { ", \($0), T = \(steps ?? 0)" } ?? ""
      return "noise process \(kind)\(schedule); it predicts \(prediction)"
    }
  }

  /// How a pipeline's scheduler draws.
  private struct SchedulerDocument: Encodable {
    var className: String
    var sampler: String
    var spacing: String
    var clip: Bool
    var variance: String
    /// What is done otherwise here.
    var departures: [String]

    init(_ scheduler: DiffusersScheduler) {
      className = scheduler.className
      sampler = scheduler.sampling.sampler.rawValue
      spacing = scheduler.sampling.spacing.rawValue
      clip = scheduler.sampling.clip ?? false
      variance = scheduler.diffusion.variance.rawValue
      departures = scheduler.departures
    }

    var text: String {
      "\nits pipeline's \(className) draws by \(sampler), \(spacing), \(clip ? "x̂0 clipped" : "x̂0 not clipped")"
        + (departures.isEmpty ? "" : "; otherwise here: " + departures.joined(separator: ", "))
    }
  }

  private func text(_ document: Document) -> String {
    var table = TextTable([
      "layer", "kind", .number("output"), .number("parameters"), .number("MFLOP"),
    ])
    for layer in document.layers {
      table.append([
        layer.name, layer.kind, layer.output.map(String.init).joined(separator: "×"),
        String(layer.parameters),
        layer.flops == 0 ? "–" : String(format: "%.3f", layer.flops / 1e6),
      ])
    }
    let input = document.input.map(String.init).joined(separator: "×")
    return "\(document.architecture) for images of \(input)\n\n" + table.rendered()
      + String(
        format: """

          %d parameters, %.2f MiB
          %.1f MFLOP per image to predict, %.1f to train
          %.2f MiB of activations per image while training
          %@

          """, document.parameters, document.weightMiB, document.forwardMFLOP,
        document.trainingMFLOP, document.activationMiB,
        (document.process?.text ?? "the noise that it was trained on is not known")
          + (document.scheduler?.text ?? ""))
  }
}
