package import Values

/// Settings and metrics that runs of other programs have, beside those that the workbench knows: a file that looks at
/// imported runs lists them, so that a slip of the pen stays an error.
package struct ImportedNames: Sendable, Hashable {
  package var settings: Set<String>
  package var metrics: Set<String>

  package static let none = ImportedNames()

  package init(settings: Set<String> = [], metrics: Set<String> = []) {
    self.settings = settings
    self.metrics = metrics
  }

  /// What is wrong with the name of a metric.
  func complaint(_ metric: String) -> (message: String, hint: String?)? {
    metrics.contains(metric) ? nil : KnownMetrics.complaint(metric)
  }
}

extension ImportedNames {
  /// Those of `imported` in a file.
  init(_ stack: SettingStack) {
    func names(_ path: String) -> Set<String> {
      guard case .list(let values)? = stack.assignments[path]?.value else { return [] }
      return Set(values.compactMap(\.word))
    }
    self.init(settings: names("imported.settings"), metrics: names("imported.metrics"))
  }

  /// As the store keeps them.
  package init(json: JSONValue?) {
    guard case .object(let members)? = json else {
      self = .none
      return
    }
    func names(_ key: String) -> Set<String> {
      guard case .array(let values)? = members[key] else { return [] }
      return Set(values.compactMap { if case .string(let name) = $0 { name } else { nil } })
    }
    self.init(settings: names("settings"), metrics: names("metrics"))
  }

  package var json: JSONValue {
    func list(_ names: Set<String>) -> JSONValue { .array(names.sorted().map { .string($0) }) }
    return .object(["settings": list(settings), "metrics": list(metrics)])
  }
}
