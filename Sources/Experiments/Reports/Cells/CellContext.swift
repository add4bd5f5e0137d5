import Analysis
import ExperimentFiles
import Store
import Text
import Values

/// What a cell sees when it is rendered.
struct CellContext {
  let store: RunStore
  /// The report's name, which is the folder of its pictures.
  let report: String
  /// What the names of the cell's pictures begin with: its own name, or its kind and number.
  let fileName: String
  /// The runs of the experiment that the cell looks at, all of them.
  let runs: RunTable
  /// Those that its `where` chooses, in the plan's order.
  let selected: [RunSummary]
  /// Whether `where` names `state`: then all that it chooses is meant.
  let asksForStates: Bool
  /// Values of the cells that it refers to, by cell and name.
  let values: [String: [String: CellValue]]
  /// What cells have read.
  let memory: ReportMemory
  /// Whether cells keep what they have drawn as numbers.
  let keepsNumbers: Bool
  /// How long a query may take.
  let querySeconds: Double
  /// Steps into which curves of runs that go on grow; nil: as far as they have come.
  var extent: ClosedRange<Double>?
  /// Of how many lines of a plot the numbers are kept, where they are.
  var mostLines = PlotData.mostLines

  /// Decides what is best.
  var objective: Objective { runs.objective }

  /// Those of `selected` that have finished.
  var finished: [RunSummary] { selected.filter { $0.state == .finished } }

  /// What a cell shows whose condition no run meets: what is said below it is enough.
  var nothingSelected: RenderedCell? {
    selected.isEmpty && !runs.runs.isEmpty ? RenderedCell() : nil
  }

  /// Takes a picture in.
  /// - Parameter suffix: tells apart the pictures of one cell, like `-2`.
  /// - Returns: the Markdown that shows it.
  func picture(
    suffix: String = "", svg: String, alternative: String, in rendered: inout RenderedCell
  ) -> String {
    picture(
      suffix: suffix + ".svg", mediaType: "image/svg+xml", bytes: Array(svg.utf8),
      alternative: alternative, in: &rendered)
  }

  /// The same for any picture; the suffix ends in the file's ending, like `.png`.
  func picture(
    suffix: String, mediaType: String, bytes: [UInt8], alternative: String,
    in rendered: inout RenderedCell
  ) -> String {
    let name = "\(report)/\(fileName)\(suffix)"
    rendered.pictures.append(
      .init(name: name, mediaType: mediaType, bytes: bytes, alternative: alternative))
    return "![\(MarkdownText.escaped(alternative))](\(name))"
  }

  /// The value of another cell.
  func value(_ reference: CellReference) -> CellValue {
    values[reference.cell]?[reference.value] ?? .none
  }
}
