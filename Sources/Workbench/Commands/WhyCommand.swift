import Analysis
import ArgumentParser
import Diffusion
import Foundation
import Images
import Statistics
import Store
import Text

struct WhyCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say why two runs came out differently, and whether it is more than chance.",
    discussion: """
      Prints a paragraph, then the evidence: the results beside the spread between seeds, the \
      settings, code and machine that differ, the first step at which the curves differ, and with -o \
      the pictures side by side with a map of their differences. 'diff' prints the differences alone.
      """)

  @Argument(help: RunArgument.help)
  var first: String

  @Argument(help: RunArgument.help)
  var second: String

  @Option(
    help: ArgumentHelp(
      "Look at this metric instead of the experiment's objective.", valueName: "metric"))
  var metric: String?

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "Write both pictures and a map of their differences, as a PNG.", valueName: "file"))
  var picture: String?

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    try requirePNG(picture)
  }

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let explanation = try store.explanation(
      store.resolve(first), store.resolve(second), metric: metric)
    let pictures = try picture.map { try draw(explanation, store, to: $0) }
    if format.json {
      return try jsonDocument(Merged(explanation, ["picture": pictures]))
    }
    return text(explanation, pictures, style)
  }

  // MARK: Picture

  /// What was written, and how far apart the pictures are.
  struct Picture: Encodable {
    var path: String
    var name: String
    var step: Int?
    /// max |a − b| of 255, its mean, and the share of pixels that differ; absent where the sizes do.
    var largest: Int?
    var mean: Double?
    var share: Double?
  }

  private func draw(
    _ explanation: RunExplanation, _ store: RunStore, to path: String
  ) throws -> Picture {
    guard let pictures = explanation.pictures else {
      throw Failure(
        .notFound,
        "these runs have no picture of one name and step in common; 'workbench artifacts' "
          + "lists what they have")
    }
    let comparison = try ImageComparison(
      png: store.content(sha256: pictures.a), store.content(sha256: pictures.b),
      names: (explanation.a.name, explanation.b.name))
    let sheet = comparison.sheet(
      labels: (printable(explanation.a.name), printable(explanation.b.name)))
    try AtomicFile.write(sheet.png(), to: path)
    return Picture(
      path: path, name: pictures.name, step: pictures.step, largest: comparison.largest,
      mean: comparison.mean, share: comparison.share)
  }

  // MARK: Text

  private func text(
    _ explanation: RunExplanation, _ picture: Picture?, _ style: TerminalStyle
  ) -> String {
    var result = wrapped(printable(explanation.answer), width: style.textWidth) + "\n"
    result += DifferenceText(explanation.difference, style).heading(
      [explanation.a, explanation.b].map(\.name))
    if let outcome = explanation.outcome {
      result +=
        style.colored("\nOutcome", .bold) + "\n" + self.outcome(outcome).rendered(style: style)
    }
    result += DifferenceText(explanation.difference, style).body()
    if let picture {
      let apart =
        picture.largest.map { largest in
          "at most \(largest) of 255 apart, \(NumberText.value(picture.mean ?? 0, digits: 2)) on average, in "
            + "\(NumberText.value((picture.share ?? 0) * 100, digits: 3)) % of the pixels"
        } ?? "of different sizes"
      result +=
        style.colored("\nPictures", .bold)
        + "\n  \(printable(picture.name)): \(apart)\n  \(printable(picture.path))\n"
    } else if explanation.pictures != nil {
      result += "\nBoth have pictures: -o FILE.png writes them side by side.\n"
    }
    return result
  }

  private func outcome(_ outcome: RunExplanation.Outcome) -> TextTable {
    var table = TextTable([.init("  " + outcome.metric), .number("")])
    table.append(["  a", NumberText.value(outcome.a)])
    table.append(["  b", NumberText.value(outcome.b)])
    table.append(["  b − a", NumberText.value(outcome.difference)])
    if let noise = outcome.noise {
      table.append([
        "  standard deviation between seeds", NumberText.value(noise.deviation, digits: 3),
      ])
      table.append([
        "  95 % of pairs of seeds are closer than", NumberText.value(noise.reach, digits: 3),
      ])
    }
    if let settings = outcome.settings {
      let interval = Statistics.Interval(
        mean: settings.mean, halfWidth: settings.halfWidth, count: settings.seeds)
      table.append([
        "  b − a over \(settings.seeds) seeds of both", NumberText.interval(interval, digits: 3),
      ])
    }
    return table
  }
}
