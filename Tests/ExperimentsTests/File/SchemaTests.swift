import Testing

@testable import ExperimentFiles
@testable import Values

/// The JSON Schema against the parser, by a validator that knows what the schema uses.
@Suite struct SchemaTests {
  /// Complaints, each with the path it is about.
  private static func validate(
    _ value: JSONValue, _ schema: JSONValue, at path: String = "", root: JSONValue
  ) -> [String] {
    guard case .object(let rules) = schema else {
      return schema == .boolean(false) ? ["\(path): not allowed"] : []
    }
    var complaints: [String] = []
    func complain(_ text: String) { complaints.append("\(path): \(text)") }
    if case .string(let reference)? = rules["$ref"], case .object(let top) = root,
      case .object(let definitions)? = top["$defs"]
    {
      let name = String(reference.dropFirst("#/$defs/".count))
      complaints += validate(value, definitions[name] ?? .boolean(false), at: path, root: root)
    }
    if case .string(let type)? = rules["type"], !matches(value, type) { complain("not \(type)") }
    if case .array(let words)? = rules["enum"], !words.contains(value) { complain("not listed") }
    if let constant = rules["const"], constant != value { complain("not the constant") }
    if rules["not"] != nil { complain("not available") }
    if case .array(let branches)? = rules["anyOf"],
      branches.allSatisfy({ !validate(value, $0, at: path, root: root).isEmpty })
    {
      complain("none of the branches")
    }
    if case .array(let branches)? = rules["allOf"] {
      for case .object(let branch) in branches {
        guard let condition = branch["if"], let then = branch["then"] else { continue }
        if validate(value, condition, at: path, root: root).isEmpty {
          complaints += validate(value, then, at: path, root: root)
        }
      }
    }
    if let number = number(value) {
      func limit(_ name: String) -> Double? { rules[name].flatMap(Self.number) }
      if let low = limit("minimum"), number < low { complain("below \(low)") }
      if let low = limit("exclusiveMinimum"), number <= low { complain("not above \(low)") }
      if let high = limit("maximum"), number > high { complain("above \(high)") }
      if let high = limit("exclusiveMaximum"), number >= high { complain("not below \(high)") }
      if let unit = limit("multipleOf"), number.truncatingRemainder(dividingBy: unit) != 0 {
        complain("no multiple")
      }
    }
    if case .array(let items) = value {
      if let low = rules["minItems"].flatMap(number), Double(items.count) < low {
        complain("short")
      }
      if let high = rules["maxItems"].flatMap(number), Double(items.count) > high {
        complain("long")
      }
      if let schema = rules["items"] {
        for item in items { complaints += validate(item, schema, at: path + "[]", root: root) }
      }
    }
    if case .object(let members) = value {
      var properties: [String: JSONValue] = [:]
      if case .object(let known)? = rules["properties"] { properties = known }
      for (name, member) in members {
        if let schema = properties[name] {
          complaints += validate(member, schema, at: "\(path).\(name)", root: root)
        } else if rules["additionalProperties"] == .boolean(false) {
          complain("unknown \(name)")
        } else if let others = rules["additionalProperties"] {
          complaints += validate(member, others, at: "\(path).\(name)", root: root)
        }
      }
      if case .array(let needed)? = rules["required"] {
        for case .string(let name) in needed where members[name] == nil {
          complain("lacks \(name)")
        }
      }
    }
    return complaints
  }

