internal import Diffusion
import ExperimentFiles
internal import Search
import Statistics
import Store
import Values

/// Hashes that say which runs are the same.
///
/// Hashed is canonical JSON of the keys that differ from their default: a key added later, with
/// a default that means the old behaviour, leaves every identity as it was.
enum Identity {
  /// Changes when the meaning of existing keys does.
  private static let version = 1

  /// What the trained weights follow from, but for how long they are trained.
  /// - Parameter inputs: the content of what settings name, by `NamedInput.name`, but for the data.
  static func trainKey(
    _ values: [String: ParameterValue], fingerprint: String, inputs: [String: String] = [:]
  ) -> String {
    hash(
      [
        "version": .integer(version),
        "dataFingerprint": .string(fingerprint),
        "settings": settings(values) { $0.stage == .train && $0.path != "training.steps" },
      ].merging(members(inputs)) { $1 })
  }

  /// Nothing where there are none: what names nothing has the identity that it always had.
  private static func members(_ inputs: [String: String]) -> [String: JSONValue] {
    inputs.isEmpty ? [:] : ["inputs": .object(inputs.mapValues(JSONValue.string))]
  }

  /// Of a run, or a group of them, where a store has those of that identity with other content of an input that is no
  /// part of it: measured against other images it is another run.
  static func apart(_ identity: String, by input: RunInput) -> String {
    hash([
      "version": .integer(version), "of": .string(identity),
      "inputs": .object([input.name: .string(input.sha256)]),
    ])
  }

  /// The run: weights, how long they are trained, how they are sampled and measured.
  /// - Parameter inputs: the content of what sampling and measuring name, by `NamedInput.name`.
  static func runID(
    _ values: [String: ParameterValue], trainKey: String, inputs: [String: String] = [:]
  ) -> String {
    hash(
      [
        "version": .integer(version),
        "trainKey": .string(trainKey),
        "settings": settings(values) {
          $0.path == "training.steps" || $0.stage == .sample || $0.stage == .evaluate
        },
      ].merging(members(inputs)) { $1 })
  }

  /// A run less its seeds: runs of one group are averaged.
  static func groupKey(
    _ values: [String: ParameterValue], without repeats: [String], fingerprint: String,
    inputs: [String: String] = [:]
  ) -> String {
    hash(
      [
        "version": .integer(version),
        "dataFingerprint": .string(fingerprint),
        "group": settings(values) { $0.isIdentity && !repeats.contains($0.path) },
      ].merging(members(inputs)) { $1 })
  }

  /// What the proposals of a search follow from, besides what came of them.
  /// - Parameter inputs: the content of what the settings of its runs name, but for the data.
  static func searchKey(
    _ base: SettingStack, _ sweep: Sweep, fingerprint: String, inputs: [String: String] = [:]
  ) -> String {
    func text(_ values: Sweep.Axis.Values) -> JSONValue {
      switch values {
      case .rows(let rows):
        .array(
          rows.map { row in
            .array(row.assignments.map { .array([.string($0.path), $0.assignment.value.json]) })
          })
      case .drawn(let distribution, let definition, _):
        .array([.string(definition.path), .string(distribution.description)])
      }
    }
    func block(_ parameters: Sweep.Block) -> JSONValue {
      .array([
        .array(parameters.axes.map { text($0.values) }),
        .array(
          parameters.branches.map { .array([.string($0.condition.text), block($0.block)]) }),
      ])
    }
    let members: [String: JSONValue] = [
      "version": .integer(version),
      "dataFingerprint": .string(fingerprint),
      "settings": settings(base.values) { $0.isIdentity },
      "space": block(sweep.root),
      "seed": .integer(sweep.seed ?? 0),
      "round": .integer(sweep.round),
      "where": .string(sweep.condition?.text ?? ""),
      "repeat": .array(sweep.repeats.map { .array([.string($0.path), .integer($0.count)]) }),
      "objective": .string("\(sweep.objective.goal.rawValue) \(sweep.objective.metric)"),
      "prune": sweep.pruning?.json ?? .null,
    ]
    return hash(members.merging(Self.members(inputs)) { $1 })
  }

  private static func settings(
    _ values: [String: ParameterValue], where isPart: (KeyDefinition) -> Bool
  ) -> JSONValue {
    var parts: [String: ParameterValue] = [:]
    for definition in KeyDefinitions.settings where isPart(definition) {
      guard let value = values[definition.path], value != definition.defaultValue(values.kind)
      else { continue }
      parts[definition.path] = value
    }
    return FrozenSettings.json(of: parts)
  }

  private static func hash(_ members: [String: JSONValue]) -> String {
    SHA256.hexadecimal(of: JSONValue.object(members).canonical)
  }
}
