import Store

/// The shortest beginnings, of at least eight digits, that tell these ids apart.
func shortIDs(_ ids: some Sequence<String>) -> [String: String] {
  let ids = Set(ids)
  var length = 8
  while Set(ids.map { $0.prefix(length) }).count < ids.count { length += 1 }
  return Dictionary(uniqueKeysWithValues: ids.map { ($0, String($0.prefix(length))) })
}

extension RunSummary {
  /// `experiment/label`, or the id's beginning where it has none.
  var name: String {
    guard let experiment else { return String(id.prefix(8)) }
    return "\(experiment)/\(label ?? "")"
  }
}
