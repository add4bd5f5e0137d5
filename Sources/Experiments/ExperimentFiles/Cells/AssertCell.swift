/// A claim, and whether the runs bear it out.
package struct AssertCell: Cell {
  package static let kind = "assert"
  package static let about = "A claim, decided by the runs: HOLDS, FAILS or UNDECIDED."
  package static let keys = [
    CellKey(
      "claim", .claim, isRequired: true,
      "What is claimed. Two means are compared by the 95 % interval of their difference over paired seeds."
    )
  ]
  package static let mainKey: String? = "claim"
  package static let valueNames: [(name: String, about: String)]? = [
    ("verdict", "HOLDS, FAILS or UNDECIDED"), ("holds", "true or false; nothing while undecided"),
  ]

  package let claim: Expression
  package let references: [CellReference]
  package var calls: [Expression.Call] { claim.calls }

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let claim = values.expression("claim") else { return nil }
    self.claim = claim
    references = values.references("claim")
  }
}
