import Text
import Values

/// Reads the `sweep` of an experiment file.
struct SweepReader {
  let objective: Objective
  private(set) var method = Sweep.Method.grid
  private(set) var paths: [String] = []
  private(set) var conditionalPaths: Set<String> = []
  /// Each path that every run sets, and where it was first named.
  private(set) var named: [String: Place] = [:]
  private var root = Sweep.Block()
  private var repeats: [Sweep.Repeat] = []
  private var condition: (expression: Expression, node: SourceNode)?
  private var maximumRunsPlace: Place?
  private var pruning: PruningRule?
  private var scalars: [String: ParameterValue] = [:]
  /// What conditions speak of that was not set where they stand, and where.
  var unsettled: [(names: [String], place: Place)] = []

  /// Nil with errors added when the sweep cannot be expanded.
  /// - Parameter objective: the experiment's.
  static func read(
    _ node: SourceNode, objective: Objective, into diagnostics: inout Diagnostics
  ) -> Sweep? {
    var reader = SweepReader(objective: objective)
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
    self.method = method
    // A condition may speak of every parameter that is always there, wherever that stands.
    for entry in entries where entry.key != "when" { read(entry, into: &errors) }
    if let entry = node.entry("when") {
      let branches = branches(entry.value, outer: Set(named.keys), into: &errors)
      root.branches = branches
    }
    if errors.isEmpty { checkWhole(node, into: &errors) }
    guard errors.isEmpty else { return nil }
    return Sweep(
      method: method, seed: scalars["seed"]?.integer, paths: paths,
      conditionalPaths: conditionalPaths, repeats: repeats, condition: condition?.expression,
      maximumRuns: scalars["max_runs"]?.integer ?? 10_000, round: scalars["round"]?.integer ?? 4,
      maximumSeconds: scalars["max_seconds"]?.number, pruning: pruning, objective: objective,
      root: root, conditionNode: condition?.node, place: node.place,
      maximumRunsPlace: maximumRunsPlace, pruningPlace: node.entry("prune")?.keyPlace,
      pruningStartPlace: node.entry("prune")?.value.entry("after")?.value.place)
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

  /// Which methods have a key; the others have them all.
  static let methods: [String: [Sweep.Method]] = [
    "parameters": [.grid, .random, .sobol, .tpe], "zip": [.grid, .random, .sobol, .tpe],
    "runs": [.list], "seed": [.random, .sobol, .tpe], "round": [.tpe],
  ]

  private mutating func read(_ entry: SourceNode.Entry, into errors: inout Diagnostics) {
    if let methods = Self.methods[entry.key], !methods.contains(method) {
      errors.error(
        "'sweep.\(entry.key)' does not belong to method '\(method.rawValue)'", at: entry.keyPlace,
        hint: "it belongs to method: \(alternatives(methods.map(\.rawValue)))")
      return
    }
    switch entry.key {
    case "method": break
    case "parameters":
      guard let entries = mapping(entry.value, "sweep.parameters", into: &errors) else { return }
      for entry in entries {
        if let axis = axis(entry, isConditional: false, into: &errors) { root.axes.append(axis) }
      }
    case "zip":
      let axes = zips(entry.value, isConditional: false, into: &errors)
      root.axes += axes
    case "runs":
      if let axis = runs(entry.value, into: &errors) { root.axes.append(axis) }
    case "where":
      if let expression = expression(entry.value, of: "where", into: &errors) {
        condition = (expression, entry.value)
      }
    case "repeat": readRepeat(entry.value, into: &errors)
    case "prune":
      pruning = PruningReader.read(entry.value, objective: objective, into: &errors)
    default:
      guard let definition = KeyDefinitions.byPath["sweep.\(entry.key)"] else {
        return UnknownKey.report(entry, in: "sweep", into: &errors)
      }
      scalars[entry.key] = definition.read(entry.value, into: &errors)
      if entry.key == "max_runs" { maximumRunsPlace = entry.value.place }
    }
  }

  private func checkWhole(_ node: SourceNode, into errors: inout Diagnostics) {
    if root.axes.isEmpty, root.branches.isEmpty, repeats.isEmpty || method.draws {
      errors.error(
        "the sweep varies nothing", at: node.place,
        hint: method == .list
          ? "give it 'runs'"
          : "give it 'parameters'" + (method.draws ? " or 'zip'" : ", 'zip' or 'repeat'"))
    }
    for (names, place) in unsettled {
      for name in names where conditionalPaths.contains(name) {
        errors.error(
          "when: '\(name)' is set only by what stands here or further down", at: place,
          hint: "put that first, or this inside its own 'when'")
      }
    }
    guard method.draws else { return }
    for key in ["seed", "max_runs"] where scalars[key] == nil {
      errors.error(
        "'sweep.\(key)' is missing: method '\(method.rawValue)' needs it", at: node.place,
        hint: key == "seed"
          ? "for instance seed: 0; the same seed draws the same runs" : "for instance max_runs: 24")
    }
  }

  // MARK: Names

  /// The key a path names; each may be swept once, or under conditions that exclude each other.
  mutating func definition(
    _ entry: SourceNode.Entry, isConditional: Bool, into errors: inout Diagnostics
  ) -> KeyDefinition? {
    guard let definition = Self.known(entry, into: &errors) else { return nil }
    if let first = named[definition.path] {
      errors.error(
        "'\(definition.path)' is swept twice", at: entry.keyPlace,
        hint: first.source === entry.keyPlace.source ? "the first is on line \(first.line)" : nil)
      return nil
    }
    if isConditional {
      conditionalPaths.insert(definition.path)
    } else {
      named[definition.path] = entry.keyPlace
    }
    note(definition.path)
    return definition
  }

  /// A path of a run that is written out: several runs may set it.
  mutating func name(_ path: String, at place: Place) {
    named[path] = named[path] ?? place
    note(path)
  }

  private mutating func note(_ path: String) {
    if !paths.contains(path) { paths.append(path) }
  }

  static func known(
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
}
