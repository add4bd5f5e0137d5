/// What an axis says and how it counts.
struct PlotAxis: Sendable {
  enum Kind: Sendable, Hashable {
    case linear, logarithmic
    /// Values are places in this list: 0, 1, 2, …
    case categories([String])
  }

  var title: String
  var kind = Kind.linear

  /// - Parameters:
  ///   - about: how many ticks.
  ///   - widened: ends at ticks, else at the data.
  func scale(
    covering values: some Sequence<Double>, about: Int, widened: Bool
  ) -> AxisScale {
    switch kind {
    case .linear: .linear(covering: values, about: about, widened: widened)
    case .logarithmic: .logarithmic(covering: values)
    case .categories(let names): .categories(names)
    }
  }
}