  private static func number(_ value: JSONValue) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  private static func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .boolean),
      ("integer", .integer), ("number", .integer), ("number", .number):
      true
    case ("integer", .number(let value)): value == value.rounded()
    default: false
    }
  }

  /// As a YAML 1.2 reader of an editor would have it.
  private static func json(_ node: SourceNode) -> JSONValue {
    switch node.content {
    case .sequence(let items): return .array(items.map(json))
    case .mapping(let entries):
      return .object(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, json($0.value)) }))
    case .scalar(let scalar):
      if scalar.isNull || scalar.isAbsent { return .null }
      if let boolean = scalar.boolean { return .boolean(boolean) }
      switch scalar.number {
      case .integer(let value)?: return .integer(value)
      case .floating(let value)?: return .number(value)
      case .unbounded?, nil: return .string(scalar.text)
      }
    }
  }

  private static func complaints(_ text: String, path: String = "x.yaml") throws -> [String] {
    let source = SourceText(name: path, text: text)
    let node = try #require(
      MarkdownDocument.isNamed(path)
        ? try MarkdownDocument.read(source) : try YAMLReader.read(source))
    return validate(json(node), JSONSchema.document, root: JSONSchema.document)
  }

  @Test(arguments: DefinitionTests.experiments)
  func everyExperimentIsValid(path: String) throws {
    #expect(try Self.complaints(TextFile.read(path), path: path) == [])
  }

  @Test(arguments: Template.all.map(\.name))
  func everyTemplateIsValid(name: String) throws {
    let text = try #require(Template.named(name)).text(name: "x")
    #expect(try Self.complaints(text) == [])
  }

  /// What the parser takes as nothing at all, the schema does too.
  @Test(arguments: ["sweep: none", "sweep: {method: random, seed: 1, max_runs: 2, prune: none}"])
  func sectionsMayBeTakenAway(text: String) throws {
    #expect(try Self.complaints("workbench: 1\nname: x\n\(text)\n") == [])
  }

  /// What one key alone makes wrong, the schema finds too.
  @Test(arguments: [
    "unknown top key", "unknown nested", "camel case", "dotted key", "section as scalar",
    "kind as scalar", "section list", "word for number", "quoted number", "fraction for whole",
    "negative", "above range", "not a multiple", "odd embedding", "zero lr", "ema one",
    "yes for boolean", "unknown word", "number for word", "list for number", "one beta",
    "beta of one", "metric not a list", "unknown metric", "no metrics", "format two", "goal",
    "report cells", "offset of linear", "path of shapes", "idx without images",
    "channels as a number", "no channels", "channels of zero", "half a channel", "nine levels",
    "block misspelt", "padding two", "levels of unet", "channels of small-unet",
  ])
  func itRefusesWhatTheParserRefuses(name: String) throws {
    let files = MalformedFile.values + MalformedFile.residualUNets
    let file = try #require(files.first { $0.name == name })
    #expect(try !Self.complaints(file.text).isEmpty)
  }

  @Test(arguments: [
    "tpe", "when", "prune", "sweep seed", "unknown sweep key", "unknown path", "sweep of a section",
    "sweep of logging", "sweep of a scalar", "sweep of no values", "bad value",
    "flat list of metrics", "repeat of no seed", "repeat zero",
  ])
  func itRefusesSweepsToo(name: String) throws {
    let file = try #require(
      (MalformedFile.values + MalformedFile.sweeps).first { $0.name == name })
    #expect(try !Self.complaints(file.text).isEmpty)
  }

  @Test func everyKeyIsInTheSchema() throws {
    guard case .object(let root) = JSONSchema.document,
      case .object(let definitions)? = root["$defs"]
    else {
      Issue.record("no definitions")
      return
    }
    for definition in KeyDefinitions.all {
      // Walk down to the property.
      var schema = JSONSchema.document
      for name in definition.path.split(separator: ".").map(String.init) {
        // A section that may be taken away: the section itself, or `none`.
        if case .object(let rules) = schema, case .array(let branches)? = rules["anyOf"] {
          schema = branches[0]
        }
        guard case .object(let rules) = schema, case .object(let properties)? = rules["properties"],
          let next = properties[name]
        else {
          Issue.record("\(definition.path) is not in the schema")
          break
        }
        schema = next
      }
      if case .structure = definition.type { continue }
      #expect(definitions[definition.path] != nil)
      let isReference = schema == .object(["$ref": .string("#/$defs/\(definition.path)")])
      #expect(isReference, "\(definition.path)")
    }
  }
}
