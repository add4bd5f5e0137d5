/// Reads the `sweep` of an experiment file.
struct SweepReader {
  private var axes: [Sweep.Axis] = []
  private var paths: [String] = []
  private var repeats: [Sweep.Repeat] = []
  private var condition: (expression: Expression, node: SourceNode)?
  private var maximumRuns = 10_000
  private var maximumRunsPlace: Place?
  /// Each swept path and where it was first named.
  private var named: [String: Place] = [:]

  /// Nil with errors added when the sweep cannot be expanded.
  static func read(_ node: SourceNode, into diagnostics: inout Diagnostics) -> Sweep? {
    var reader = SweepReader()
    return reader.read(node, into: &diagnostics)
  }

  private mutating func read(
    _ node: SourceNode, into diagnostics: inout Diagnostics
  ) -> Sweep? {
    guard let entries = node.entries else {
      diagnostics.error(
        "'sweep' expects a mapping, not \(node.kindName)", at: node.place,
        hint: "its keys: \(KeyDefinitions.children(of: "sweep").joined(separator: ", "))")
      return nil
    }
    var errors = Diagnostics()
    defer {
      for error in errors.list { diagnostics.add(error) }
    }
    guard let method = readMethod(node, into: &errors) else { return nil }
    for entry in entries {
      read(entry, method: method, into: &errors)
    }
    if errors.isEmpty, axes.isEmpty, repeats.isEmpty {
      errors.error(
        "the sweep varies nothing", at: node.place,
        hint: method == .grid ? "give it 'parameters', 'zip' or 'repeat'" : "give it 'runs'")
    }
    guard errors.isEmpty else { return nil }
    return Sweep(
      method: method, paths: paths, repeats: repeats, condition: condition?.expression,
      maximumRuns: maximumRuns, axes: axes, conditionNode: condition?.node, place: node.place,
      maximumRunsPlace: maximumRunsPlace)
  }

  private func readMethod(
    _ node: SourceNode, into errors: inout Diagnostics
  ) -> Sweep.Method? {
    guard let entry = node.entry("method") else { return .grid }
    guard let definition = KeyDefinitions.byPath["sweep.method"],
      case .string(let word)? = definition.read(entry.value, into: &errors)
    else { return nil }
    return Sweep.Method(rawValue: word)
  }

  private mutating func read(
    _ entry: SourceNode.Entry, method: Sweep.Method, into errors: inout Diagnostics
  ) {
    switch (entry.key, method) {
    case ("method", _): break
    case ("parameters", .grid): readParameters(entry.value, into: &errors)
    case ("zip", .grid): readZip(entry.value, into: &errors)
    case ("runs", .list): readRuns(entry.value, into: &errors)
    case ("parameters", .list), ("zip", .list), ("runs", .grid):
      errors.error(
        "'sweep.\(entry.key)' does not belong to method '\(method.rawValue)'", at: entry.keyPlace,
        hint: "it belongs to method: \(method == .grid ? "list" : "grid")")
    case ("where", _): readCondition(entry.value, into: &errors)
    case ("repeat", _): readRepeat(entry.value, into: &errors)
    case ("max_runs", _):
      guard let definition = KeyDefinitions.byPath["sweep.max_runs"] else { return }
      if case .integer(let count)? = definition.read(entry.value, into: &errors) {
        maximumRuns = count
        maximumRunsPlace = entry.value.place
      }
    case ("when", _):
      errors.error(
        "'sweep.when' is not available yet", at: entry.keyPlace,
        hint: "'where' leaves runs out, and method: list writes each run out")
    case ("seed", _), ("round", _), ("prune", _):
      errors.error(
        "'sweep.\(entry.key)' is not available yet", at: entry.keyPlace,
        hint: "it belongs to the methods random, sobol and tpe; use grid or list")
    default:
      UnknownKey.report(entry, in: "sweep", into: &errors)
    }
  }

  // MARK: Axes

  private mutating func readParameters(_ node: SourceNode, into errors: inout Diagnostics) {
    guard let entries = mapping(node, "sweep.parameters", into: &errors) else { return }
    for entry in entries {
      guard let definition = definition(entry, into: &errors),
        let values = values(entry, definition, into: &errors)
      else { continue }
      axes.append(
        Sweep.Axis(
          rows: values.map {
            Sweep.Row(assignments: [(definition.path, $0)], place: $0.place)
          }))
    }
  }

