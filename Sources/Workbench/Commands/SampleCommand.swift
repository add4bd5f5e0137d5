import ArgumentParser
import Diffusion
import Experiments
import Foundation
import Images
import Kernels

struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draw images from a trained network.",
    discussion: """
      What is not said is taken from the run's settings, or for a file from the defaults. --steps is \
      the number of network evaluations. Without -o or --output nothing would be kept, so one of \
      them is wanted.
      """)

  @Argument(help: "A run, a .safetensors file, or a diffusers model's folder.")
  var source: String

  @Option(name: .long, help: "ddpm, ddim or naive-strided.")
  var sampler: SamplingSettings.Sampler?

  @Option(name: .long, help: ArgumentHelp("Network evaluations per image.", valueName: "n"))
  var steps: Int?

  @Option(name: .long, help: "Noise of ddim: 0 none, 1 as ddpm.")
  var eta: Double?

  @Option(name: .long, help: "Classifier-free guidance; 0 unconditional, 1 plain conditional.")
  var guidance: Double?

  @Option(name: .customLong("class"), help: ArgumentHelp("Draw this class only.", valueName: "k"))
  var classIndex: Int?

  @Option(name: .long, help: "How many images.")
  var count: Int?

  @Option(name: .long, help: "Seed of the noise.")
  var seed: UInt64?

  @Flag(name: .long, help: "Do not clip x̂0 to [−1, 1] at each step.")
  var noClip = false

  @Flag(name: .long, help: "The weights themselves, not their average.")
  var raw = false

  @Option(
    name: .long,
    help: ArgumentHelp("Starting noise: tensor x (N,C,H,W).", valueName: "x.safetensors"))
  var initial: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Write tensor sample (N,C,H,W), not clamped.", valueName: "x.safetensors"))
  var output: String?

  @Option(
    name: .customShort("o"),
    help: ArgumentHelp("Write a sheet of the images.", valueName: "grid.png"))
  var grid: String?

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    guard output != nil || grid != nil else {
      throw ValidationError(
        "Say where the images go: -o grid.png, --output x.safetensors, or both.")
    }
    guard count.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--count takes 1 to 1000000.")
    }
    guard steps.map({ $0 >= 1 }) ?? true else {
      throw ValidationError("--steps takes 1 or more network evaluations.")
    }
    guard eta.map({ $0.isFinite && $0 >= 0 }) ?? true else {
      throw ValidationError("--eta takes a number from 0 up.")
    }
    guard guidance?.isFinite ?? true else {
      throw ValidationError("--guidance takes a finite number.")
    }
  }

  func run() async throws {
    let source = try NetworkSource(source, raw: raw, store: store)
    let network = source.network.network
    var description = source.network.description
    var settings = source.settings?.sampling ?? SamplingSettings()
    settings.sampler = sampler ?? settings.sampler
    settings.steps = steps ?? settings.steps
    settings.eta = eta ?? settings.eta
    settings.guidance = guidance ?? settings.guidance
    settings.count = count ?? settings.count
    settings.seed = seed ?? settings.seed
    if noClip { settings.clip = false }
    if let classIndex, !(0..<max(network.classes, 0)).contains(classIndex) {
      throw Failure(
        .usage,
        network.classes == 0
          ? "error: the network knows no classes; leave --class out"
          : "error: --class \(classIndex): the network's classes are 0 to \(network.classes - 1)")
    }

    var start: [Float]?
    if let initial {
      let (values, shape) = try startingNoise(initial, channels: network.channels)
      (settings.count, description.height, description.width) = (shape[0], shape[2], shape[3])
      start = values
      guard shape[2] % network.sizeMultiple == 0, shape[3] % network.sizeMultiple == 0 else {
        throw Failure(
          .badInput,
          "error: '\(printable(initial))': sides of \(shape[2])×\(shape[3]) are no multiples of "
            + "\(network.sizeMultiple), which the network wants")
      }
    }
    let pool = WorkerPool(count: threads.workers ?? WorkerPool.processors)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: source.network.values, height: description.height,
      width: description.width,
      precision: source.settings.map { Precision($0.training.precision) } ?? .fp32,
      kernels: try Engine.kernels(), pool: pool)
    let images = try Generator(
      predictor: predictor, schedule: try NoiseSchedule(description.diffusion)
    ).images(
      settings, indices: 0..<settings.count,
      classes: classIndex.map { [Int](repeating: $0, count: settings.count) },
      clip: description.height * description.width > 1, start: start)
    try write(images, settings.count, description)
  }

  /// (N, H, W, C) and the file's shape (N, C, H, W).
  private func startingNoise(_ path: String, channels: Int) throws -> ([Float], [Int]) {
    let file = try Safetensors(contentsOf: path)
    let shape = try file.entry("x").shape
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }), shape[1] == channels else {
      throw Failure(
        .badInput,
        "error: '\(printable(path))': x has the shape \(shape); it must be (N, \(channels), H, W)")
    }
    let values = ChannelOrder.last(
      try file.floats("x"), count: shape[0], channels: channels, pixels: shape[2] * shape[3])
    return (values, shape)
  }

  private func write(_ images: [Float], _ count: Int, _ description: NetworkDescription) throws {
    let (height, width, channels) = (description.height, description.width, description.channels)
    if let output {
      var writer = SafetensorsWriter()
      writer.add(
        "sample", shape: [count, channels, height, width],
        ChannelOrder.first(images, count: count, channels: channels, pixels: height * width))
      try writer.write(to: output)
      printDiagnostic("wrote \(printable(output))")
    }
    if let grid {
      let size = height * width * channels
      let pictures = (0..<count).map { i in
        Image(
          values: images[(i * size)..<((i + 1) * size)], height: height, width: width,
          channels: channels)
      }
      let classes = description.conditioning.kind == .none ? 0 : description.classes
      let columns =
        classIndex == nil && (2...16).contains(classes) ? classes : min(10, count)
      try Image.grid(pictures, columns: columns, padding: 2).write(to: grid)
      printDiagnostic("wrote \(printable(grid))")
    }
  }
}
