package import Testing

/// Expects each value within an absolute tolerance of its counterpart; tells the worst one.
package func expectClose(
  _ values: [Double], _ expected: [Double], within tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  let worst = zip(values, expected).enumerated().max {
    !(abs($0.element.0 - $0.element.1) >= abs($1.element.0 - $1.element.1))
  }
  guard let worst else { return }
  let (value, reference) = worst.element
  #expect(
    abs(value - reference) <= tolerance, "value \(worst.offset)", sourceLocation: sourceLocation)
}
