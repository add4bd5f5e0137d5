package import Statistics

extension PairedSeeds {
  /// Values by group and seed, nil where a group lacks a seed; nil unless the runs of each group are
  /// alike in all that was swept, as they mostly are: then no pair of groups needs matching.
  static func table(_ groups: [[Keyed]]) -> [[Double?]]? {
    guard groups.allSatisfy({ group in group.allSatisfy { $0.key == group[0].key } }) else {
      return nil
    }
    var places: [String: Int] = [:]
    for entry in groups.joined() where places[entry.seed] == nil {
      places[entry.seed] = places.count
    }
    return groups.map { group in
      var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: places.count)
      for entry in group {
        guard let place = places[entry.seed] else { continue }
        sums[place].sum += entry.value
        sums[place].count += 1
      }
      return sums.map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
    }
  }
}

extension SimultaneousComparison {
  /// Groups of runs, each pair of them over the seeds that `PairedSeeds` finds in both.
  package init(_ groups: [[PairedSeeds.Keyed]], comparisons: Int? = nil) {
    if let values = PairedSeeds.table(groups) {
      self.init(values, comparisons: comparisons)
    } else {
      self.init(of: groups.count, comparisons: comparisons) { a, b in
        PairedSeeds([groups[a], groups[b]]).rows.map { $0[0] - $0[1] }
      }
    }
  }
}
