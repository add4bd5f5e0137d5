/// How one image comes about: over the steps of the training, or over those of the sampler.
package struct TimelineCell: Cell {
  package static let kind = "timeline"
  package static let about =
    "One image as it changes over training, or over the steps of the sampler, as a film strip."
  package static let keys =
    [
      CellKey(
        "over", .word(["training", "sampling"]), standard: "training",
        """
        `training`: the samples drawn under `sampling.every`, one row per setting. `sampling`: what the \
        sampler holds at each timestep (x_t) and what the network takes the image to be (x̂0), drawn \
        from the network of the first run that has one.
        """),
      CellKey("image", .integer(0...9999), standard: "0", "Which sample, by number."),
      CellKey("class", .integer(0...9999), "Its class; of runs conditioned on one."),
      CellKey("frames", .integer(2...20), standard: "8", "How many pictures a strip has, at most."),
    ] + CellPage.keys

  package let isOverSampling: Bool
  package let image: Int
  package let classIndex: Int?
  package let frames: Int
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    isOverSampling = values.text("over") == "sampling"
    image = values.integer("image") ?? 0
    classIndex = values.integer("class")
    frames = values.integer("frames") ?? 8
    page = CellPage(values, into: &diagnostics)
  }
}
