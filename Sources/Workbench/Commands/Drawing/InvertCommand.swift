import ArgumentParser
import Diffusion
import Images
import Kernels
import Text

struct InvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invert",
    abstract: "Find the noise that DDIM would draw images from, and draw them again.",
    discussion: """
      DDIM is walked backwards over the levels that --steps and --spacing say, from each image to noise, and \
      ddim, or another --sampler that adds no noise, draws from that again. The reconstruction error is the \
      root mean square of the difference, of values in [−1, 1]. x̂0 is clipped on the way back only, as by \
      'workbench sample'. The sheet shows images, noises (3 standard deviations from black to grey and to \
      white) and reconstructions. Other options are those of 'workbench sample'.
      """)

  @OptionGroup var drawing: DrawingOptions
  @OptionGroup var given: GivenImageOptions

  @OptionGroup var sheet: SheetOptions
  @OptionGroup var format: JSONOption

  func run() async throws {
    var drawing = try DrawingNetwork(self.drawing)
    let known = try drawing.knownClasses()
    // A run's own sampler may well add noise; what is asked for here is not changed.
    if self.drawing.sampler == nil, !drawing.keys.contains("sampling.sampler"),
      drawing.settings.sampling.addsNoise
    {
      drawing.settings.sampling.sampler = .ddim
      if self.drawing.eta == nil, !drawing.keys.contains("sampling.eta") {
        drawing.settings.sampling.eta = 0
      }
    }
    let given = try GivenImages(self.given, for: &drawing, known)
    let pool = self.drawing.threads.pool()
    defer { pool.end() }
    let found = try drawing.generator(pool).inverted(
      given.values, drawing.settings.sampling, classes: given.classes, nullClass: known.null,
      clip: drawing.clips)
    let process = try NoiseProcess(drawing.description.diffusion)
    let scale = try process.levels(for: drawing.settings.sampling)[0].sigma
    let document = InversionDocument(
      given: given, noise: found.noise.map { $0 / Float(scale) },
      reconstruction: found.reconstruction, drawing.settings.sampling,
      evaluations: found.evaluations)
    let drawings = Drawings(drawing.description)
    let shown = given.values + found.noise.map { $0 / Float(3 * scale) } + found.reconstruction
    try drawings.write(
      [
        .init("sample", found.reconstruction), .init("noise", found.noise),
        .init("image", given.values),
      ], to: sheet,
      picture: Image.grid(
        drawings.pictures(shown), columns: given.count, padding: 2, scale: sheet.scale,
        rowLabels: ["image", "noise", "again"]))
    printText(format.json ? try jsonDocument(document) : document.text)
  }
}

/// `invert --json`.
private struct InversionDocument: Encodable {
  let images: Int
  let sampler: String
  let steps: Int
  /// Of an image, both ways together.
  let evaluations: Double
  /// Root mean square of reconstruction less image, over all values.
  let error: Double
  /// Of each image by itself.
  let errors: [Double]
  /// Of the noises over σ, which are standard normals if the network is right.
  let noiseMean: Double
  let noiseDeviation: Double

  init(
    given: GivenImages, noise: [Float], reconstruction: [Float], _ sampling: SamplingSettings,
    evaluations: Double
  ) {
    images = given.count
    sampler = sampling.sampler.rawValue
    steps = sampling.steps
    self.evaluations = evaluations
    let squares = zip(reconstruction, given.values).map { again, image in
      (Double(again) - Double(image)) * (Double(again) - Double(image))
    }
    func root(_ squares: some Collection<Double>) -> Double {
      (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    let elements = squares.count / given.count
    error = root(squares)
    errors = (0..<given.count).map { root(squares[$0 * elements..<($0 + 1) * elements]) }
    let mean = noise.reduce(0) { $0 + Double($1) } / Double(noise.count)
    noiseMean = mean
    noiseDeviation = root(noise.map { (Double($0) - mean) * (Double($0) - mean) })
  }

  var text: String {
    "reconstruction error \(NumberText.value(error)) (root mean square, \(DecimalText.counted(images, "image", "images"))): "
      + "ddim there and \(sampler) back, \(DecimalText.counted(steps, "step", "steps")), "
      + "\(NumberText.value(evaluations)) evaluations an image\n"
      + "the noise has mean \(NumberText.value(noiseMean)) and deviation \(NumberText.value(noiseDeviation)); "
      + "a standard normal has 0 and 1\n"
  }
}
