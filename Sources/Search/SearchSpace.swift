/// What is searched: parameters in groups, some of which exist only under a condition.
///
/// Group 0 is always there. Each other group depends on an earlier one and on a condition over the
/// values chosen before it, which only the owner of the space can judge.
public struct SearchSpace: Sendable, Hashable {
  public struct Group: Sendable, Hashable {
    /// The group it is inside; nil for the first.
    public var parent: Int?
    public var dimensions: [Distribution]

    public init(parent: Int?, dimensions: [Distribution]) {
      self.parent = parent
      self.dimensions = dimensions
    }
  }

  public let groups: [Group]
  /// Where each group's dimensions begin among all.
  let offsets: [Int]
  public let dimensions: [Distribution]

  /// - Precondition: a parent comes before its children.
  public init(groups: [Group]) {
    precondition(groups.enumerated().allSatisfy { ($1.parent ?? -1) < $0 })
    self.groups = groups
    dimensions = groups.flatMap(\.dimensions)
    var offset = 0
    offsets = groups.map { group in
      defer { offset += group.dimensions.count }
      return offset
    }
  }

  /// A space without conditions.
  public init(_ dimensions: [Distribution]) {
    self.init(groups: [Group(parent: nil, dimensions: dimensions)])
  }

  /// Whether a group of this number is there, of the point as far as it is chosen.
  public typealias Condition = (_ group: Int, _ point: SearchPoint) -> Bool

  /// Indices of a group's dimensions among all.
  func range(_ group: Int) -> Range<Int> {
    offsets[group]..<(offsets[group] + groups[group].dimensions.count)
  }

  /// Chooses group by group.
  /// - Parameter choose: a group's values, given what is chosen already.
  func build(
    holds: Condition, _ choose: (_ group: Int, _ point: SearchPoint) -> [Double]
  ) -> SearchPoint {
    var point = SearchPoint(values: Array(repeating: nil, count: dimensions.count))
    var isThere = [Bool](repeating: false, count: groups.count)
    for (index, group) in groups.enumerated() {
      if let parent = group.parent {
        isThere[index] = isThere[parent] && holds(index, point)
      } else {
        isThere[index] = true
      }
      guard isThere[index] else { continue }
      for (dimension, value) in zip(range(index), choose(index, point)) {
        point.values[dimension] = value
      }
    }
    return point
  }

  /// The point that uniform numbers of (0, 1), one a dimension, stand for.
  public func point(units: [Double], holds: Condition) -> SearchPoint {
    build(holds: holds) { group, _ in range(group).map { dimensions[$0].quantile(units[$0]) } }
  }

  /// How many points there are if every group is there; nil: a continuum, or too many to count.
  public var count: Int? {
    var product = 1
    for dimension in dimensions {
      guard let count = dimension.count else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = result
    }
    return product
  }
}

/// A value a dimension; nil where the dimension is not there.
public struct SearchPoint: Sendable, Hashable, Codable {
  /// Numbers as they are, choices by their index.
  public var values: [Double?]

  public init(values: [Double?]) {
    self.values = values
  }
}
