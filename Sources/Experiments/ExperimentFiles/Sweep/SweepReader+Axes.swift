import Text
import Values

/// What varies: `parameters`, `zip` and `runs`.
extension SweepReader {
  /// One path and its values or its distribution.
  mutating func axis(
    _ entry: SourceNode.Entry, isConditional: Bool, into errors: inout Diagnostics
  ) -> Sweep.Axis? {
    guard let definition = definition(entry, isConditional: isConditional, into: &errors) else {
      return nil
    }
    if entry.value.entries != nil, method.draws {
      switch DistributionReader.read(entry.value, definition, into: &errors) {
      case .drawn(let distribution):
        return Sweep.Axis(values: .drawn(distribution, definition, entry.value.place))
      case .choice(let node):
        return values(node, at: entry.keyPlace, definition, into: &errors).map {
          Self.axis(definition.path, $0)
        }
      case nil: return nil
      }
    }
    return values(entry.value, at: entry.keyPlace, definition, into: &errors).map {
      Self.axis(definition.path, $0)
    }
  }

  private static func axis(_ path: String, _ values: [Assignment]) -> Sweep.Axis {
    Sweep.Axis(rows: values.map { Sweep.Row(assignments: [(path, $0)], place: $0.place) })
  }

  mutating func zips(
    _ node: SourceNode, isConditional: Bool, into errors: inout Diagnostics
  ) -> [Sweep.Axis] {
    guard let items = node.items, !items.isEmpty else {
      errors.error(
        "'sweep.zip' expects a list of mappings, not \(node.items == nil ? node.kindName : "an empty list")",
        at: node.place,
        hint: "for instance - {model.base_channels: [32, 64], training.batch: [128, 64]}")
      return []
    }
    return items.compactMap { zip($0, isConditional: isConditional, into: &errors) }
  }

  private mutating func zip(
    _ item: SourceNode, isConditional: Bool, into errors: inout Diagnostics
  ) -> Sweep.Axis? {
    guard let entries = mapping(item, "sweep.zip", into: &errors) else { return nil }
    var columns: [(path: String, values: [Assignment])] = []
    var isGood = true
    for entry in entries {
      if let definition = definition(entry, isConditional: isConditional, into: &errors),
        let values = values(
          entry.value, at: entry.keyPlace, definition, mayRepeat: entries.count > 1, into: &errors)
      {
        columns.append((definition.path, values))
      } else {
        isGood = false
      }
    }
    guard isGood, let first = columns.first else { return nil }
    for column in columns.dropFirst() where column.values.count != first.values.count {
      errors.error(
        "the lists of a zip have one length: '\(column.path)' has \(column.values.count) values, "
          + "'\(first.path)' has \(first.values.count)",
        at: column.values.first?.keyPlace ?? item.place)
      isGood = false
    }
    var seen: [[ParameterValue]: Int] = [:]
    for row in first.values.indices {
      if let earlier = seen.updateValue(row, forKey: columns.map { $0.values[row].value }) {
        errors.error(
          "row \(row + 1) of the zip is row \(earlier + 1) again", at: first.values[row].place,
          hint: "each row makes a run of its own; 'repeat' makes several with other seeds")
        isGood = false
      }
    }
    guard isGood else { return nil }
    return Sweep.Axis(
      rows: first.values.indices.map { row in
        Sweep.Row(
          assignments: columns.map { ($0.path, $0.values[row]) }, place: first.values[row].place)
      })
  }

