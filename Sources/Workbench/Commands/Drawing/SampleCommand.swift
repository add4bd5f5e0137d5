import ArgumentParser
import Diffusion
import Foundation
import Images
import Kernels
import Text

struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draw images from a trained network.",
    discussion: """
      Options that are not given come from the run's settings, for a diffusers pipeline's folder from \
      its scheduler, for a file from the defaults. --steps is the number of noise levels that are visited; \
      where the network is asked more than once at each, how often is said. Without -o or --output nothing \
      would be kept, so one of them is required. Settings may be overridden as an experiment's are: \
      diffusion.schedule.kind=cosine, diffusion.prediction=v, diffusion.process=edm, sampling.order=3, \
      sampling.threshold=0.995.
      """)

  @OptionGroup var drawing: DrawingOptions

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Draw this class only, by number from 0 or by name.", valueName: "class"))
  var className: String?

  @Option(
    help: ArgumentHelp("The class of each image, separated by commas.", valueName: "class,…"))
  var labels: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What all images are told, of a network that takes numbers: as the data have them, separated by commas.",
      valueName: "number,…"))
  var vector: String?

  @Option(parsing: .unconditional, help: "How many images.")
  var count: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Side of the images, instead of the network's own.", valueName: "pixels"))
  var size: Int?

  @Option(help: ArgumentHelp("Starting noise: tensor x (N,C,H,W).", valueName: "x.safetensors"))
  var initial: String?

  @OptionGroup var sheet: SheetOptions

  func validate() throws {
    try sheet.requireSomewhere()
    try check("--count", count, in: 1...1_000_000)
    try check("--size", size, in: 1...4096, " pixels")
    guard className == nil || labels == nil else {
      throw ValidationError("Choose --class, one for all images, or --labels, one for each.")
    }
    guard size == nil || initial == nil else {
      throw ValidationError("Leave --size out: the starting noise of --initial has its size.")
    }
  }

  func run() async throws {
    var drawing = try DrawingNetwork(self.drawing, count: count)
    let network = drawing.network
    var sampling = drawing.settings.sampling
    let known = try drawing.knownClasses()
    let wanted = count ?? (drawing.keys.contains("sampling.count") ? sampling.count : nil)
    let classes = try classes(known, count: wanted, &sampling)

    var start: [Float]?
    if let initial {
      let (values, shape) = try startingNoise(initial, channels: network.channels)
      if labels != nil, let classes, classes.count != shape[0] {
        throw Failure(
          .usage,
          "--labels has \(classes.count) classes, and '\(printable(initial))' holds \(shape[0]) images"
        )
      }
      if let wanted, wanted != shape[0] {
        throw Failure(
          .usage,
          "--count is \(wanted), and '\(printable(initial))' holds the noise of \(shape[0]) images: "
            + "leave --count out")
      }
      (sampling.count, drawing.description.height, drawing.description.width) = (
        shape[0], shape[2], shape[3]
      )
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
      (drawing.description.height, drawing.description.width) = (size, size)
    } else if !drawing.source.network.origin.saysSize {
      printDiagnostic(
        "the network's files do not say what size of images it draws: "
          + "\(drawing.description.height)×\(drawing.description.width) "
          + "is assumed; --size sets another")
    }
    if let grid = sheet.grid, drawing.description.height * drawing.description.width == 1 {
      throw Failure(
        .usage,
        "-o \(printable(grid)): the network draws vectors, which no picture shows; --output writes them as "
          + "a tensor, and the run keeps its own as samples.npy")
    }
    let told = try vector(of: drawing.source.network.description)
    let conditions = try drawing.source.settings.flatMap {
      try drawing.source.network.description.heldOutConditions(
        of: $0.data, 0..<sampling.count)
    }
    let pool = self.drawing.threads.pool()
    defer { pool.end() }
    let drawn = try drawing.generator(pool).images(
      sampling, indices: 0..<sampling.count,
      classes: classes.map { given in (0..<sampling.count).map { given[$0 % given.count] } },
      vectors: told.map { row in (0..<sampling.count).flatMap { _ in row } },
      conditions: conditions, nullClass: known.null, clip: drawing.clips, start: start)
    drawing.report(evaluations: drawn.evaluations)
    let inTurn = known.inTurn.count
    let isByClass = className == nil && labels == nil && (2...16).contains(inTurn)
    try Drawings(drawing.description).write(
      [.init("sample", drawn.values)], to: sheet,
      columns: isByClass ? inTurn : min(10, sampling.count),
      heads: isByClass && !known.names.isEmpty
        ? Image.labels(ofClasses: known.inTurn.map { known.names[$0] }) : [])
  }

  /// (D + 1) what --vector says; nil: nothing.
  private func vector(of network: NetworkDescription) throws -> [Float]? {
    guard let condition = network.vector else {
      guard vector == nil else {
        throw Failure(.usage, "--vector: the network is told no numbers")
      }
      return nil
    }
    let names = condition.names.map { printable($0) }.joined(separator: ", ")
    guard let vector else {
      printDiagnostic("the network is told nothing; --vector gives it \(names)")
      return nil
    }
    let words = vector.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == words.count, numbers.allSatisfy(\.isFinite),
      numbers.count == condition.names.count
    else {
      throw Failure(
        .usage,
        "--vector \(printable(vector)): the network takes \(condition.names.count) "
          + "\(condition.names.count == 1 ? "number" : "numbers"), separated by commas: \(names)")
    }
    if let unknown = condition.unknown(numbers) {
      throw Failure(
        .usage,
        "--vector \(printable(vector)): \(printable(unknown.name)) is \(unknown.value), and the network knows "
          + "\(unknown.kinds)")
    }
    return condition.row(numbers)
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

  /// The classes to draw, again and again; nil: the network knows none.
  /// - Parameter count: how many images were asked for.
  func classes(
    _ known: ClassSelection, count: Int?, _ sampling: inout SamplingSettings
  ) throws -> [Int]? {
    if let className {
      let index = try known.index(of: className, option: "--class")
      if !known.names.isEmpty { printDiagnostic("draws class \(known.text(index))") }
      return [index]
    }
    guard let labels else { return known.count == 0 ? nil : known.inTurn }
    let words = labels.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let indices = try words.map { try known.index(of: $0, option: "--labels") }
    if let count, count != indices.count {
      throw Failure(
        .usage,
        "--labels has \(indices.count) classes, one per image, but --count is \(count)")
    }
    sampling.count = indices.count
    if !known.names.isEmpty {
      printDiagnostic("draws classes \(indices.map(known.text).joined(separator: ", "))")
    }
    return indices
  }
}
