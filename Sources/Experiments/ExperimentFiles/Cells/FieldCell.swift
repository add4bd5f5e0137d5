/// Where a trained network sends points of the plane.
package struct FieldCell: Cell {
  package static let kind = "field"
  package static let about =
    "What a network of points has learned: the score or the velocity as arrows over the plane at several noise levels, the density of the noisy data behind."
  package static let keys =
    [
      CellKey(
        "of", .word(["score", "velocity"]), standard: "score",
        "`score`: ∇ log p(x), towards where data are dense. `velocity`: of the probability flow, the way that a deterministic sampler goes."
      ),
      CellKey(
        "levels", .numbers(.closed(0, 1)), standard: "[0.75, 0.5, 0.25, 0.1]",
        "Noise levels, from data at 0 to noise at 1; a panel each."),
      CellKey("arrows", .integer(5...41), standard: "17", "Arrows along each side of a panel."),
      CellKey(
        "density", .boolean, standard: "true", "Whether the density of the noisy data is drawn."),
      CellKey(
        "class", .integer(0...9999), standard: "none",
        "The class that the network is told; of runs conditioned on one."),
    ] + CellPage.keys

  package let isVelocity: Bool
  package let levels: [Double]
  package let arrows: Int
  package let drawsDensity: Bool
  package let classIndex: Int?
  package let page: CellPage

  /// Panels of a row.
  package static let most = 6

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    isVelocity = values.text("of") == "velocity"
    let levels = values.numbers("levels")
    self.levels = levels.isEmpty ? [0.75, 0.5, 0.25, 0.1] : levels
    arrows = values.integer("arrows") ?? 17
    drawsDensity = values.boolean("density") ?? true
    page = CellPage(values, into: &diagnostics)
    classIndex = values.integer("class")
    if levels.count > Self.most {
      diagnostics.error("at most \(Self.most) levels", at: values.place("levels"))
    }
  }
}
