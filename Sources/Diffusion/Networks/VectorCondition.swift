/// Numbers that a network is conditioned on: which they are, and how they are brought to one scale.
///
/// z = (v − mean)/deviation, both over the images or points that were trained on. The network hears (z, 1), and zeros
/// where it is told nothing: the last number tells the mean from nothing.
public struct VectorCondition: Sendable, Hashable, Codable {
  /// Of the numbers, in order.
  public var names: [String]
  /// In the data's units.
  public var means: [Double]
  /// In the data's units, above 0.
  public var deviations: [Double]

  /// As many of each.
  public init(names: [String], means: [Double], deviations: [Double]) {
    self.names = names
    self.means = means
    self.deviations = deviations
  }

  /// Mean and deviation of the numbers that come with the data.
  public init(of data: DataSet) {
    names = data.conditionNames
    let count = Double(max(data.count, 1))
    (means, deviations) = ([], [])
    for column in names.indices {
      let values = (0..<data.count).map { Double(data.conditions[$0 * names.count + column]) }
      let mean = values.reduce(0, +) / count
      means.append(mean)
      deviations.append(
        (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
    }
  }

  /// Most numbers that there may be.
  package static let most = 1024

  /// D + 1, what the network hears of one image.
  public var width: Int { names.count + 1 }

  /// What the network hears of D numbers in the data's units: (D + 1).
  public func row(_ values: some Sequence<Double>) -> [Float] {
    zip(values, zip(means, deviations)).map { Float(($0 - $1.0) / $1.1) } + [1]
  }

  /// Of an image of the data: (D + 1).
  func row(_ data: DataSet, _ index: Int) -> [Float] { row(data.condition(index).map(Double.init)) }

  /// Of some images of the data, row by row.
  func rows(_ data: DataSet, _ indices: some Sequence<Int>) -> Condition {
    .vectors(indices.flatMap { row(data, $0) }, dimension: width)
  }

  /// Why no network hears it; nil if nothing is in the way.
  var problem: String? {
    guard (1...Self.most).contains(names.count), means.count == names.count,
      deviations.count == names.count
    else {
      return
        "it has \(names.count) numbers, \(means.count) means and \(deviations.count) deviations"
    }
    for (name, (mean, deviation)) in zip(names, zip(means, deviations)) {
      guard mean.isFinite, deviation.isFinite else { return "'\(name)' has no finite mean" }
      guard deviation > 0 else { return "'\(name)' is the same of all that is trained on" }
    }
    return nil
  }
}
