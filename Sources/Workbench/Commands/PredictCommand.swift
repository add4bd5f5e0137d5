import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Text

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Evaluate a network: tensors in, its prediction out.",
    discussion: """
      The input holds tensors x (N,C,H,W) float, t (N) integer, and for a conditional network \
      condition (N,D) float or class (N) integer, where index K of K classes is the null class. The \
      output holds tensor prediction (N,C,H,W).
      """)

  @Argument(
    help:
      "A .safetensors file of the workbench or of PyTorch, a diffusers model's folder, or a run.")
  var checkpoint: String

  @Option(help: ArgumentHelp("The tensors to read.", valueName: "in.safetensors"))
  var input: String

  @Option(help: ArgumentHelp("Where to write.", valueName: "out.safetensors"))
  var output: String

  @Option(help: "fp32, bf16 or fp16.")
  var precision: TrainingSettings.Precision = .fp32

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func run() async throws {
    let source = try NetworkSource(checkpoint, store: store)
    let network = source.network.network
    let file = try Safetensors(contentsOf: input)
    let shape = try file.entry("x").shape
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      throw bad("x has the shape \(shape); it must be (N, C, H, W)")
    }
    guard shape[1] == network.channels else {
      throw bad("x has \(shape[1]) channels; the network takes \(network.channels)")
    }
    guard shape[2] % network.sizeMultiple == 0, shape[3] % network.sizeMultiple == 0 else {
      throw bad(
        "x is \(shape[2])×\(shape[3]); both sides must be multiples of \(network.sizeMultiple)")
    }
    let timesteps = try file.integers("t")
    let steps = source.network.description.diffusion.steps
    guard timesteps.count == shape[0] else {
      throw bad("t has \(timesteps.count) timesteps for \(shape[0]) images")
    }
    guard timesteps.allSatisfy({ (0..<steps).contains($0) }) else {
      throw bad("t has timesteps outside 0 ..< \(steps)")
    }
    let pool = threads.pool()
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: source.network.values, height: shape[2], width: shape[3],
      precision: Precision(precision), kernels: try Engine.kernels(), pool: pool)
    let pixels = shape[2] * shape[3]
    let prediction = predictor.predict(
      ChannelOrder.last(
        try file.floats("x"), count: shape[0], channels: shape[1], pixels: pixels),
      times: timesteps.map(Float.init),
      condition: try condition(file, source.network, count: shape[0]))
    var writer = SafetensorsWriter()
    writer.add(
      "prediction", shape: shape,
      ChannelOrder.first(prediction, count: shape[0], channels: shape[1], pixels: pixels))
    try writer.write(to: output)
  }

  private func condition(
    _ file: Safetensors, _ source: NetworkFile, count: Int
  ) throws -> Condition {
    let network = source.network
    guard network.classes > 0 else { return .none }
    if file.entries["class"] != nil {
      let classes = try file.integers("class")
      guard classes.count == count, classes.allSatisfy({ (0...network.classes).contains($0) })
      else {
        throw bad(
          "class must hold \(count) indices from 0 to \(network.classes)"
            + (source.origin.saysNullClass ? ", the null class" : ""))
      }
      return .classes(classes)
    }
    guard source.description.model.architecture == .smallUNet,
      source.description.conditioning.inject == .concat
    else {
      throw bad("the network is class-conditional: it needs a tensor class (N)")
    }
    guard let entry = file.entries["condition"] else {
      throw bad(
        "the network is conditional: it needs a tensor class (N) or condition (N,\(network.classes))"
      )
    }
    guard entry.shape == [count, network.classes] else {
      throw bad("condition has the shape \(entry.shape); it must be (\(count), \(network.classes))")
    }
    return .vectors(try file.floats("condition"), dimension: network.classes)
  }

  private func bad(_ what: String) -> Failure {
    Failure(.badInput, "'\(printable(input))': \(what)")
  }
}
