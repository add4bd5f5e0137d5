import ArgumentParser
import Diffusion
import ExperimentFiles
import Images
import Planning

struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Show an experiment's data: what is used, what is held out, what is ignored and why.",
    discussion: """
      For a sweep over data, shows each different data section. The picture has one class per column, or per row \
      where there are many, first images that are trained on, then images that are held out.
      """)

  @OptionGroup var experiment: ExperimentArguments

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Write a contact sheet of the images.", valueName: "file.png"))
  var output: String?

  @OptionGroup var format: JSONOption

  func validate() throws {
    try requirePNG(output)
  }

  func run() async throws {
    printText(try answer())
  }

  /// What is printed; writes the pictures.
  func answer() throws -> String {
    var pages: [DataPage] = []
    for (settings, runs) in try sections() {
      let data = try LoadedData(settings)
      if let output {
        let path = Self.path(output, number: pages.count + 1)
        try ContactSheet(data).image.write(to: path)
        printDiagnostic("wrote \(path)")
      }
      pages.append(DataPage(data.summary, runs: runs))
    }
    return format.json
      ? try jsonDocument(["data": pages])
      : pages.map { $0.text(isAlone: pages.count == 1) }.joined(separator: "\n")
  }

  /// The different data sections of the file's runs, in order, each with how many runs have it.
  private func sections() throws -> [(settings: DataSettings, runs: Int)] {
    var sections: [(settings: DataSettings, runs: Int)] = []
    let runs = try Plan(experiment.load()) { _ in "" }.runs
    for run in runs {
      if let place = sections.firstIndex(where: { $0.settings == run.settings.data }) {
        sections[place].runs += 1
      } else {
        sections.append((run.settings.data, 1))
      }
    }
    return sections
  }

  /// `sheet.png`, then `sheet-2.png` and so on.
  private static func path(_ path: String, number: Int) -> String {
    guard number > 1 else { return path }
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else {
      return "\(path)-\(number)"
    }
    return "\(path[..<dot])-\(number)\(path[dot...])"
  }
}