  private mutating func readZip(_ node: SourceNode, into errors: inout Diagnostics) {
    guard let items = node.items, !items.isEmpty else {
      errors.error(
        "'sweep.zip' expects a list of mappings, not \(node.items == nil ? node.kindName : "an empty list")",
        at: node.place,
        hint: "for instance - {model.base_channels: [32, 64], training.batch: [128, 64]}")
      return
    }
    for item in items {
      guard let entries = mapping(item, "sweep.zip", into: &errors) else { continue }
      var columns: [(path: String, values: [Assignment])] = []
      var isGood = true
      for entry in entries {
        if let definition = definition(entry, into: &errors),
          let values = values(entry, definition, into: &errors)
        {
          columns.append((definition.path, values))
        } else {
          isGood = false
        }
      }
      guard isGood, let first = columns.first else { continue }
      for column in columns.dropFirst() where column.values.count != first.values.count {
        errors.error(
          "the lists of a zip have one length: '\(column.path)' has \(column.values.count) values, "
            + "'\(first.path)' has \(first.values.count)",
          at: column.values.first?.keyPlace ?? item.place)
        isGood = false
      }
      guard isGood else { continue }
      axes.append(
        Sweep.Axis(
          rows: first.values.indices.map { row in
            Sweep.Row(
              assignments: columns.map { ($0.path, $0.values[row]) },
              place: first.values[row].place)
          }))
    }
  }

  private mutating func readRuns(_ node: SourceNode, into errors: inout Diagnostics) {
    guard let items = node.items, !items.isEmpty else {
      errors.error(
        "'sweep.runs' expects a list of mappings, not \(node.items == nil ? node.kindName : "an empty list")",
        at: node.place, hint: "for instance - {sampling.sampler: ddim, sampling.steps: 10}")
      return
    }
    var rows: [Sweep.Row] = []
    for item in items {
      guard let entries = item.entries else {
        errors.error(
          "a run is a mapping from paths to values, not \(item.kindName)", at: item.place,
          hint: "for instance {sampling.sampler: ddim, sampling.steps: 10}")
        continue
      }
      var row = Sweep.Row(assignments: [], place: item.place)
      for entry in entries {
        guard let definition = Self.known(entry, into: &errors) else { continue }
        if let value = definition.read(entry.value, into: &errors) {
          row.assignments.append(
            (
              definition.path,
              Assignment(value: value, keyPlace: entry.keyPlace, place: entry.value.place)
            ))
        }
        if named[definition.path] == nil {
          named[definition.path] = entry.keyPlace
          paths.append(definition.path)
        }
      }
      rows.append(row)
    }
    axes.append(Sweep.Axis(rows: rows))
  }

  private func mapping(
    _ node: SourceNode, _ path: String, into errors: inout Diagnostics
  ) -> [SourceNode.Entry]? {
    if let entries = node.entries, !entries.isEmpty { return entries }
    errors.error(
      "'\(path)' expects a mapping from paths to lists of values, not "
        + (node.entries == nil ? node.kindName : "an empty one"),
      at: node.place, hint: "for instance {training.precision: [fp32, bf16]}")
    return nil
  }

  /// The key a path names; each may be swept once.
  private mutating func definition(
    _ entry: SourceNode.Entry, into errors: inout Diagnostics
  ) -> KeyDefinition? {
    guard let definition = Self.known(entry, into: &errors) else { return nil }
    if let first = named[definition.path] {
      errors.error(
        "'\(definition.path)' is swept twice", at: entry.keyPlace,
        hint: first.source === entry.keyPlace.source ? "the first is on line \(first.line)" : nil)
      return nil
    }
    named[definition.path] = entry.keyPlace
    paths.append(definition.path)
    return definition
  }

  private static func known(
    _ entry: SourceNode.Entry, into errors: inout Diagnostics
  ) -> KeyDefinition? {
    let path = entry.key
    if let definition = KeyDefinitions.byPath[path], definition.isIdentity { return definition }
    let candidates = KeyDefinitions.settings.filter(\.isIdentity).map(\.path)
    if KeyDefinitions.sections.contains(path) {
      let keys = candidates.filter { $0.hasPrefix(path + ".") }
      errors.error(
        "'\(path)' is a section; a sweep varies one key", at: entry.keyPlace,
        hint: "its keys: \(keys.joined(separator: ", "))")
    } else if KeyDefinitions.byPath[path] != nil {
      errors.error(
        "'\(path)' cannot be swept: it changes no result", at: entry.keyPlace)
    } else {
      let namesakes = candidates.filter { $0.hasSuffix("." + path) }
      errors.error(
        "there is no parameter \(quoted(path))", at: entry.keyPlace,
        hint: Suggestion.hint(for: path, among: candidates)
          ?? (namesakes.isEmpty ? nil : "did you mean '\(alternatives(namesakes))'?"))
    }
    return nil
  }

