/// Numbers that a network is conditioned on: which they are, and how they are brought to one scale.
///
/// z = (v − mean)/deviation, both over the images or points that were trained on; of a category one number for each value
/// that it takes, 1 for that which it has and 0 for the others, so that the first layer adds a vector for each attribute.
/// The network hears (z, …, 1), and zeros where it is told nothing: the last number tells the mean from nothing.
public struct VectorCondition: Sendable, Hashable, Codable {
  /// Of the numbers, in order.
  public var names: [String]
  /// In the data's units.
  public var means: [Double]
  /// In the data's units, above 0.
  public var deviations: [Double]
  /// The values that each takes, ascending, where it is a category; empty where it is a quantity. nil: all are quantities.
  public var categories: [[Double]]?

  /// As many of each.
  public init(
    names: [String], means: [Double], deviations: [Double], categories: [[Double]]? = nil
  ) {
    self.categories = categories
    self.names = names
    self.means = means
    self.deviations = deviations
  }

  /// Mean and deviation of the numbers that come with the data, and the values of those that are categories.
  /// - Parameter categories: names, or what stands before the point in the names of an array's columns.
  public init(of data: DataSet, categories given: [String] = []) {
    names = data.conditionNames
    let count = Double(max(data.count, 1))
    (means, deviations) = ([], [])
    if !given.isEmpty {
      categories = names.indices.map { column in
        guard given.contains(where: { Self.names(names[column], $0) }) else { return [] }
        return Set((0..<data.count).map { Double(data.conditions[$0 * names.count + column]) })
          .sorted()
      }
    }
    for column in names.indices {
      if !kinds(column).isEmpty {
        means.append(0)
        deviations.append(1)
        continue
      }
      let values = (0..<data.count).map { Double(data.conditions[$0 * names.count + column]) }
      let mean = values.reduce(0, +) / count
      means.append(mean)
      deviations.append(
        (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
    }
  }

  /// Most numbers that there may be.
  package static let most = 1024

  /// Whether a name of the file means a column: itself, or of an array that has several.
  package static func names(_ column: String, _ name: String) -> Bool {
    column == name || column.hasPrefix(name + ".")
  }

  /// The values of a number that is a category; empty of a quantity.
  package func kinds(_ column: Int) -> [Double] { categories?[column] ?? [] }

  /// What the network hears of one image: a number for each quantity, one for each value of a category, and 1; D + 1 of
  /// D quantities.
  public var width: Int { names.indices.reduce(1) { $0 + max(1, kinds($1).count) } }

  /// What the network hears of D numbers in the data's units: (``width``). Of a category's value that was not trained on it
  /// hears nothing.
  public func row(_ values: some Sequence<Double>) -> [Float] {
    var row: [Float] = []
    row.reserveCapacity(width)
    for (column, value) in values.enumerated() {
      if let categories, !categories[column].isEmpty {
        for kind in categories[column] { row.append(kind == value ? 1 : 0) }
      } else {
        row.append(Float((value - means[column]) / deviations[column]))
      }
    }
    return row + [1]
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
    guard categories.map({ $0.count == names.count }) ?? true else {
      return
        "it has \(names.count) numbers, and says of \(categories?.count ?? 0) which values they take"
    }
    guard width <= Self.most + 1 else {
      return "its categories take \(width - 1) values, and at most \(Self.most) are told apart"
    }
    for (column, (name, (mean, deviation))) in zip(names, zip(means, deviations)).enumerated() {
      let kinds = kinds(column)
      guard kinds.allSatisfy(\.isFinite), kinds == Set(kinds).sorted() else {
        return "the values of '\(name)' are not in order"
      }
      guard kinds.count != 1 else { return "'\(name)' is the same of all that is trained on" }
      guard mean.isFinite, deviation.isFinite else { return "'\(name)' has no finite mean" }
      guard deviation > 0 else { return "'\(name)' is the same of all that is trained on" }
    }
    return nil
  }
}

extension VectorCondition {
  /// "colour 0, 1, 2; hand 0, 1"; "none" where there are no categories.
  package var categoriesText: String {
    let texts = names.indices.filter { !kinds($0).isEmpty }.map { column in
      "\(names[column]) \(kinds(column).map(plain).joined(separator: ", "))"
    }
    return texts.isEmpty ? "none" : texts.joined(separator: "; ")
  }

  /// What is not known of D numbers: the name of a category, the value that it never takes, and those that it does.
  package func unknown(_ values: [Double]) -> (name: String, value: String, kinds: String)? {
    for (column, value) in values.enumerated() where column < names.count {
      let kinds = kinds(column)
      if !kinds.isEmpty, !kinds.contains(value) {
        return (names[column], plain(value), kinds.map(plain).joined(separator: ", "))
      }
    }
    return nil
  }
}
