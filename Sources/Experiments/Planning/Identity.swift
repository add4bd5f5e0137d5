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
struct Identity {
  /// Changes when the meaning of existing keys does.
  private static let version = 1

  private static let keys = NestedSettings.keys.filter(\.definition.isIdentity)

  /// The settings that differ from their default.
  private let settings: NestedSettings.Entries

  /// - Parameter values: every setting of a run, by its path.
  init(_ values: [String: ParameterValue]) {
    settings = Self.keys.compactMap { key in
      guard let value = values[key.path],
        value != key.definition.defaultValue(values.kind)
      else { return nil }
      return (key, value)
    }
  }

  /// What the trained weights follow from, but for how long they are trained.
  /// - Parameter inputs: the content of what settings name, by `NamedInput.name`, but for the data.
  func trainKey(fingerprint: String, inputs: [String: String] = [:]) -> String {
    Self.hash(
      ["dataFingerprint": .string(fingerprint)], inputs,
      settings: settings {
        $0.stage == .train && $0.path != "training.steps"
      })
  }

  /// The run: weights, how long they are trained, how they are sampled and measured.
  /// - Parameter inputs: the content of what sampling and measuring name, by `NamedInput.name`.
  func runID(trainKey: String, inputs: [String: String] = [:]) -> String {
    Self.hash(
      ["trainKey": .string(trainKey)], inputs,
      settings: settings {
        $0.path == "training.steps" || $0.stage == .sample || $0.stage == .evaluate
      })
  }

  /// A run less its seeds: runs of one group are averaged.
  func groupKey(
    without repeats: [String], fingerprint: String, inputs: [String: String] = [:]
  ) -> String {
    Self.hash(
      ["dataFingerprint": .string(fingerprint)], inputs, as: "group",
      settings: settings { !repeats.contains($0.path) })
  }

  private func settings(where isPart: (KeyDefinition) -> Bool) -> NestedSettings.Entries {
    settings.filter { isPart($0.key.definition) }
  }

  /// Of a run, or a group of them, where a store has those of that identity with other content of an input that is no
  /// part of it: measured against other images it is another run.
  static func apart(_ identity: String, by input: RunInput) -> String {
    hash(["of": .string(identity)], [input.name: input.sha256])
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
      "dataFingerprint": .string(fingerprint),
      "space": block(sweep.root),
      "seed": .integer(sweep.seed ?? 0),
      "round": .integer(sweep.round),
      "where": .string(sweep.condition?.text ?? ""),
      "repeat": .array(sweep.repeats.map { .array([.string($0.path), .integer($0.count)]) }),
      "objective": .string("\(sweep.objective.goal.rawValue) \(sweep.objective.metric)"),
      "prune": sweep.pruning?.json ?? .null,
    ]
    return hash(members, inputs, settings: Identity(base.values).settings)
  }

  /// - Parameters:
  ///   - inputs: no member where there are none: what names nothing has the identity that it always had.
  ///   - name: what the member of the settings is called, if there are any.
  private static func hash(
    _ members: [String: JSONValue], _ inputs: [String: String], as name: String = "settings",
    settings: NestedSettings.Entries? = nil
  ) -> String {
    var members = members
    members["version"] = .integer(version)
    if !inputs.isEmpty { members["inputs"] = .object(inputs.mapValues(JSONValue.string)) }
    var parts: [String: (inout [UInt8]) -> Void] = members.mapValues { member in
      { member.write(to: &$0) }
    }
    if let settings { parts[name] = { NestedSettings.write(settings, to: &$0) } }
    var text: [UInt8] = []
    JSONValue.writeObject(parts, to: &text) { $0(&$1) }
    return SHA256.hexadecimal(of: text)
  }
}
