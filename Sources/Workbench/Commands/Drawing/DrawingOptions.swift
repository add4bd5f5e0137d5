import ArgumentParser
import Diffusion

/// Which network draws, and how: what all verbs that draw images have in common.
struct DrawingOptions: ParsableArguments {
  @Argument(help: "A run, a .safetensors file, or the folder of a diffusers model or pipeline.")
  var source: String

  @Argument(
    help: ArgumentHelp("Settings of diffusion and sampling to override.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(
    help: ArgumentHelp(
      "\(Self.list(SamplingSettings.Sampler.self)). Some ask the network more than once a step (heun, dpm2, dpmpp-2s, edm: twice).",
      valueName: "name"))
  var sampler: SamplingSettings.Sampler?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Noise levels that the sampler visits.", valueName: "n"))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Which levels these are. By timesteps: linspace, trailing, leading, quadratic, sgm-uniform; by σ/α: karras, exponential, log-snr.",
      valueName: "name"))
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

  @Option(parsing: .unconditional, help: "Seed of the noise.")
  var seed: UInt64?

  @Flag(help: "Do not clip x̂0 to [−1, 1] at each step.")
  var noClip = false

  @Flag(help: "Use the raw weights, not their moving average.")
  var raw = false

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  private static func list<Name: CaseIterable & RawRepresentable<String>>(
    _: Name.Type
  ) -> String {
    Name.allCases.map(\.rawValue).joined(separator: ", ")
  }

  func validate() throws {
    guard steps.map({ $0 >= 1 }) ?? true else {
      throw ValidationError("--steps takes 1 or more noise levels.")
    }
    let bounded = [
      ("--eta", eta, SamplingSettings.etaRange),
      ("--guidance", guidance, SamplingSettings.guidanceRange),
    ]
    for (option, value, range) in bounded where !(value.map(range.contains) ?? true) {
      throw ValidationError(
        "\(option) takes a number from \(Int(range.lowerBound)) to \(Int(range.upperBound)).")
    }
  }
}

/// Where what was drawn goes.
struct SheetOptions: ParsableArguments {
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

  func validate() throws {
    try requirePNG(grid)
    try check("--scale", scale, in: 1...64)
    guard scale == nil || grid != nil else {
      throw ValidationError("--scale enlarges the sheet: it goes with -o.")
    }
  }

  /// - Throws: `ValidationError` where nothing would be kept.
  func requireSomewhere() throws {
    guard output != nil || grid != nil else {
      throw ValidationError(
        "Choose where the images go: -o grid.png, --output x.safetensors, or both.")
    }
  }
}
