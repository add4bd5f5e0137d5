import ArgumentParser
import Diffusion
import Images
import Kernels
import Text

struct EditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Draw images from images: image to image, or inpainting.",
    discussion: """
      Without --mask, noise is added up to the level from which a share --strength of the steps is left, \
      and sampling goes on from there (SDEdit): near 0 the image stays, at 1 hardly anything does. Several \
      strengths are columns of the sheet.

      With --mask, what is white in it is filled in, by RePaint: --resample R walks each stretch of \
      --jump j levels R times, so that what is filled in agrees with the rest; it takes about R times as \
      long. The rest stays as it is, bit for bit. Samplers whose steps depend on earlier ones do not go \
      with it.

      Pictures of another size than the network's give their middle square. Other options are those of \
      'workbench sample'.
      """)

  /// Enough for a row of a sheet.
  private static let mostColumns = 64

  @OptionGroup var drawing: DrawingOptions
  @OptionGroup var given: GivenImageOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of the steps that is sampled, 0 to 1; several separated by commas (default: 0.6).",
      valueName: "s,…"))
  var strength: String?

  @Option(
    help: ArgumentHelp("What to fill in: a picture, white there.", valueName: "mask.png"))
  var mask: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How often each stretch is walked (default: 10).", valueName: "R"))
  var resample: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Levels of a stretch (default: a twenty-fifth of the steps).", valueName: "j"))
  var jump: Int?

  @Option(
    parsing: .unconditional,
    help: "Results of each image, each by noise of its own (default: 1, of a mask 4).")
  var count: Int?

  @OptionGroup var sheet: SheetOptions

  func validate() throws {
    try sheet.requireSomewhere()
    try check("--count", count, in: 1...Self.mostColumns)
    try check("--resample", resample, in: 1...1000)
    try check("--jump", jump, in: 1...100_000)
    guard mask == nil || strength == nil else {
      throw ValidationError(
        "Choose --strength, to change all of an image, or --mask, to fill in a part.")
    }
    guard mask != nil || (resample == nil && jump == nil) else {
      throw ValidationError("--resample and --jump belong to --mask.")
    }
    guard try strengths().count * (count ?? 1) <= Self.mostColumns else {
      throw ValidationError("--strength and --count make more than \(Self.mostColumns) columns.")
    }
  }

  private func strengths() throws -> [Double] {
    let words = (strength ?? "0.6").split(separator: ",", omittingEmptySubsequences: false)
    return try words.map { word in
      let text = word.drop { $0 == " " }
      guard let value = Double(text), (0...1).contains(value) else {
        throw ValidationError(
          "--strength takes numbers from 0 to 1, separated by commas, not '\(printable(String(word)))'."
        )
      }
      return value
    }
  }

  func run() async throws {
    var drawing = try DrawingNetwork(self.drawing)
    let known = try drawing.knownClasses()
    let given = try GivenImages(self.given, for: &drawing, known)
    let pool = self.drawing.threads.pool()
    defer { pool.end() }
    let generator = try drawing.generator(pool)
    let result =
      try mask.map { try fillIn($0, given, drawing, known, generator) }
      ?? change(given, drawing, known, generator)
    let drawings = Drawings(drawing.description)
    try drawings.write(
      [.init("sample", result.values), .init("image", given.values)], to: sheet,
      picture: result.picture(drawings, given, scale: sheet.scale))
  }

  /// Results, image by image, and what is beside them on the sheet.
  private struct Result {
    /// (N·K, H, W, C)
    var values: [Float]
    /// K
    var columns: Int
    /// Between an image and its results: one each.
    var between: [Float]?
    /// One a column of the sheet.
    var heads: [String]

    /// A row an image: the image, and what became of it.
    func picture(_ drawings: Drawings, _ given: GivenImages, scale: Int?) -> Image {
      let (images, results) = (drawings.pictures(given.values), drawings.pictures(values))
      let between = between.map(drawings.pictures)
      let cells = images.indices.flatMap { row in
        [images[row]] + (between.map { [$0[row]] } ?? [])
          + results[row * columns..<(row + 1) * columns]
      }
      return Image.grid(
        cells, columns: cells.count / max(images.count, 1), padding: 2, scale: scale,
        columnLabels: heads)
    }
  }

  private func change(
    _ given: GivenImages, _ drawing: DrawingNetwork, _ known: ClassSelection, _ generator: Generator
  ) throws -> Result {
    let (elements, count, strengths) = (drawing.elements, count ?? 1, try strengths())
    // By strength, image and variant: the same noise at each strength.
    let drawn = try strengths.map { strength in
      try generator.edited(
        given.repeated(count, elements), strength: strength, drawing.settings.sampling,
        indices: 0..<given.count * count, classes: given.repeatedClasses(count),
        nullClass: known.null, clip: drawing.clips
      ).values
    }
    var values: [Float] = []
    for image in 0..<given.count {
      for column in drawn {
        values += column[image * count * elements..<(image + 1) * count * elements]
      }
    }
    let heads = strengths.flatMap { strength in
      ["\(strength)"] + [String](repeating: "", count: count - 1)
    }
    return Result(
      values: values, columns: strengths.count * count, between: nil, heads: ["image"] + heads)
  }

  private func fillIn(
    _ mask: String, _ given: GivenImages, _ drawing: DrawingNetwork, _ known: ClassSelection,
    _ generator: Generator
  ) throws -> Result {
    let (size, count) = (drawing.description, count ?? 4)
    let steps = drawing.settings.sampling.steps
    if let jump, jump >= steps, resample != 1 {
      throw Failure(
        .usage,
        "--jump \(jump): the walk goes back so many levels, and there are \(steps) (--steps)")
    }
    let missing = try GivenPictures.mask(
      mask, height: size.height, width: size.width, channels: size.channels)
    let drawn = try generator.inpainted(
      given.repeated(count, drawing.elements), missing: missing,
      // 10 of 250 steps, as in the paper.
      resampling: Resampling(
        passes: resample ?? 10, jump: jump ?? max(1, steps / 25)),
      drawing.settings.sampling,
      indices: 0..<given.count * count, classes: given.repeatedClasses(count),
      nullClass: known.null, clip: drawing.clips)
    drawing.report(evaluations: drawn.evaluations)
    // Mid-grey where something is missing.
    let masked = given.values.indices.map {
      missing[$0 % missing.count] ? 0 : given.values[$0]
    }
    return Result(
      values: drawn.values, columns: count, between: masked,
      heads: ["image", "masked", "filled in"])
  }
}

extension GivenImages {
  /// Each image several times in a row.
  fileprivate func repeated(_ times: Int, _ elements: Int) -> [Float] {
    (0..<count).flatMap { image in
      (0..<times).flatMap { _ in values[image * elements..<(image + 1) * elements] }
    }
  }

  fileprivate func repeatedClasses(_ times: Int) -> [Int]? {
    classes?.flatMap { [Int](repeating: $0, count: times) }
  }
}
