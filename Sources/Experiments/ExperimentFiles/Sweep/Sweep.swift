package import Search
package import Values

/// What an experiment varies.
package struct Sweep: Sendable {
  package enum Method: String, Sendable, Hashable, CaseIterable {
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
    package var draws: Bool { self == .random || self == .sobol || self == .tpe }
  }

  /// A count of seeds: s, s+1, … of the key at `path`.
  package struct Repeat: Sendable, Hashable {
    package let path: String
    package let count: Int
  }

  package let method: Method
  /// Of the sweep's own choices; nil for methods that have none.
  package let seed: Int?
  /// Dotted paths of what is compared, in the order of the file.
  package let paths: [String]
  /// Those of `paths` that only some of the runs set.
  package let conditionalPaths: Set<String>
  /// Seeds that are averaged over.
  package let repeats: [Repeat]
  package let condition: Expression?
  package let maximumRuns: Int
  /// Settings that `tpe` proposes at a time.
  package let round: Int
  /// Seconds of all runs together after which no further one is started.
  package let maximumSeconds: Double?
  package let pruning: PruningRule?
  /// The experiment's, which `tpe` searches by.
  package let objective: Objective

  /// Parameters that are there together.
  package struct Block: Sendable {
    /// Slowest first.
    package var axes: [Axis] = []
    /// Parameters that are there only where a condition holds, in order.
    package var branches: [Branch] = []
  }

  package struct Branch: Sendable {
    package var condition: Expression
    package var node: SourceNode
    package var block: Block
  }

  /// What varies together: one path's values, a zip, or the runs of a list.
  package struct Axis: Sendable {
    package enum Values: Sendable {
      case rows([Row])
      case drawn(Distribution, KeyDefinition, Place)
    }

    package var values: Values

    /// Empty for a distribution.
    package var rows: [Row] { if case .rows(let rows) = values { rows } else { [] } }
  }

  package struct Row: Sendable {
    package var assignments: [(path: String, assignment: Assignment)]
    package var place: Place
  }

  package let root: Block
  package let conditionNode: SourceNode?
  package let place: Place
  package let maximumRunsPlace: Place?
  package let pruningPlace: Place?
  /// Where `prune.after` is given.
  package let pruningStartPlace: Place?

  /// How many runs each combination or point makes; nil if more than an Int holds.
  package var seedCount: Int? { Self.product(repeats.map(\.count)) }

  /// Combinations of what is always there, seeds included; nil if more than an Int holds.
  package var combinations: Int? {
    Self.product(root.axes.map(\.rows.count) + repeats.map(\.count))
  }

  package static func product(_ counts: [Int]) -> Int? {
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
  package func variesByDrawing(_ path: String) -> Bool {
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
  package init(rows: [Sweep.Row]) {
    values = .rows(rows)
  }

  /// What the axis's values are drawn from; rows are a choice among them.
  package var distribution: Distribution {
    switch values {
    case .rows(let rows): .choice(rows.count)
    case .drawn(let distribution, _, _): distribution
    }
  }

  /// What the axis sets at a value of its distribution.
  package func row(at value: Double) -> Sweep.Row {
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