  private func values(
    _ entry: SourceNode.Entry, _ definition: KeyDefinition, into errors: inout Diagnostics
  ) -> [Assignment]? {
    guard var items = entry.value.items else {
      var hint = "write [\(entry.value.scalar?.text ?? "…")]"
      if entry.value.entries != nil {
        hint = "ranges belong to the random methods, which are not available yet; list the values"
      }
      errors.error(
        "'\(definition.path)' expects a list of values to try, not \(entry.value.kindName)",
        at: entry.value.place, hint: hint)
      return nil
    }
    guard !items.isEmpty else {
      errors.error("'\(definition.path)' has no values to try", at: entry.value.place)
      return nil
    }
    // A key whose value is a list takes a list of lists; one flat list is a slip.
    if definition.type.isList, items.allSatisfy({ $0.scalar != nil }) {
      errors.error(
        "'\(definition.path)' expects a list of lists to try", at: entry.value.place,
        hint: "write [[…], […]]")
      items = []
    }
    var values: [Assignment] = []
    var isGood = !items.isEmpty
    for item in items {
      guard let value = definition.read(item, into: &errors) else {
        isGood = false
        continue
      }
      if values.contains(where: { $0.value == value }) {
        errors.error(
          "\(quoted(value.text)) is there twice", at: item.place,
          hint: "each value makes a run of its own; 'repeat' makes several with other seeds")
        isGood = false
      }
      values.append(Assignment(value: value, keyPlace: entry.keyPlace, place: item.place))
    }
    return isGood ? values : nil
  }

  // MARK: Repeat and where

  private mutating func readRepeat(_ node: SourceNode, into errors: inout Diagnostics) {
    let seeds = KeyDefinitions.settings.map(\.path).filter { $0.hasSuffix(".seed") }
    guard let entries = node.entries, !entries.isEmpty else {
      errors.error(
        "'sweep.repeat' expects a mapping from a seed to a count, not \(node.kindName)",
        at: node.place, hint: "for instance {training.seed: 3}")
      return
    }
    let count = KeyDefinition(
      "sweep.repeat", .integer(1...10_000), .required, .plan, "Count of seeds.")
    for entry in entries {
      guard seeds.contains(entry.key) else {
        errors.error(
          "\(quoted(entry.key)) cannot be repeated over: it is not a seed", at: entry.keyPlace,
          hint: "the seeds are \(seeds.joined(separator: " and "))")
        continue
      }
      if named[entry.key] != nil {
        errors.error("'\(entry.key)' is swept twice", at: entry.keyPlace)
        continue
      }
      named[entry.key] = entry.keyPlace
      if case .integer(let count)? = count.read(entry.value, into: &errors) {
        repeats.append(Sweep.Repeat(path: entry.key, count: count))
      }
    }
  }

  private mutating func readCondition(_ node: SourceNode, into errors: inout Diagnostics) {
    guard let scalar = node.scalar, !scalar.isAbsent else {
      errors.error(
        "'sweep.where' expects an expression, not \(node.kindName)", at: node.place,
        hint: "for instance \"model.base_channels * training.batch <= 8192\"")
      return
    }
    do throws(ExpressionError) {
      let expression = try Expression(scalar.text)
      let parameters = KeyDefinitions.settings
      try expression.check(
        names: { name in
          KeyDefinitions.byPath[name].flatMap { $0.isSetting ? $0.type.expressionType : nil }
        }, candidates: parameters.map(\.path))
      condition = (expression, node)
    } catch {
      errors.error(
        "where: \(error.message)", at: node.place(ofScalarAt: error.span.start), hint: error.hint)
    }
  }
}

extension SourceNode {
  /// Where a scalar's n-th Unicode scalar stands, if it was written out on one line; else where
  /// the scalar begins.
  func place(ofScalarAt offset: Int) -> Place {
    guard let scalar, place.source.lines.indices.contains(place.line - 1) else { return place }
    let line = place.source.lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1)
    for skip in [0, 1] where line.dropFirst(skip).starts(with: scalar.text.unicodeScalars) {
      return place.moved(columns: skip + offset)
    }
    return place
  }
}
