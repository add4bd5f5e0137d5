import ArgumentParser
import ExperimentFiles
import Reports
import Store
import Text

struct PlotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw one plot of an experiment into a file.",
    discussion: """
      The arguments are the keys of a 'plot' cell (docs/notebooks.md), each as key=value, or the name of \
      a cell of the experiment's report, with keys that change it:

        workbench plot lr-batch y=eval/loss x=training.optimizer.lr log=x -o lr.svg
        workbench plot lr-batch heat width=84mm font_size=8pt -o fig2.pdf

      The kind of another cell that draws one picture may come first:

        workbench plot lr-batch importance metric=eval/loss -o fig3.pdf
        workbench plot lr-batch sql query='SELECT label, seconds FROM runs' chart=bar -o fig4.svg

      The file is SVG, PDF or PNG (300 dots per inch) as its name says; PDF and PNG take librsvg's \
      rsvg-convert. Prints what a report would say below the plot.
      """)

  @Argument(help: ArgumentHelp("The experiment's name, or its file.", valueName: "experiment"))
  var experiment: String

  @Argument(
    help: ArgumentHelp(
      "A cell's name, then keys of the cell, such as y=eval/loss, x=…, color=…, width=84mm.",
      valueName: "cell or key=value"))
  var arguments: [String] = []

  @Option(name: [.short, .long], help: ArgumentHelp("Write it here.", valueName: "file"))
  var output: String

  @OptionGroup var store: StoreOptions

  func run() async throws {
    try FigureFile.check(output)
    let name =
      ExperimentFile.isPath(experiment)
      ? try ExperimentFile.load(path: experiment).name : experiment
    let picture = try CellPicture(
      store: store.open(), experiment: name, kind: "plot", arguments: arguments)
    try FigureFile.write(picture.bytes, to: output)
    printText(
      (picture.notes.isEmpty ? "" : printable(picture.notes, lines: true) + "\n")
        + printable(output) + "\n")
  }
}
