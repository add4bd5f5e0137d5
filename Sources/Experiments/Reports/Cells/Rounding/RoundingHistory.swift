import Diffusion
import Store

/// What one run logged of the short formats, layer by layer.
struct RoundingHistory {
  /// In the network's order.
  let layers: [String]
  let steps: [Int]
  private let columns: [Int: Int]
  private var series: [String: SeriesPoints] = [:]

  /// Nil where the run has logged none.
  /// - Throws: `StoreError`.
  init?(_ run: RunSummary, _ store: RunStore) throws {
    let names = try store.seriesNames(run: run.id, prefix: RoundingNames.prefix)
    // Of every layer the error is logged whenever anything is.
    let first = RoundingNames.Format.all[0].name
    let errors = RoundingNames.name(first, .activations, .error) + "/"
    layers = names.filter { $0.hasPrefix(errors) }.map { String($0.dropFirst(errors.count)) }
    guard let layer = layers.first else { return nil }
    steps = try store.history(run: run.id, metric: errors + layer).steps
    columns = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1, $0) })
    for points in try store.histories(runs: [run.id], metrics: Set(names))[run.id] ?? [] {
      series[points.name] = points
    }
  }

  /// Of each step; where nothing was logged of a layer it is 0.
  /// - Parameter layer: nil: the whole network.
  func values(
    _ format: String, _ operands: RoundingNames.Operands, _ measure: RoundingNames.Measure,
    layer: String?
  ) -> [Double?] {
    var values = [Double?](repeating: layer == nil ? nil : 0, count: steps.count)
    guard
      let points = series[RoundingNames.name(format, operands, measure, layer: layer)]
    else { return values }
    for (step, value) in zip(points.steps, points.values) {
      if let column = columns[step] { values[column] = value.isNaN ? nil : value }
    }
    return values
  }
}
