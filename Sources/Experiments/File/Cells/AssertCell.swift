/// A claim, and whether the runs bear it out.
struct AssertCell: Cell {
  static let kind = "assert"
  static let about = "A claim, decided by the runs: HOLDS, FAILS or UNDECIDED."
  static let keys = [
    CellKey(
      "claim", .claim, isRequired: true,
      "What is claimed. Two means are compared by the 95 % interval of their difference over paired seeds."
    )
  ]
  static let mainKey: String? = "claim"
  static let valueNames: [(name: String, about: String)]? = [
    ("verdict", "HOLDS, FAILS or UNDECIDED"), ("holds", "true or false; nothing while undecided"),
  ]

  let claim: Expression
  let references: [CellReference]

  init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let claim = values.expression("claim") else { return nil }
    self.claim = claim
    references = values.references("claim")
  }
}
