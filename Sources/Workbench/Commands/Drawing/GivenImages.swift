import ArgumentParser
import Diffusion
import Text

/// Images that a verb begins with.
struct GivenImageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An image to begin with: PNG, JPEG or WebP; may be given more than once.",
      valueName: "a.png"))
  var image: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Begin with the first N images that the run's data hold out of training.", valueName: "N"))
  var heldOut: Int?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "The class of all images, by number from 0 or by name (default: their own, where it is known, else none).",
      valueName: "class"))
  var className: String?

  func validate() throws {
    try check("--held-out", heldOut, in: 1...10_000, " images")
    guard image.isEmpty != (heldOut == nil) else {
      throw ValidationError(
        "Choose what to begin with: --image a.png, or --held-out N of the run's own data.")
    }
  }
}

/// Images that a verb begins with, as the network takes them.
struct GivenImages {
  /// (N, H, W, C) in [−1, 1].
  let values: [Float]
  let count: Int
  /// nil: the network knows no classes.
  let classes: [Int]?

  /// - Parameter drawing: its guidance becomes 0 where the network knows classes and these images have none.
  init(_ options: GivenImageOptions, for drawing: inout DrawingNetwork, _ known: ClassSelection)
    throws
  {
    let size = drawing.description
    guard drawing.clips else {
      throw Failure(
        .badInput, "the network draws vectors, not images: there is nothing to begin with")
    }
    var own: [Int?]
    if let count = options.heldOut {
      let data = try Self.heldOut(drawing)
      guard (data.height, data.width, data.channels) == (size.height, size.width, size.channels)
      else {
        throw Failure(
          .badInput,
          "the run's data are \(data.height)×\(data.width)×\(data.channels) (height, width, channels), and its network takes "
            + "\(size.height)×\(size.width)×\(size.channels)")
      }
      guard count <= data.count else {
        throw Failure(
          .usage, "--held-out \(count): the run's data hold out \(data.count) images of training")
      }
      values = data.values(0..<count)
      own = (0..<count).map(data.label)
    } else {
      values = try GivenPictures.read(
        options.image, height: size.height, width: size.width, channels: size.channels,
        filter: drawing.source.settings?.data.filter ?? .area)
      own = options.image.map { _ in nil }
    }
    count = own.count
    if let className = options.className {
      let index = try known.index(of: className, option: "--class")
      if !known.names.isEmpty { printDiagnostic("class \(known.text(index))") }
      own = own.map { _ in index }
    }
    guard known.count > 0 else {
      classes = nil
      return
    }
    // Of held-out images all have one, of pictures none.
    if own.contains(where: { $0 == nil }) {
      guard known.null != nil else {
        throw Failure(
          .usage,
          "the network knows classes, and nobody says which the images have: give --class, or --null-class K if one of them "
            + "stands for none")
      }
      guard drawing.options.guidance == nil, !drawing.keys.contains("sampling.guidance") else {
        throw Failure(
          .usage, "guidance is to a class, and nobody says which the images have: give --class")
      }
      drawing.settings.sampling.guidance = 0
      classes = own.map { _ in 0 }
    } else {
      classes = own.compactMap(\.self)
    }
  }

  private static func heldOut(_ drawing: DrawingNetwork) throws -> DataSet {
    guard let settings = drawing.source.settings else {
      throw Failure(
        .usage,
        "--held-out takes the images of a run's data, and '\(printable(drawing.options.source))' is no run: give --image"
      )
    }
    return try DataSet.loadHeldOut(settings.data)
  }
}
