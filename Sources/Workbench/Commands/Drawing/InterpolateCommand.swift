import ArgumentParser
import Diffusion
import Foundation
import Images
import Kernels
import Text

struct InterpolateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interpolate", abstract: "Draw rows of images between two noises, or two classes.",
    discussion: """
      Row i goes from starting noise i of the seed to noise i + 1, by slerp, in --count images; of a \
      network that knows classes row i is of class i, in turn, unless --class says. With --classes A,B each \
      row keeps its noise and goes from class A to class B, linearly in the guided prediction. The ends of a \
      row are images that 'workbench sample' draws, and what a sampler adds on the way is the same in \
      the whole row. Other options are those of 'workbench sample'.
      """)

  @OptionGroup var drawing: DrawingOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images of a row, both ends included (default: 9).", valueName: "K"))
  var count = 9

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows (default: 4).", valueName: "N"))
  var rows = 4

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("The class of all rows, by number from 0 or by name.", valueName: "class"))
  var className: String?

  @Option(help: ArgumentHelp("Go from the first class to the second.", valueName: "A,B"))
  var classes: String?

  @OptionGroup var sheet: SheetOptions

  func validate() throws {
    try sheet.requireSomewhere()
    try check("--count", count, in: 2...64)
    try check("--rows", rows, in: 1...1024)
    guard className == nil || classes == nil else {
      throw ValidationError(
        "Choose --class, one for all rows, or --classes A,B, to go from one to the other.")
    }
  }

  func run() async throws {
    let drawing = try DrawingNetwork(self.drawing)
    let known = try drawing.knownClasses()
    let (ends, names) = try ends(known)
    if classes != nil, drawing.settings.sampling.guidance == 0 {
      throw Failure(
        .usage, "with guidance 0 all classes are the same; leave it out, or give 1 or more")
    }
    let pool = self.drawing.threads.pool()
    defer { pool.end() }
    let drawn = try drawing.generator(pool).interpolations(
      ends, count: count, drawing.settings.sampling, nullClass: known.null, clip: drawing.clips)
    drawing.report(evaluations: drawn.evaluations)
    let drawings = Drawings(drawing.description)
    try drawings.write(
      [.init("sample", drawn.values)], to: sheet,
      picture: Image.grid(
        drawings.pictures(drawn.values), columns: count, padding: 2, scale: sheet.scale,
        rowLabels: classes == nil ? names : [], columnLabels: classes == nil ? [] : heads(names)))
  }

  /// The ends of all rows, and the names of their classes: of the rows, or of both ends.
  private func ends(
    _ known: ClassSelection
  ) throws -> ([(from: Generator.End, to: Generator.End)], [String]) {
    let names = Image.labels(ofClasses: known.names)
    func name(_ index: Int) -> String { names.isEmpty ? "\(index)" : names[index] }
    if let classes {
      let words = classes.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard words.count == 2 else {
        throw Failure(.usage, "--classes \(printable(classes)): give two, separated by a comma")
      }
      let both = try words.map { try known.index(of: $0, option: "--classes") }
      let ends = (0..<rows).map {
        (
          from: Generator.End(noise: $0, label: both[0]),
          to: Generator.End(noise: $0, label: both[1])
        )
      }
      return (ends, both.map(name))
    }
    let chosen =
      try className.map { [try known.index(of: $0, option: "--class")] }
      ?? (known.count > 0 ? known.inTurn : [0])
    let ends = (0..<rows).map { row in
      let label = chosen[row % chosen.count]
      return (
        from: Generator.End(noise: row, label: label),
        to: Generator.End(noise: row + 1, label: label)
      )
    }
    return (ends, known.count > 0 ? ends.map { name($0.from.label) } : [])
  }

  /// The classes above the ends, between them the share of the second.
  private func heads(_ names: [String]) -> [String] {
    interpolationShares(count).enumerated().map { column, share in
      column == 0 ? names[0] : column == count - 1 ? names[1] : NumberText.value(share, digits: 2)
    }
  }
}