  /// The runs written out; one that gives a key several values stands for all their combinations,
  /// the first key slowest.
  mutating func runs(_ node: SourceNode, into errors: inout Diagnostics) -> Sweep.Axis? {
    guard let items = node.items, !items.isEmpty else {
      errors.error(
        "'sweep.runs' expects a list of mappings, not \(node.items == nil ? node.kindName : "an empty list")",
        at: node.place, hint: "for instance - {sampling.sampler: ddim, sampling.steps: 10}")
      return nil
    }
    var rows: [Sweep.Row] = []
    for item in items {
      guard let entries = item.entries else {
        errors.error(
          "a run is a mapping from paths to values, not \(item.kindName)", at: item.place,
          hint: "for instance {sampling.sampler: ddim, sampling.steps: 10}")
        continue
      }
      var made = [Sweep.Row(assignments: [], place: item.place)]
      for entry in entries {
        guard let definition = Self.known(entry, into: &errors) else { continue }
        name(definition.path, at: entry.keyPlace)
        guard let values = written(entry, definition, into: &errors) else { continue }
        guard made.count * values.count <= Expansion.maximumRuns else {
          errors.error(
            "this makes more than \(Expansion.maximumRuns) runs", at: entry.keyPlace,
            hint: "fewer values for some parameters")
          break
        }
        made = made.flatMap { row in
          values.map { value in
            Sweep.Row(assignments: row.assignments + [(definition.path, value)], place: row.place)
          }
        }
      }
      rows += made
      guard rows.count <= Expansion.maximumRuns else {
        errors.error(
          "the sweep makes more than \(Expansion.maximumRuns) runs", at: item.place)
        return nil
      }
    }
    return Sweep.Axis(rows: rows)
  }

  /// What a run of a list gives a key: a value, or several as a list.
  private func written(
    _ entry: SourceNode.Entry, _ definition: KeyDefinition, into errors: inout Diagnostics
  ) -> [Assignment]? {
    let isSeveral =
      entry.value.items.map { items in
        !definition.type.isList || !items.isEmpty && items.allSatisfy { $0.items != nil }
      } ?? false
    if isSeveral { return values(entry.value, at: entry.keyPlace, definition, into: &errors) }
    return definition.read(entry.value, into: &errors).map {
      [Assignment(value: $0, keyPlace: entry.keyPlace, place: entry.value.place)]
    }
  }

  func mapping(
    _ node: SourceNode, _ path: String, into errors: inout Diagnostics
  ) -> [SourceNode.Entry]? {
    if let entries = node.entries, !entries.isEmpty { return entries }
    errors.error(
      "'\(path)' expects a mapping from paths to lists of values, not "
        + (node.entries == nil ? node.kindName : "an empty one"),
      at: node.place, hint: "for instance {training.precision: [fp32, bf16]}")
    return nil
  }

  /// The values of a list. Those of a zip's column may repeat one another: its rows differ.
  private func values(
    _ node: SourceNode, at keyPlace: Place, _ definition: KeyDefinition, mayRepeat: Bool = false,
    into errors: inout Diagnostics
  ) -> [Assignment]? {
    guard var items = node.items else {
      var hint = "write [\(node.scalar?.text ?? "…")]"
      if node.entries != nil {
        hint = "ranges belong to the methods random, sobol and tpe; list the values"
      }
      errors.error(
        "'\(definition.path)' expects a list of values to try, not \(node.kindName)",
        at: node.place, hint: hint)
      return nil
    }
    guard !items.isEmpty else {
      errors.error("'\(definition.path)' has no values to try", at: node.place)
      return nil
    }
    // A key whose value is a list takes a list of lists; one flat list is a slip.
    if definition.type.isList, items.allSatisfy({ $0.scalar != nil }) {
      errors.error(
        "'\(definition.path)' expects a list of lists to try", at: node.place,
        hint: "write [[…], […]]")
      items = []
    }
    var values: [Assignment] = []
    var seen: Set<ParameterValue> = []
    var isGood = !items.isEmpty
    for item in items {
      guard let value = definition.read(item, into: &errors) else {
        isGood = false
        continue
      }
      if !seen.insert(value).inserted, !mayRepeat {
        errors.error(
          "\(quoted(value.text)) is given twice", at: item.place,
          hint: "each value makes a run of its own; 'repeat' makes several with other seeds")
        isGood = false
      }
      values.append(Assignment(value: value, keyPlace: keyPlace, place: item.place))
    }
    return isGood ? values : nil
  }
}
