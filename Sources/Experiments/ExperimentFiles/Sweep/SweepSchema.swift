import Values

/// The part of the JSON Schema that says what a sweep varies.
enum SweepSchema {
  private typealias Members = [String: JSONValue]

  static func structure(_ path: String) -> [String: JSONValue] {
    switch path {
    case "sweep.parameters": return paths { values(of: $0) }
    case "sweep.zip": return zip
    case "sweep.runs":
      return JSONSchema.list(
        of: .object(
          paths { definition in
            let value = JSONSchema.reference(definition)
            return .object(["anyOf": .array([value, .object(JSONSchema.list(of: value))])])
          }))
    case "sweep.when": return ["$ref": .string("#/$defs/sweep.when")]
    case "sweep.where": return ["type": .string("string"), "minLength": .integer(1)]
    case "sweep.repeat":
      return paths(only: { $0.path.hasSuffix(".seed") }) { _ in
        .object(JSONSchema.schema(of: .integer(1...10_000)))
      }
    // Known and not available yet.
    default: return ["not": .object([:])]
    }
  }

  /// What stands under `when`: conditions, and below each the paths, `zip` and `when` again.
  static var conditional: [String: JSONValue] {
    var block = paths { values(of: $0) }
    if case .object(var properties)? = block["properties"] {
      properties["zip"] = .object(zip)
      properties["when"] = .object(["$ref": .string("#/$defs/sweep.when")])
      block["properties"] = .object(properties)
    }
    return ["type": .string("object"), "additionalProperties": .object(block)]
  }

  /// Which keys a method needs and which it lacks.
  static var methodRules: [JSONValue] {
    Sweep.Method.allCases.filter { $0 != .grid }.map { method in
      let foreign = SweepReader.methods.filter { !$0.value.contains(method) }
      var then: Members = [
        "properties": .object(foreign.mapValues { _ in .boolean(false) })
      ]
      if method.draws { then["required"] = .array([.string("max_runs"), .string("seed")]) }
      return .object([
        "if": .object([
          "properties": .object(["method": .object(["const": .string(method.rawValue)])]),
          "required": .array([.string("method")]),
        ]),
        "then": .object(then),
      ])
    }
  }

  private static var zip: Members {
    JSONSchema.list(of: .object(paths { .object(JSONSchema.list(of: JSONSchema.reference($0))) }))
  }

  /// A list of values, or what they are drawn from.
  private static func values(of definition: KeyDefinition) -> JSONValue {
    let values: JSONValue = .object(JSONSchema.list(of: JSONSchema.reference(definition)))
    func mapping(_ name: String, _ value: JSONValue, _ more: Members = [:]) -> JSONValue {
      .object([
        "type": .string("object"), "properties": .object(more.merging([name: value]) { $1 }),
        "required": .array([.string(name)]), "additionalProperties": .boolean(false),
      ])
    }
    func pair(_ item: Members) -> JSONValue { .object(JSONSchema.list(of: item, count: 2...2)) }
    var branches = [values, mapping("choice", values)]
    let one = JSONSchema.schema(of: definition.type)
    switch definition.type {
    case .integer(_, let multiple):
      branches.append(
        mapping(
          "int", pair(one),
          [
            "step": .object(["type": .string("integer"), "minimum": .integer(multiple)]),
            "log": .object(["type": .string("boolean")]),
          ]))
    case .number:
      branches += ["uniform", "log_uniform"].map { mapping($0, pair(one)) }
      branches.append(mapping("normal", pair(["type": .string("number")])))
    default: break
    }
    return .object(["anyOf": .array(branches)])
  }

  /// A mapping from the paths of settings.
  static func paths(
    only isMeant: (KeyDefinition) -> Bool = \.isIdentity, _ schema: (KeyDefinition) -> JSONValue
  ) -> [String: JSONValue] {
    let paths = KeyDefinitions.settings.filter(isMeant).map { ($0.path, schema($0)) }
    return [
      "type": .string("object"), "properties": .object(Dictionary(uniqueKeysWithValues: paths)),
      "additionalProperties": .boolean(false),
    ]
  }
}
