import ArgumentParser
import Diffusion
import ExperimentFiles
import Images
import Planning

struct ScheduleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Show a noise schedule, as a table or on a real image.",
    discussion: """
      For an experiment file, shows every noise process that its runs use; without one, the schedule \
      that the options describe. Of a long schedule the table shows some timesteps; --json has them all.

      --steps is T, the number of noise levels; --inference-steps is n, the number of levels that a sampler \
      visits. The picture shows one image x_t from t = 0 to T - 1, always with the same noise.
      """)

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case linear, quadratic, exponential, constant, cosine, sqrt, sigmoid, laplace
    case scaledLinear = "scaled-linear"

    var schedule: DiffusionSettings.Schedule {
      switch self {
      case .linear: .linear(betaStart: nil, betaEnd: nil)
      case .scaledLinear: .scaledLinear(betaStart: nil, betaEnd: nil)
      case .quadratic: .quadratic(betaStart: nil, betaEnd: nil)
      case .exponential: .exponential(betaStart: nil, betaEnd: nil)
      case .constant: .constant(beta: nil)
      case .cosine: .cosine(offset: 0.008)
      case .sqrt: .sqrt
      case .sigmoid: .sigmoid(temperature: 1)
      case .laplace: .laplace(mean: 0, scale: 0.5)
      }
    }
  }

  @Argument(help: "An experiment file.")
  var file: String?

  @Option(help: "The schedule, with its default shape, instead of the file's.")
  var kind: Kind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("T, instead of the file's or 1000.", valueName: "T"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "n: also list the levels that a sampler of n steps visits.", valueName: "N"))
  var inferenceSteps: Int?

  @Option(help: "How a sampler's levels are spaced.")
  var spacing: SamplingSettings.Spacing?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Write a picture: an image under growing noise.", valueName: "file.png"))
  var output: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Which image of the data set the picture shows.", valueName: "index"))
  var image = 0

  @OptionGroup var format: JSONOption

  func validate() throws {
    try requirePNG(output)
    for (name, value) in [("--steps", steps), ("--inference-steps", inferenceSteps)] {
      if let value, !(1...100_000).contains(value) {
        throw ValidationError("\(name) must lie between 1 and 100000, not \(value).")
      }
    }
    guard (0..<1_000_000_000).contains(image) else {
      throw ValidationError("--image counts from 0 and must be below 1000000000.")
    }
    if spacing != nil, inferenceSteps == nil, file == nil {
      throw ValidationError("--spacing needs --inference-steps, the number of steps to space.")
    }
    if let inferenceSteps, file == nil, inferenceSteps > steps ?? DiffusionSettings().steps {
      throw ValidationError("--inference-steps must not be above --steps, the noise levels.")
    }
  }

  func run() async throws {
    printText(try answer())
  }

  /// What is printed; writes the picture.
  func answer() throws -> String {
    var runs: [RunSettings] = []
    if let file { runs = try Self.settings(inFile: file) }
    let processes = try processes(of: runs)
    if let output {
      let picture = try ForwardProcessPicture(data: pictured(runs), index: image)
      try picture.drawn(under: processes).write(to: output)
      printDiagnostic("wrote \(output)")
    }
    return format.json
      ? try jsonDocument(ScheduleDocument(processes))
      : processes.map { ScheduleTable.text($0) }.joined(separator: "\n")
  }

  /// The settings of every run of a file. No data are read: their fingerprint tells
  /// runs apart, which is of no concern here.
  private static func settings(inFile path: String) throws -> [RunSettings] {
    try Plan(ExperimentFile.load(path: path)) { _ in "" }.runs.map(\.settings)
  }

  /// The different noise processes of the runs, or the one that the options describe, as far as
  /// the options leave them as they are.
  private func processes(of runs: [RunSettings]) throws -> [ShownProcess] {
    guard !runs.isEmpty else { return [try process(DiffusionSettings(), sampling: nil)] }
    var shown: [ShownProcess] = []
    for run in runs {
      let next = try process(run.diffusion, sampling: run.sampling)
      if let same = shown.firstIndex(where: { $0.isAlike(next) }) {
        shown[same].grids += next.grids.filter { !shown[same].grids.contains($0) }
      } else {
        shown.append(next)
      }
    }
    return shown
  }

  private func process(
    _ diffusion: DiffusionSettings, sampling: SamplingSettings?
  ) throws -> ShownProcess {
    var diffusion = diffusion
    if kind != nil || steps != nil { diffusion.process = .vp }
    diffusion.steps = steps ?? diffusion.steps
    diffusion.schedule = kind?.schedule ?? diffusion.schedule
    let process = try NoiseProcess(diffusion)
    var grids: [[NoiseLevel]] = []
    if let n = inferenceSteps ?? sampling?.steps {
      var settings = sampling ?? SamplingSettings()
      settings.steps = n
      settings.spacing = spacing ?? settings.spacing
      grids.append(try process.levels(for: settings).dropLast().reversed())
    }
    return ShownProcess(process: process, grids: grids)
  }

  /// The data of the file's first run; without a file Fashion-MNIST, or drawn shapes where that is
  /// not installed.
  private func pictured(_ runs: [RunSettings]) throws -> DataSet {
    if let settings = runs.first?.data { return try DataSet.load(settings) }
    do throws(DiffusionError) {
      return try DataSet.load(DataSettings(limit: image + 1))
    } catch {
      guard error.kind == .notFound else { throw error }
      printDiagnostic("\(error.description)\nshowing a drawn shape instead")
    }
    return try DataSet.load(DataSettings(source: .shapes, limit: image + 1, size: 32))
  }
}
