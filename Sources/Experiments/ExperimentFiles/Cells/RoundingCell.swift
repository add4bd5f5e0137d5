internal import Diffusion
import Text
import Values

/// What short formats would lose of a network's operands, over layers and training steps.
package struct RoundingCell: Cell {
  package static let kind = "rounding"
  package static let about =
    """
    What fp16, bf16 and fp8 would lose of what a network's products are made of: heat maps of layers over training steps, \
    a panel for each format, of runs with `evaluation.rounding.every`; where the loss is scaled, its scale as well. See \
    [precision](precision.md#the-microscope).
    """
  package static let keys =
    [
      CellKey(
        "measure", .word(RoundingNames.Measure.allCases.map(\.rawValue)), standard: "underflow",
        """
        `underflow`: the share of the values other than 0 that become 0 or subnormal. `zero`: the share that becomes 0. `overflow`: the share beyond the \
        format's largest number. `error`: of what is rounded, relative: ‖x − q‖/‖x‖.
        """),
      CellKey(
        "of", .words(RoundingNames.Operands.allCases.map(\.rawValue)),
        standard: "[activations, gradients]",
        "What goes into layers, the loss's gradient to what comes out, weights, and the loss's gradient to them: a row of panels each."
      ),
      CellKey(
        "formats", .words(RoundingNames.Format.all.map(\.name)),
        standard: "[fp16, bf16, e4m3, e5m2]",
        "`…-scaled`: each tensor takes the scale of its largest magnitude, as with `training.precision: fp8`."
      ),
    ] + CellPage.keys
  package static let valueNames: [(name: String, about: String)]? = [
    ("layer", "the layer that loses most, of all that is shown of the last step"),
    ("value", "how much that is: a share, or the error"),
    ("format", "in which format"),
  ]

  package let measure: String
  package let operands: [String]
  package let formats: [String]
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    measure = values.text("measure") ?? RoundingNames.Measure.underflow.rawValue
    let operands = values.texts("of")
    self.operands = operands.isEmpty ? ["activations", "gradients"] : operands
    let formats = values.texts("formats")
    self.formats = formats.isEmpty ? ["fp16", "bf16", "e4m3", "e5m2"] : formats
    page = CellPage(values, into: &diagnostics)
  }
}
