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
      What is not said is taken from the run's settings, for a diffusers pipeline's folder from its \
      scheduler, for a file from the defaults. --steps is the number of network evaluations. Without \
      -o or --output nothing would be kept, so one of them is wanted. Settings may be overridden as \
      an experiment's are: diffusion.schedule.kind=cosine, diffusion.steps=500, sampling.clip=false.
      """)

  @Argument(help: "A run, a .safetensors file, or the folder of a diffusers model or pipeline.")
  var source: String

  @Argument(
    help: ArgumentHelp("Settings of diffusion and sampling to override.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(name: .long, help: "ddpm, ddim or naive-strided.")
  var sampler: SamplingSettings.Sampler?

  @Option(name: .long, help: ArgumentHelp("Network evaluations per image.", valueName: "n"))
  var steps: Int?

  @Option(name: .long, help: "Which timesteps are visited: linspace, trailing or leading.")
  var spacing: SamplingSettings.Spacing?

  @Option(name: .long, help: "Noise of ddim: 0 none, 1 as ddpm.")
  var eta: Double?

  @Option(name: .long, help: "Classifier-free guidance; 0 unconditional, 1 plain conditional.")
  var guidance: Double?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Draw this class only, by number from 0 or by name.", valueName: "class"))
  var className: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The class of each image, commas between.", valueName: "class,…"))
  var labels: String?

  @Option(name: .long, help: "How many images.")
  var count: Int?

  @Option(
    name: .long,
    help: ArgumentHelp("Side of the images, in place of the network's own.", valueName: "pixels"))
  var size: Int?

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Show each pixel as K×K on the sheet; else as many as make images of 64.", valueName: "K"))
  var scale: Int?

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    guard output != nil || grid != nil else {
      throw ValidationError(
        "Say where the images go: -o grid.png, --output x.safetensors, or both.")
    }
    try requirePNG(grid)
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
    guard size.map({ (1...4096).contains($0) }) ?? true else {
      throw ValidationError("--size takes 1 to 4096 pixels.")
    }
    guard scale.map({ (1...64).contains($0) }) ?? true else {
      throw ValidationError("--scale takes 1 to 64.")
    }
    guard scale == nil || grid != nil else {
      throw ValidationError("--scale enlarges the sheet: it goes with -o.")
    }
    guard className == nil || labels == nil else {
      throw ValidationError("Say --class, one for all images, or --labels, one for each.")
    }
    guard size == nil || initial == nil else {
      throw ValidationError("Leave --size out: the starting noise of --initial has its size.")
    }
  }

  func run() async throws {
    let source = try NetworkSource(source, raw: raw, store: store)
    try source.network.requireProcess()
    var description = source.network.description
    let settings = try settings(source)
    description.diffusion = settings.diffusion
    // Its time embedding may depend on the number of noise levels.
    let network = try description.makeNetwork()
    var sampling = settings.sampling
    if (guidance ?? 1) != 1, network.classes == 0 {
      throw Failure(.usage, "error: the network knows no classes; leave --guidance out")
    }
    let known = ClassSelection(count: network.classes, names: source.classNames)
    let classes = try classes(known, &sampling)

    var start: [Float]?
    if let initial {
      let (values, shape) = try startingNoise(initial, channels: network.channels)
      if labels != nil, let classes, classes.count != shape[0] {
        throw Failure(
          .usage,
          "error: --labels has \(classes.count) classes, and '\(printable(initial))' holds \(shape[0]) images"
        )
      }
      (sampling.count, description.height, description.width) = (shape[0], shape[2], shape[3])
      start = values
      guard shape[2] % network.sizeMultiple == 0, shape[3] % network.sizeMultiple == 0 else {
        throw Failure(
          .badInput,
          "error: '\(printable(initial))': sides of \(shape[2])×\(shape[3]) are no multiples of "
            + "\(network.sizeMultiple), which the network wants")
      }
    } else if let size {
      guard size % network.sizeMultiple == 0 else {
        throw Failure(
          .usage,
          "error: --size \(size): the network wants sides that are multiples of \(network.sizeMultiple)"
        )
      }
      (description.height, description.width) = (size, size)
    } else if !source.network.origin.saysSize {
      printDiagnostic(
        "nothing says what size of images the network draws: \(description.height)×\(description.width) "
          + "is taken for granted, and --size says otherwise")
    }
    let pool = WorkerPool(count: threads.workers ?? WorkerPool.processors)
    defer { pool.end() }
    let predictor = Predictor(
      network: network, values: source.network.values, height: description.height,
      width: description.width, precision: Precision(settings.training.precision),
      kernels: try Engine.kernels(), pool: pool)
    let images = try Generator(
      predictor: predictor, schedule: try NoiseSchedule(description.diffusion)
    ).images(
      sampling, indices: 0..<sampling.count,
      classes: classes.map {
        $0.count == 1 ? [Int](repeating: $0[0], count: sampling.count) : $0
      },
      clip: description.height * description.width > 1, start: start)
    try write(images, sampling.count, description)
  }

  /// What the options and overrides make of the run's, the pipeline's or the usual settings.
  private func settings(_ source: NetworkSource) throws -> RunSettings {
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
        uniqueKeysWithValues: given.filter(\.isGiven).map { ($0.key, $0.option) }))
    if changed.sampling.eta != 0, eta != nil, changed.sampling.sampler != .ddim {
      throw Failure(
        .usage,
        "error: --eta belongs to ddim, and the sampler is \(changed.sampling.sampler.rawValue)")
    }
    if !origin.saysProcess, !keys.contains(where: { $0.hasPrefix("diffusion.") }) {
      printDiagnostic(
        "nothing says what noise process the network was trained on: the linear schedule with "
          + "\(description.diffusion.steps) steps is taken for granted; diffusion.schedule.kind=cosine and "
          + "the like say otherwise")
    }
    if let scheduler = origin.scheduler {
      if let note = scheduler.note { printDiagnostic(note) }
      printDiagnostic(Self.text(changed, of: scheduler))
    }
    return changed
  }

  /// What a pipeline's images are drawn with.
  private static func text(_ settings: RunSettings, of scheduler: DiffusersScheduler) -> String {
    let (sampling, diffusion) = (settings.sampling, settings.diffusion)
    let range = sampling.clipRange == 1 ? "[−1, 1]" : "±\(sampling.clipRange)"
    let clip = sampling.clip == false ? "x̂0 not clipped" : "x̂0 clipped to \(range)"
    let offset =
      sampling.spacing == .leading && sampling.stepsOffset > 0 ? " + \(sampling.stepsOffset)" : ""
    let schedule =
      diffusion.schedule == scheduler.diffusion.schedule
      ? scheduler.betaSchedule : diffusion.schedule.kind
    return
      "of a pipeline with \(scheduler.className): \(sampling.sampler.rawValue), \(sampling.steps) of "
      + "\(diffusion.steps) steps (\(sampling.spacing.rawValue)\(offset)), "
      + "schedule \(schedule), \(clip)"
  }

  /// The classes asked for: one for all images, or one of each; nil: the network's in turn.
  private func classes(
    _ known: ClassSelection, _ sampling: inout SamplingSettings
  ) throws -> [Int]? {
    if let className {
      let index = try known.index(of: className, option: "--class")
      if !known.names.isEmpty { printDiagnostic("draws class \(known.text(index))") }
      return [index]
    }
    guard let labels else { return nil }
    let words = labels.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let indices = try words.map { try known.index(of: $0, option: "--labels") }
    if let count, count != indices.count {
      throw Failure(
        .usage,
        "error: --labels has \(indices.count) classes, one an image, and --count is \(count)")
    }
    sampling.count = indices.count
    if !known.names.isEmpty {
      printDiagnostic("draws classes \(indices.map(known.text).joined(separator: ", "))")
    }
    return indices
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
        className == nil && labels == nil && (2...16).contains(classes) ? classes : min(10, count)
      try Image.grid(pictures, columns: columns, padding: 2, scale: scale).write(to: grid)
      printDiagnostic("wrote \(printable(grid))")
    }
  }
}
