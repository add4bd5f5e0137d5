/// Samples of runs side by side: rows and columns by what was swept, by step, class or image.
package struct GridCell: Cell {
  package static let kind = "grid"
  package static let about =
    "Samples side by side, those of different runs from the same noise, as one picture with names beside them."
  private static let axes = ["step", "class", "image", "setting", "sampler", "guidance"]
  package static let keys =
    [
      CellKey(
        "columns", .path(axes), standard: "what is swept",
        """
        What differs from left to right: a setting, `step` (of training), `class`, `image`, \
        `setting` for all that was swept, or `sampler` and `guidance` for short.
        """),
      CellKey("rows", .path(axes), standard: "the second swept setting", "What differs downwards."),
      CellKey(
        "images", .integers(0...9999), standard: "0",
        "Which samples, by number; of a class the number among its own."),
      CellKey("class", .integers(0...9999), "Which classes; of runs conditioned on them."),
      CellKey(
        "steps", .integers(0...1_000_000_000), standard: "all there are, or the end",
        "Which steps of the training."),
      CellKey(
        "nearest", .boolean, standard: "false",
        """
        The training image nearest to each sample beside it, of runs whose `evaluation.metrics` has `memorisation`; of the \
        end alone.
        """),
      CellKey(
        "condition", .boolean, standard: "false",
        """
        Left of each sample what it was restored from, right of it the image itself, of runs with `conditioning.kind: image`; of \
        the end alone.
        """),
    ] + CellPage.keys

  package enum Axis: Sendable, Hashable {
    case setting(String), attribute(RunAttribute), sweptSetting
    case step, `class`, image

    package init?(_ name: String, imported: ImportedNames = .none) {
      switch name {
      case "step": self = .step
      case "class": self = .class
      case "image": self = .image
      case "sampler": self = .setting("sampling.sampler")
      case "guidance": self = .setting("sampling.guidance")
      default:
        switch PlotQuantity(name, imported: imported) {
        case .setting(let path)?: self = .setting(path)
        case .attribute(let attribute)?: self = .attribute(attribute)
        case .sweptSetting?: self = .sweptSetting
        default: return nil
        }
      }
    }
  }

  package let columns: Axis?
  package let rows: Axis?
  package let images: [Int]
  package let classes: [Int]
  package let steps: [Int]
  package let showsNearest: Bool
  package let showsCondition: Bool
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    columns = values.text("columns").flatMap { Axis($0, imported: values.imported) }
    rows = values.text("rows").flatMap { Axis($0, imported: values.imported) }
    images = values.integers("images")
    classes = values.integers("class")
    steps = values.integers("steps")
    showsNearest = values.boolean("nearest") ?? false
    showsCondition = values.boolean("condition") ?? false
    page = CellPage(values, into: &diagnostics)
    if let rows, rows == columns {
      diagnostics.error(
        "rows and columns are the same", at: values.place("rows"),
        hint: "leave one of them out")
    }
    if showsNearest, !steps.isEmpty || rows == .step || columns == .step {
      diagnostics.error(
        "nearest training images are those of samples of the end", at: values.place("nearest"),
        hint: "leave out steps, or nearest")
    }
    if showsCondition, !steps.isEmpty || rows == .step || columns == .step {
      diagnostics.error(
        "conditions are shown beside samples of the end", at: values.place("condition"),
        hint: "leave out steps, or condition")
    }
    if steps.count > 1, rows != .step, columns != .step {
      diagnostics.error(
        "several steps need an axis", at: values.place("steps"), hint: "set columns: step")
    }
    for (key, count) in [
      ("images", images.count), ("class", classes.count), ("steps", steps.count),
    ]
    where count > Self.most {
      diagnostics.error("at most \(Self.most) \(key)", at: values.place(key))
    }
  }

  /// Rows, columns and pictures in a cell, at most.
  package static let most = 24
}
