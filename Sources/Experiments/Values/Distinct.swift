/// Each value once, in the order of its first.
package func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
  var seen: Set<Value> = []
  return values.filter { seen.insert($0).inserted }
}

/// Values with the same key together, groups and members in the order of their first.
package func grouped<Value, Key: Hashable>(
  _ values: some Sequence<Value>, by key: (Value) throws -> Key
) rethrows -> [[Value]] {
  var places: [Key: Int] = [:]
  var groups: [[Value]] = []
  for value in values {
    let key = try key(value)
    if let place = places[key] {
      groups[place].append(value)
    } else {
      places[key] = groups.count
      groups.append([value])
    }
  }
  return groups
}
