/// What an axis says and how it counts.
package struct PlotAxis: Sendable {
  package enum Kind: Sendable, Hashable {
    case linear, logarithmic
    /// Values are places in this list: 0, 1, 2, …
    case categories([String])
  }

  package var title: String
  package var kind = Kind.linear

  package init(title: String, kind: Kind = .linear) {
    self.title = title
    self.kind = kind
  }

  /// - Parameters:
  ///   - about: how many ticks.
  ///   - widened: ends at ticks, else at the data.
  package func scale(
    covering values: some Sequence<Double>, about: Int, widened: Bool
  ) -> AxisScale {
    switch kind {
    case .linear: .linear(covering: values, about: about, widened: widened)
    case .logarithmic: .logarithmic(covering: values)
    case .categories(let names): .categories(names)
    }
  }
}
