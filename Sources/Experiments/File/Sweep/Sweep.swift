internal import Search

/// What an experiment varies.
public struct Sweep: Sendable {
  public enum Method: String, Sendable, Hashable, CaseIterable {
    /// Every combination.
    case grid
    /// The runs written out.
    case list
    /// Independent draws from distributions.
    case random
    /// Draws that fill the space evenly.
    case sobol
    /// Draws that learn from the runs before them (Bergstra 2011).
    case tpe

    /// Whether points are drawn from distributions, `max_runs` of them.
    public var draws: Bool { self == .random || self == .sobol || self == .tpe }
  }

  /// A count of seeds: s, s+1, … of the key at `path`.
  public struct Repeat: Sendable, Hashable {
    public let path: String
    public let count: Int
  }

  public let method: Method
  /// Of the sweep's own choices; nil for methods that have none.
  public let seed: Int?
  /// Dotted paths of what is compared, in the order of the file.
  public let paths: [String]
  /// Those of `paths` that only some of the runs set.
  public let conditionalPaths: Set<String>
  /// Seeds that are averaged over.
  public let repeats: [Repeat]
  public let condition: Expression?
  public let maximumRuns: Int
  /// Settings that `tpe` proposes at a time.
  public let round: Int
  /// Seconds of all runs together after which no further one is started.
  public let maximumSeconds: Double?
  public let pruning: PruningRule?
  /// The experiment's, which `tpe` searches by.
  public let objective: Objective

  /// Parameters that are there together.
  struct Block: Sendable {
    /// Slowest first.
    var axes: [Axis] = []
    /// Parameters that are there only where a condition holds, in order.
    var branches: [Branch] = []
  }

  struct Branch: Sendable {
    var condition: Expression
    var node: SourceNode
    var block: Block
  }

  /// What varies together: one path's values, a zip, or the runs of a list.
  struct Axis: Sendable {
    enum Values: Sendable {
      case rows([Row])
      case drawn(Distribution, KeyDefinition, Place)
    }

    var values: Values

    /// Empty for a distribution.
    var rows: [Row] { if case .rows(let rows) = values { rows } else { [] } }
  }

  struct Row: Sendable {
    var assignments: [(path: String, assignment: Assignment)]
    var place: Place
  }

  let root: Block
  let conditionNode: SourceNode?
  let place: Place
  let maximumRunsPlace: Place?
  let pruningPlace: Place?
  /// Where `prune.after` is given.
  let pruningStartPlace: Place?

  /// How many runs each combination or point makes; nil if more than an Int holds.
  var seedCount: Int? { Self.product(repeats.map(\.count)) }

  /// Combinations of what is always there, seeds included; nil if more than an Int holds.
  var combinations: Int? { Self.product(root.axes.map(\.rows.count) + repeats.map(\.count)) }

  static func product(_ counts: [Int]) -> Int? {
    var product = 1
    for count in counts {
      let (result, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = result
    }
    return product
  }
}

extension Sweep {
  /// Whether draws of a path may differ.
  func variesByDrawing(_ path: String) -> Bool {
    func isIn(_ block: Block) -> Bool {
      block.axes.contains { axis in
        switch axis.values {
        case .drawn(_, let definition, _): definition.path == path
        case .rows(let rows):
          Set(rows.map { row in row.assignments.first { $0.path == path }?.assignment.value }).count
            > 1
        }
      } || block.branches.contains { isIn($0.block) }
    }
    return conditionalPaths.contains(path) || isIn(root)
  }
}

extension Sweep.Axis {
  init(rows: [Sweep.Row]) {
    values = .rows(rows)
  }

  /// What the axis's values are drawn from; rows are a choice among them.
  var distribution: Distribution {
    switch values {
    case .rows(let rows): .choice(rows.count)
    case .drawn(let distribution, _, _): distribution
    }
  }

  /// What the axis sets at a value of its distribution.
  func row(at value: Double) -> Sweep.Row {
    switch values {
    case .rows(let rows): return rows[min(max(Int(value), 0), rows.count - 1)]
    case .drawn(_, let definition, let place):
      var parameter = ParameterValue.number(value)
      if case .integer = definition.type { parameter = .integer(Int(value)) }
      let assignment = Assignment(value: parameter, keyPlace: place, place: place)
      return Sweep.Row(assignments: [(definition.path, assignment)], place: place)
    }
  }
}
