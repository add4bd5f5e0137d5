import Analysis
import ExperimentFiles
import Plots
import Store
import Text
import Values

/// A quantity of each run of a plot, and how it is shown: as numbers, or as names in an order.
struct PlotColumn {
  enum Value: Hashable {
    case number(Double)
    case text(String)
    /// The run has no such setting or metric.
    case none
  }

  let quantity: PlotQuantity
  /// One a run.
  let values: [Value]
  /// Each once: numbers rising, names in the order of the runs, "none" last.
  let distinct: [Value]
  private let places: [Value: Int]
  private let called: [String: String]

  /// - Parameter called: what the author calls what is shown.
  init(_ quantity: PlotQuantity, _ values: [Value], called: [String: String] = [:]) {
    self.called = called
    self.quantity = quantity
    self.values = values
    var seen: Set<Value> = []
    let found = values.filter { seen.insert($0).inserted }
    distinct = found.enumerated().sorted { a, b in
      PlotColumn.order(a.element, a.offset) < PlotColumn.order(b.element, b.offset)
    }.map(\.element)
    places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
  }

  /// Numbers by value, then names by place, then NaN, then what is not there.
  private static func order(_ value: Value, _ offset: Int) -> (Int, Double) {
    switch value {
    case .number(let number): number.isNaN ? (2, 0) : (0, number)
    case .text: (1, Double(offset))
    case .none: (3, 0)
    }
  }

  /// Whether every value that is there is a number.
  var isNumeric: Bool {
    !distinct.isEmpty
      && distinct.allSatisfy { value in
        if case .text = value { false } else { true }
      } && distinct != [.none]
  }

  /// On an axis: the number, or the name's place.
  func coordinate(_ run: Int) -> Double {
    if isNumeric {
      if case .number(let number) = values[run] { number } else { .nan }
    } else {
      Double(place(run))
    }
  }

  /// Among the distinct ones.
  func place(_ run: Int) -> Int { places[values[run]] ?? 0 }

  /// Of the distinct ones; long numbers in short, where that tells them apart.
  var names: [String] {
    let short = distinct.map(name)
    guard Set(short).count < short.count else { return short }
    return distinct.map { value in
      if case .number(let number) = value {
        called[number.canonical] ?? number.canonical
      } else {
        name(value)
      }
    }
  }

  func name(_ value: Value) -> String { name(called: value) ?? PlotColumn.name(value) }

  private func name(called value: Value) -> String? {
    if case .number(let number) = value, let name = called[number.canonical] { return name }
    return called[PlotColumn.name(value)]
  }

  /// What its colours or axis are about.
  var title: String { called[quantity.name] ?? quantity.name }

  /// Above what has a value: "sampler = ddim", or what the author calls it.
  func heading(_ value: Value, isShort: Bool) -> String {
    if let name = name(called: value) { return name }
    let short = isShort ? SettingNames.short([quantity.name])[quantity.name] : nil
    return "\(called[quantity.name] ?? short ?? quantity.name) = \(name(value))"
  }

  static func name(_ value: Value) -> String {
    switch value {
    case .number(let number):
      number.canonical.count <= 8 ? number.canonical : DecimalText.significant(number, digits: 3)
    case .text(let text): text
    case .none: "none"
    }
  }

  /// - Parameter label: the author's, instead of the title.
  func axis(title: String, label: String?, isLogarithmic: Bool) -> PlotAxis {
    PlotAxis(
      title: label ?? title + (isLogarithmic && isNumeric ? " (log scale)" : ""),
      kind: isNumeric ? (isLogarithmic ? .logarithmic : .linear) : .categories(names))
  }
}

/// How a plot's runs are coloured.
struct PlotPalette {
  let column: PlotColumn?
  /// Of numbers, where they are many.
  let scale: ColorScale?
  private let chosen: [String: Int]
  /// In the palette, of the column's distinct values.
  private let places: [Int]

  /// - Parameter chosen: places in the palette, by what is shown.
  init(_ column: PlotColumn?, isLogarithmic: Bool, chosen: [String: Int] = [:]) {
    self.column = column
    self.chosen = chosen
    places = SeriesPalette.places(of: column?.names ?? [], chosen: chosen)
    guard let column, column.isNumeric,
      column.distinct.count > PlotTheme.seriesCount || column.quantity.isMetric
    else {
      scale = nil
      return
    }
    let numbers = column.distinct.compactMap { value in
      if case .number(let number) = value { number } else { nil }
    }
    scale = ColorScale(
      title: column.title, kind: isLogarithmic ? .logarithmic : .linear,
      covering: numbers)
  }

  var title: String? { scale == nil ? column?.title : nil }

  func color(_ run: Int) -> PlotColor {
    guard let column else { return .series(0) }
    guard let scale else { return .series(places[column.place(run)]) }
    if case .number(let number) = column.values[run] { return scale.color(number) }
    return .none
  }

  /// Of a place among the column's distinct values.
  func color(at place: Int) -> PlotColor { .series(places[place]) }

  /// Of runs that are each for themselves.
  func colors(of runs: [RunSummary]) -> [PlotColor] {
    SeriesPalette.places(of: runs.map(\.title), chosen: chosen).map { .series($0) }
  }

  /// Names the colour; nil where the colour scale does or there is but one.
  func label(_ run: Int) -> String? {
    guard let column, scale == nil else { return nil }
    return column.name(column.values[run])
  }
}
