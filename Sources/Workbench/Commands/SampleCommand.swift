import ArgumentParser
import Diffusion
import Foundation
import Images
import Kernels
import Planning
import Reports
import Text

struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draw images from a trained network.",
    discussion: """
      Options that are not given come from the run's settings, for a diffusers pipeline's folder from \
      its scheduler, for a file from the defaults. --steps is the number of network evaluations. Without \
      -o or --output nothing would be kept, so one of them is required. Settings may be overridden as \
      an experiment's are: diffusion.schedule.kind=cosine, diffusion.steps=500, sampling.clip=false.
      """)

  @Argument(help: "A run, a .safetensors file, or the folder of a diffusers model or pipeline.")
  var source: String

  @Argument(
    help: ArgumentHelp("Settings of diffusion and sampling to override.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "ddpm, ddim or naive-strided.")
  var sampler: SamplingSettings.Sampler?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Network evaluations per image.", valueName: "n"))
  var steps: Int?

  @Option(help: "Which timesteps are visited: linspace, trailing or leading.")
  var spacing: SamplingSettings.Spacing?

  @Option(parsing: .unconditional, help: "Noise of ddim: 0 none, 1 as ddpm.")
  var eta: Double?

  @Option(
    parsing: .unconditional,
    help: "Classifier-free guidance; 0 unconditional, 1 plain conditional.")
  var guidance: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The null class, for guidance, of a network whose files do not name it.",
      valueName: "k"))
  var nullClass: Int?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Draw this class only, by number from 0 or by name.", valueName: "class"))
  var className: String?

  @Option(
    help: ArgumentHelp("The class of each image, separated by commas.", valueName: "class,…"))
  var labels: String?

  @Option(parsing: .unconditional, help: "How many images.")
  var count: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Side of the images, instead of the network's own.", valueName: "pixels"))
  var size: Int?

  @Option(parsing: .unconditional, help: "Seed of the noise.")
  var seed: UInt64?

  @Flag(help: "Do not clip x̂0 to [−1, 1] at each step.")
  var noClip = false

  @Flag(help: "Use the raw weights, not their moving average.")
  var raw = false

  @Option(help: ArgumentHelp("Starting noise: tensor x (N,C,H,W).", valueName: "x.safetensors"))
  var initial: String?

  @Option(
    help: ArgumentHelp("Write tensor sample (N,C,H,W), not clamped.", valueName: "x.safetensors"))
  var output: String?

  @Option(
    name: .customShort("o"),
    help: ArgumentHelp("Write a sheet of the images.", valueName: "grid.png"))
  var grid: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Show each pixel as K×K on the sheet (default: enough for images of 64 pixels).",
      valueName: "K"))
  var scale: Int?

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    guard output != nil || grid != nil else {
      throw ValidationError(
        "Choose where the images go: -o grid.png, --output x.safetensors, or both.")
    }
    try requirePNG(grid)
    try check("--count", count, in: 1...1_000_000)
    guard steps.map({ $0 >= 1 }) ?? true else {
      throw ValidationError("--steps takes 1 or more network evaluations.")
    }
    let bounded = [
      ("--eta", eta, SamplingSettings.etaRange),
      ("--guidance", guidance, SamplingSettings.guidanceRange),
    ]
    for (option, value, range) in bounded where !(value.map(range.contains) ?? true) {
      throw ValidationError(
        "\(option) takes a number from \(Int(range.lowerBound)) to \(Int(range.upperBound)).")
    }
    try check("--size", size, in: 1...4096, " pixels")
    try check("--scale", scale, in: 1...64)
    guard scale == nil || grid != nil else {
      throw ValidationError("--scale enlarges the sheet: it goes with -o.")
    }
    guard className == nil || labels == nil else {
      throw ValidationError("Choose --class, one for all images, or --labels, one for each.")
    }
    guard size == nil || initial == nil else {
      throw ValidationError("Leave --size out: the starting noise of --initial has its size.")
    }
  }

  func run() async throws {
    let source = try NetworkSource(source, raw: raw, store: store)
    try source.network.requireProcess()
    var description = source.network.description
    let (settings, keys) = try settings(source)
    description.diffusion = settings.diffusion
    // Its time embedding may depend on the number of noise levels.
    let network = try description.makeNetwork()
    var sampling = settings.sampling
    let known = try knownClasses(
      source, settings, overridden: keys.contains("data.class_names"),
      guided: guidance != nil || keys.contains("sampling.guidance") || source.settings == nil)
    let told = count ?? (keys.contains("sampling.count") ? sampling.count : nil)
    let classes = try classes(known, count: told, &sampling)

    var start: [Float]?
    if let initial {
      let (values, shape) = try startingNoise(initial, channels: network.channels)
      if labels != nil, let classes, classes.count != shape[0] {
        throw Failure(
          .usage,
          "--labels has \(classes.count) classes, and '\(printable(initial))' holds \(shape[0]) images"
        )
      }
      if let told, told != shape[0] {
        throw Failure(
          .usage,
          "--count is \(told), and '\(printable(initial))' holds the noise of \(shape[0]) images: "
            + "leave --count out")
      }
      (sampling.count, description.height, description.width) = (shape[0], shape[2], shape[3])
      start = values
      guard shape[2] % network.sizeMultiple == 0, shape[3] % network.sizeMultiple == 0 else {
        throw Failure(
          .badInput,
          "'\(printable(initial))': sides of \(shape[2])×\(shape[3]) are not multiples of "
            + "\(network.sizeMultiple), which the network requires")
      }
    } else if let size {
      guard size % network.sizeMultiple == 0 else {
        throw Failure(
          .usage,
          "--size \(size): the network requires sides that are multiples of \(network.sizeMultiple)"
        )
      }
      (description.height, description.width) = (size, size)
    } else if !source.network.origin.saysSize {
      printDiagnostic(
        "the network's files do not say what size of images it draws: \(description.height)×\(description.width) "
          + "is assumed; --size sets another")
    }
    let pool = threads.pool()
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: source.network.values, height: description.height,
      width: description.width, precision: Precision(settings.training.precision),
      kernels: try Engine.kernels(), pool: pool)
    let drawn = try Generator(
      predictor: predictor, process: try NoiseProcess(description.diffusion)
    ).images(
      sampling, indices: 0..<sampling.count,
      classes: classes.map { given in (0..<sampling.count).map { given[$0 % given.count] } },
      nullClass: known.null, clip: description.height * description.width > 1, start: start)
    try write(drawn.values, sampling.count, description, classes: known.inTurn.count)
  }

  /// What the options and overrides make of the run's, the pipeline's or the usual settings.
  /// - Returns: them, and the keys that were overridden.
  private func settings(_ source: NetworkSource) throws -> (RunSettings, keys: Set<String>) {
    let (origin, description) = (source.network.origin, source.network.description)
    var settings =
      source.settings
      ?? RunSettings(
        data: DataSettings(source: .shapes), model: description.model,
        conditioning: description.conditioning, training: TrainingSettings(steps: 0),
        sampling: origin.scheduler?.sampling ?? SamplingSettings())
    settings.diffusion = description.diffusion
    if let sampler, sampler != settings.sampling.sampler {
      settings.sampling.sampler = sampler
      settings.sampling.eta = 0
    }
    settings.sampling.steps = steps ?? settings.sampling.steps
    settings.sampling.spacing = spacing ?? settings.sampling.spacing
    settings.sampling.eta = eta ?? settings.sampling.eta
    settings.sampling.guidance = guidance ?? settings.sampling.guidance
    settings.sampling.count = count ?? settings.sampling.count
    settings.sampling.seed = seed ?? settings.sampling.seed
    if noClip { settings.sampling.clip = false }
    let given: [(key: String, option: String, isGiven: Bool)] = [
      ("sampling.sampler", "--sampler", sampler != nil),
      ("sampling.steps", "--steps", steps != nil),
      ("sampling.spacing", "--spacing", spacing != nil), ("sampling.eta", "--eta", eta != nil),
      ("sampling.guidance", "--guidance", guidance != nil),
      ("sampling.count", "--count", count != nil), ("sampling.seed", "--seed", seed != nil),
      ("sampling.clip", "--no-clip", noClip),
    ]
    let (changed, keys) = try DrawingOverrides.apply(
      overrides, to: settings,
      taken: Dictionary(
        uniqueKeysWithValues: given.filter(\.isGiven).map { ($0.key, $0.option) }),
      scheduler: origin.scheduler)
    if changed.sampling.eta != 0, eta != nil, changed.sampling.sampler != .ddim {
      throw Failure(
        .usage,
        "--eta belongs to ddim, but the sampler is \(changed.sampling.sampler.rawValue)")
    }
    if !origin.saysProcess, !keys.contains(where: { $0.hasPrefix("diffusion.") }) {
      printDiagnostic(
        "the network's files do not say which noise process it was trained on: the linear schedule with "
          + "\(description.diffusion.steps) steps is assumed; overrides such as diffusion.schedule.kind=cosine "
          + "set another")
    }
    if let scheduler = origin.scheduler {
      if let note = scheduler.note { printDiagnostic(note) }
      printDiagnostic(Self.text(changed, of: scheduler))
    }
    return (changed, keys)
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  /// What a pipeline's images are drawn with.
  private static func text(_ settings: RunSettings, of scheduler: DiffusersScheduler) -> String {
    let (sampling, diffusion) = (settings.sampling, settings.diffusion)
    let range = sampling.clipRange == 1 ? "[−1, 1]" : "±\(sampling.clipRange)"
    let clip = sampling.clip == false ? "x̂0 not clipped" : "x̂0 clipped to \(range)"
    let offset =
      sampling.spacing == .leading && sampling.stepsOffset > 0 ? " + \(sampling.stepsOffset)" : ""
    var schedule = scheduler.betaSchedule
    if diffusion.schedule != scheduler.diffusion.schedule {
      switch diffusion.schedule {
      case .linear(let start, let end):
        schedule =
          "linear from β \(number(start ?? scheduler.betaStart)) to \(number(end ?? scheduler.betaEnd))"
      case .scaledLinear, .quadratic, .exponential, .constant, .cosine, .sqrt, .sigmoid, .laplace:
        schedule = diffusion.schedule.kind
      case .betas(let betas):
        schedule += " from β \(number(betas.first ?? 0)) to \(number(betas.last ?? 0))"
      }
    }
    return
      "of a pipeline with \(scheduler.className): \(sampling.sampler.rawValue), \(sampling.steps) of "
      + "\(diffusion.steps) steps (\(sampling.spacing.rawValue)\(offset)), "
      + "schedule \(schedule), \(clip)"
  }

  /// (N, H, W, C) and the file's shape (N, C, H, W).
  private func startingNoise(_ path: String, channels: Int) throws -> ([Float], [Int]) {
    let file = try Safetensors(contentsOf: path)
    let shape = try file.entry("x").shape
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }), shape[1] == channels else {
      throw Failure(
        .badInput,
        "'\(printable(path))': x has the shape \(shape); it must be (N, \(channels), H, W)")
    }
    let values = ChannelOrder.last(
      try file.floats("x"), count: shape[0], channels: channels, pixels: shape[2] * shape[3])
    return (values, shape)
  }

  /// - Parameter classes: a column of the sheet for each, where all are drawn in turn.
  private func write(
    _ images: [Float], _ count: Int, _ description: NetworkDescription, classes: Int
  ) throws {
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
      let pictures = Image.pictures(
        images, count: count, height: height, width: width, channels: channels)
      let columns =
        className == nil && labels == nil && (2...16).contains(classes) ? classes : min(10, count)
      try Image.grid(pictures, columns: columns, padding: 2, scale: scale).write(to: grid)
      printDiagnostic("wrote \(printable(grid))")
    }
  }
}
