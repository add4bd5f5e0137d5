package import Values

/// The experiment file's JSON Schema (2020-12), made from the table of keys, for editors that
/// complete and check YAML.
package enum JSONSchema {
  package static let document: JSONValue = {
    var root = section("")
    root["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
    root["title"] = .string("Workbench experiment file")
    root["$defs"] = .object(definitions)
    return .object(root)
  }()

  /// A schema for each key, which the section it stands in and the sweep both refer to.
  private static var definitions: [String: JSONValue] {
    var definitions = Dictionary(
      uniqueKeysWithValues: KeyDefinitions.all.filter { !isStructure($0) }
        .map { ($0.path, schema(of: $0)) })
    definitions["sweep.when"] = .object(SweepSchema.conditional)
    return definitions
  }

  private static func isStructure(_ definition: KeyDefinition) -> Bool {
    if case .structure = definition.type { true } else { false }
  }

  package static func reference(_ definition: KeyDefinition) -> JSONValue {
    .object(["$ref": .string("#/$defs/\(definition.path)")])
  }

  // MARK: Sections

  /// Sections that `none` takes away again, of an extended file.
  private static let removable: Set = ["sweep", "sweep.prune"]
  private static let none: JSONValue = .object(["enum": .array([.string("none"), .null])])

  private static func section(_ path: String) -> [String: JSONValue] {
    var properties: [String: JSONValue] = [:]
    for name in KeyDefinitions.children(of: path) {
      let child = path.isEmpty ? name : "\(path).\(name)"
      if let definition = KeyDefinitions.byPath[child] {
        properties[name] =
          isStructure(definition) ? structure(definition) : reference(definition)
      } else {
        let schema: JSONValue = .object(section(child))
        properties[name] =
          removable.contains(child) ? .object(["anyOf": .array([schema, none])]) : schema
      }
    }
    var schema: [String: JSONValue] = [
      "type": .string("object"), "properties": .object(properties),
      "additionalProperties": .boolean(false),
    ]
    let rules = kindRules(in: path) + (path == "sweep" ? SweepSchema.methodRules : [])
    if !rules.isEmpty { schema["allOf"] = .array(rules) }
    return schema
  }

  /// Where a kind is written out: which of its siblings it has and which it needs.
  private static func kindRules(in path: String) -> [JSONValue] {
    KeyDefinitions.all.filter { $0.isKind && $0.section == path }.flatMap {
      kindRules($0, in: path)
    }
  }

  private static func kindRules(_ kind: KeyDefinition, in path: String) -> [JSONValue] {
    guard case .word(let words, _) = kind.type else { return [] }
    return words.compactMap { word in
      var foreign: [String: JSONValue] = [:]
      var needed: [JSONValue] = []
      for definition in KeyDefinitions.all {
        guard
          let condition = definition.conditions.last(where: { $0.path == kind.path }),
          let name = child(of: path, on: definition.path)
        else { continue }
        if !condition.values.contains(word) {
          foreign[name] = .boolean(false)
        } else if definition.isRequired(of: word, at: kind.path) {
          needed.append(.string(name))
        }
      }
      if foreign.isEmpty, needed.isEmpty { return nil }
      var then: [String: JSONValue] = [:]
      if !foreign.isEmpty { then["properties"] = .object(foreign) }
      if !needed.isEmpty { then["required"] = .array(needed) }
      return .object([
        "if": .object([
          "properties": .object([kind.name: .object(["const": .string(word)])]),
          "required": .array([.string(kind.name)]),
        ]),
        "then": .object(then),
      ])
    }
  }

  /// `time_embedding` for section `model` and path `model.time_embedding.dim`.
  private static func child(of section: String, on path: String) -> String? {
    guard path.hasPrefix(section + ".") else { return nil }
    return path.dropFirst(section.count + 1).split(separator: ".").first.map(String.init)
  }

  // MARK: Keys

  private static func schema(of definition: KeyDefinition) -> JSONValue {
    var schema = schema(of: definition.type)
    if let word = definition.unsetWord {
      schema = [
        "anyOf": .array([.object(schema), .object(["enum": .array([.string(word), .null])])])
      ]
    }
    schema["description"] = .string(definition.documentation)
    switch definition.fallback {
    case .value(let value), .valueOrUnset(let value, _, _): schema["default"] = value.json
    case .unset(let word, _): schema["default"] = .string(word)
    case .valueBy, .required, .requiredUnless, .absent: break
    }
    return .object(schema)
  }

  package static func schema(of type: ValueType) -> [String: JSONValue] {
    switch type {
    case .integer(let range, let multiple):
      var schema: [String: JSONValue] = [
        "type": .string("integer"), "minimum": .integer(range.lowerBound),
      ]
      if range.upperBound != .max { schema["maximum"] = .integer(range.upperBound) }
      if multiple > 1 { schema["multipleOf"] = .integer(multiple) }
      return schema
    case .number(let range):
      var schema: [String: JSONValue] = ["type": .string("number")]
      if range.lower.isFinite {
        schema[range.includesLower ? "minimum" : "exclusiveMinimum"] = .number(range.lower)
      }
      if range.upper.isFinite {
        schema[range.includesUpper ? "maximum" : "exclusiveMaximum"] = .number(range.upper)
      }
      return schema
    case .boolean: return ["type": .string("boolean")]
    case .text(.any): return ["type": .string("string"), "minLength": .integer(1)]
    case .text(.name):
      return ["type": .string("string"), "pattern": .string("^[A-Za-z0-9._-]{1,64}$")]
    case .text(.metric):
      return ["type": .string("string"), "pattern": .string("^[a-z0-9_]+(/[a-z0-9_]+)+$")]
    case .word(let words, _): return ["enum": .array(words.map(JSONValue.string))]
    case .words(let words, _):
      return [
        "type": .string("array"), "minItems": .integer(1), "uniqueItems": .boolean(true),
        "items": .object(["enum": .array(words.map(JSONValue.string))]),
      ]
    case .wordSequence(let count, let words):
      return list(of: schema(of: .word(words)), count: count)
    case .integers(let count, let range):
      return list(of: schema(of: .integer(range)), count: count)
    case .numbers(let count, let range):
      return list(of: schema(of: .number(range)), count: count)
    case .vectors(let count, let dimensions, let range):
      return list(of: list(of: schema(of: .number(range)), count: dimensions), count: count)
    case .texts:
      return [
        "type": .string("array"), "minItems": .integer(1), "uniqueItems": .boolean(true),
        "items": .object(schema(of: .text(.any))),
      ]
    case .structure: return [:]
    }
  }

  // MARK: Structures

  private static func structure(_ definition: KeyDefinition) -> JSONValue {
    var schema: [String: JSONValue]
    switch definition.path {
    case "extends":
      let file: JSONValue = .object(["type": .string("string"), "minLength": .integer(1)])
      schema = ["anyOf": .array([file, .object(list(of: file))])]
    case "report": schema = cells
    case let path where path.hasPrefix("sweep."): schema = SweepSchema.structure(path)
    default:
      // Known and not available yet.
      schema = ["not": .object([:])]
    }
    schema["description"] = .string(definition.documentation)
    return .object(schema)
  }

  package static func list(of items: JSONValue) -> [String: JSONValue] {
    ["type": .string("array"), "minItems": .integer(1), "items": items]
  }

  static func list(
    of item: [String: JSONValue], count: ClosedRange<Int>
  ) -> [String: JSONValue] {
    [
      "type": .string("array"), "minItems": .integer(count.lowerBound),
      "maxItems": .integer(count.upperBound), "items": .object(item),
    ]
  }

  // MARK: Cells

  /// A list of cells, each a mapping with its kind as a key.
  private static var cells: [String: JSONValue] {
    var properties: [String: JSONValue] = [
      "name": .object([
        "type": .string("string"), "pattern": .string("^[A-Za-z][A-Za-z0-9_]{0,63}$"),
      ])
    ]
    for kind in CellKinds.all { properties[kind.kind] = .object(cell(kind)) }
    let item: JSONValue = .object([
      "type": .string("object"), "properties": .object(properties),
      "additionalProperties": .boolean(false),
    ])
    return ["anyOf": .array([.object(["type": .string("array"), "items": item]), none])]
  }

  private static func cell(_ kind: any Cell.Type) -> [String: JSONValue] {
    var properties: [String: JSONValue] = [:]
    for key in CellKey.all(of: kind) {
      var schema = value(of: key.type)
      schema["description"] = .string(key.about)
      properties[key.name] = .object(schema)
    }
    var mapping: [String: JSONValue] = [
      "type": .string("object"), "properties": .object(properties),
      "additionalProperties": .boolean(false),
    ]
    let required = kind.keys.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { mapping["required"] = .array(required) }
    guard kind.mainKey != nil else {
      mapping["description"] = .string(kind.about)
      return mapping
    }
    let text: JSONValue = .object(["type": .string("string"), "minLength": .integer(1)])
    return ["anyOf": .array([text, .object(mapping)]), "description": .string(kind.about)]
  }

  private static func value(of type: CellKey.ValueType) -> [String: JSONValue] {
    func oneOrMore(_ item: [String: JSONValue]) -> [String: JSONValue] {
      ["anyOf": .array([.object(item), .object(list(of: .object(item)))])]
    }
    let text: [String: JSONValue] = ["type": .string("string"), "minLength": .integer(1)]
    switch type {
    case .prose, .text, .sql, .column, .metric, .path, .quantity, .experiment: return text
    case .condition, .claim: return text
    case .metrics, .paths, .columns: return oneOrMore(text)
    case .number(let range): return schema(of: ValueType.number(range))
    case .integer(let range): return schema(of: ValueType.integer(range))
    case .numbers(let range): return oneOrMore(schema(of: ValueType.number(range)))
    case .integers(let range): return oneOrMore(schema(of: ValueType.integer(range)))
    case .boolean: return ["type": .string("boolean")]
    case .word(let words): return ["enum": .array(words.map { .string($0) })]
    case .words(let words): return oneOrMore(["enum": .array(words.map { .string($0) })])
    case .settings: return SweepSchema.paths(only: \.isSetting, reference)
    case .length:
      return [
        "type": .string("string"),
        "pattern": .string(
          "^[0-9.]+ *(\(Length.Unit.allCases.map(\.rawValue).joined(separator: "|")))$"),
      ]
    case .names:
      return ["type": .string("object"), "minProperties": .integer(1)]
    case .wordsByName(let words):
      return [
        "type": .string("object"), "minProperties": .integer(1),
        "additionalProperties": .object(["enum": .array(words.map { .string($0) })]),
      ]
    }
  }
}
