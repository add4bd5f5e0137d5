/// Samples that are points, beside the data.
package struct ScatterCell: Cell {
  package static let kind = "scatter"
  package static let about =
    "Samples that are points in the plane over the data: at the end, over training, or over the steps of the sampler."
  package static let keys =
    [
      CellKey(
        "over", .word(["end", "training", "sampling"]), standard: "end",
        """
        `end`: a panel per setting. `training`: a row per setting with the samples drawn under \
        `sampling.every`. `sampling`: a row per setting with what the sampler holds at each timestep, \
        drawn from the trained network.
        """),
      CellKey(
        "data", .word(["behind", "beside", "none"]), standard: "behind",
        "Where points of the data are drawn: behind the samples in grey, or in a panel of their own."
      ),
      CellKey("points", .integer(1...5000), standard: "500", "How many samples, at most."),
      CellKey("frames", .integer(2...8), standard: "5", "How many panels a row has, at most."),
      CellKey(
        "paths", .integer(1...200),
        "Over sampling: so many samples' ways from noise as lines, in a panel at the end of the row."
      ),
    ] + CellPage.keys

  package enum Over: String, Sendable { case end, training, sampling }
  package enum Data: String, Sendable { case behind, beside, none }

  package let over: Over
  package let data: Data
  package let points: Int
  package let frames: Int
  package let paths: Int?
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    over = values.text("over").flatMap(Over.init) ?? .end
    data = values.text("data").flatMap(Data.init) ?? .behind
    points = values.integer("points") ?? 500
    frames = values.integer("frames") ?? 5
    paths = values.integer("paths")
    page = CellPage(values, into: &diagnostics)
    if paths != nil, over != .sampling {
      diagnostics.error(
        "'paths' are those of the sampler, but the cell is over \(over.rawValue)",
        at: values.place("paths"), hint: "set over: sampling, or leave it out")
    }
  }
}
