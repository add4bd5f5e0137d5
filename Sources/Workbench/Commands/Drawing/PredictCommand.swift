import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Planning
import Text

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Evaluate a network: tensors in, its prediction out.",
    discussion: """
      The input holds tensors x (N,C,H,W) float, t (N), and for a conditional network \
      condition (N,D) float or class (N) integer, where index K of K classes is the null class. t are \
      timesteps of diffusion.process vp, integer, and u from 0 (data) to 1 (noise) of the others, float. \
      The output holds tensors prediction, and x0 and noise, which x is made of if the network is right \
      (all N,C,H,W). Settings may be overridden as an experiment's are: diffusion.prediction=v, \
      diffusion.process=edm.
      """)

  @Argument(
    help:
      "A .safetensors file of the workbench or of PyTorch, a diffusers model's folder, or a run.")
  var checkpoint: String

  @Argument(help: ArgumentHelp("Settings of diffusion to override.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The tensors to read.", valueName: "in.safetensors"))
  var input: String

  @Option(help: ArgumentHelp("Where to write.", valueName: "out.safetensors"))
  var output: String

  @Option(help: "fp32, bf16, fp16 or fp8.")
  var precision: TrainingSettings.Precision = .fp32

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func run() async throws {
    let source = try NetworkSource(checkpoint, store: store)
    let origin = source.network.origin
    let (settings, keys) = try DrawingOverrides.apply(
      overrides, to: source.defaults, for: .predicting, scheduler: origin.scheduler,
      isAssumed: !origin.saysProcess)
    var description = source.network.description
    description.diffusion = settings.diffusion
    // Its time embedding may depend on the noise process.
    let network = try description.makeNetwork()
    let process = try NoiseProcess(settings.diffusion)
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
    let levels = try levels(file, process, count: shape[0])
    let pool = threads.pool()
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: source.network.values, height: shape[2], width: shape[3],
      precision: Precision(precision), kernels: try Engine.kernels(), pool: pool)
    let pixels = shape[2] * shape[3]
    let prediction = predictor.prediction(
      of: ChannelOrder.last(
        try file.floats("x"), count: shape[0], channels: shape[1], pixels: pixels),
      at: levels, condition: try condition(file, source.network, count: shape[0]),
      process: process)
    var tensors = [("prediction", prediction.output)]
    if let refusal = origin.refusal, keys.isEmpty {
      printDiagnostic("x0 and noise are left out: \(refusal.description)")
    } else {
      source.reportAssumedProcess(keys: keys)
      tensors += [("x0", prediction.x0), ("noise", prediction.noise)]
    }
    var writer = SafetensorsWriter()
    for (name, values) in tensors {
      writer.add(
        name, shape: shape,
        ChannelOrder.first(values, count: shape[0], channels: shape[1], pixels: pixels))
    }
    try writer.write(to: output)
  }

  /// The level of each image, where x0 and noise follow from what the network predicts.
  private func levels(
    _ file: Safetensors, _ process: NoiseProcess, count: Int
  ) throws -> [NoiseLevel] {
    func require(_ given: Int) throws {
      guard given == count else { throw bad("t has \(given) timesteps for \(count) images") }
    }
    if let table = process.table {
      let timesteps = try file.integers("t")
      try require(timesteps.count)
      guard timesteps.allSatisfy({ (0..<table.steps).contains($0) }) else {
        throw bad("t has timesteps outside 0 ..< \(table.steps)")
      }
      return timesteps.map { process.level(timestep: $0) }
    }
    let kind = process.settings.process.kind
    let isFloat = try ["F64", "F32", "F16", "BF16"].contains(file.entry("t").dtype.rawValue)
    guard isFloat else {
      throw bad(
        "t holds integers, and diffusion.process is \(kind), whose levels are u from 0 (data) to 1 (noise): give floats"
      )
    }
    let places = try file.floats("t")
    try require(places.count)
    if let wrong = places.first(where: { !(0...1).contains($0) }) {
      throw bad(
        "t holds \(wrong), and diffusion.process is \(kind), whose levels are u from 0 (data) to 1 (noise)"
      )
    }
    return try places.map { u in
      let level = process.level(at: Double(u))
      guard level.sigma > 0 || !process.prediction.divides else {
        throw bad(
          "t holds \(u), where x is data without noise: the noise that is written beside the prediction cannot be "
            + "told there; give u above 0")
      }
      return level
    }
  }

  private func condition(
    _ file: Safetensors, _ source: NetworkFile, count: Int
  ) throws -> Condition {
    let network = source.network
    if let vector = source.description.vector {
      guard let entry = file.entries["vector"] else { return .none }
      let width = vector.names.count
      guard entry.shape == [count, width] else {
        throw bad("vector has the shape \(entry.shape); it must be (\(count), \(width))")
      }
      let values = try file.floats("vector").map(Double.init)
      return .vectors(
        (0..<count).flatMap { vector.row(values[$0 * width..<($0 + 1) * width]) },
        dimension: vector.width)
    }
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

extension PredictionTarget {
  /// Whether the noise follows from it by what it leaves of x, divided by σ.
  fileprivate var divides: Bool { self != .epsilon }
}
