/// What the columns of a table mean, of CSV or of objects a line: they are named, never guessed.
package struct ImportColumns: Sendable, Hashable {
  /// The run's name; nil: the file is one run.
  package var run: String?
  /// Whole numbers; nil only where steps are counted.
  package var step: String?
  /// Columns of numbers, each a metric of that name.
  package var metrics: [String]
  /// The column that names a row's metric, where a row is one value.
  package var metricName: String?
  /// The column that holds it.
  package var value: String?
  /// Columns that are the same in all rows of a run.
  package var settings: [String]
  /// Between two cells of CSV.
  package var separator: UInt8

  package init(
    run: String? = nil, step: String? = nil, metrics: [String] = [], metricName: String? = nil,
    value: String? = nil, settings: [String] = [], separator: UInt8 = UInt8(ascii: ",")
  ) {
    self.run = run
    self.step = step
    self.metrics = metrics
    self.metricName = metricName
    self.value = value
    self.settings = settings
    self.separator = separator
  }

  /// Every column that is named.
  var all: [String] {
    [run, step, metricName, value].compactMap { $0 } + metrics + settings
  }

  /// Whether nothing says where the values are.
  package var isEmpty: Bool { metrics.isEmpty && metricName == nil }
}
