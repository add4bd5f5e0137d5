import Text
package import Values

/// A value given to a key, and where.
package struct Assignment: Sendable {
  package var value: ParameterValue
  package var keyPlace: Place
  package var place: Place

  package init(
    value: ParameterValue, keyPlace: Place, place: Place
  ) {
    self.value = value
    self.keyPlace = keyPlace
    self.place = place
  }
}

/// What one text says: a file without the files it extends, or the overrides.
package struct Layer {
  package var assignments: [String: Assignment] = [:]
  /// Paths that are given with an error; whatever hangs on them is not judged.
  package var failed: Set<String> = []
  /// Where each section's key stands.
  package var sections: [String: Place] = [:]
  package var sweep: SourceNode?
  package var report: SourceNode?
  package var extends: [(path: String, place: Place)] = []
  /// Metrics of imported runs that the text lists: any of them may decide.
  private var importedMetrics: Set<String> = []

  package init() {}

  /// Reads the top of a text; errors are added, what is sound is kept.
  package init(_ root: SourceNode?, source: SourceText, into diagnostics: inout Diagnostics) {
    guard let root, root.scalar?.isAbsent != true else {
      giveUp()
      diagnostics.error(
        "the file is empty", at: source.start,
        hint: "'workbench new NAME' writes one to start from")
      return
    }
    guard let entries = root.entries else {
      giveUp()
      diagnostics.error(
        "an experiment file is a mapping of keys to values, not \(root.kindName)", at: root.place,
        hint: "'workbench new NAME' writes one to start from")
      return
    }
    let listed = root.entry("imported")?.value.entry("metrics")?.value.items ?? []
    importedMetrics = Set(listed.compactMap { $0.scalar?.text })
    read(entries, in: "", into: &diagnostics)
  }

  /// Nothing was given, so nothing is said to be missing.
  private mutating func giveUp() {
    failed.formUnion(KeyDefinitions.children(of: ""))
  }

  private mutating func read(
    _ entries: [SourceNode.Entry], in section: String, into diagnostics: inout Diagnostics
  ) {
    for entry in entries {
      let path = section.isEmpty ? entry.key : "\(section).\(entry.key)"
      switch path {
      case "extends": readExtends(entry, into: &diagnostics)
      case "sweep": sweep = entry.value
      case "report": report = entry.value
      default:
        // A dot makes no path here, else `training.steps` at the top would be one.
        let isDotted = entry.key.contains(".")
        if !isDotted, KeyDefinitions.sections.contains(path) {
          sections[path] = entry.keyPlace
          readSection(path, entry, into: &diagnostics)
        } else if !isDotted, let definition = KeyDefinitions.byPath[path] {
          let listed = entry.value.scalar.flatMap { scalar in
            path == "objective.metric" && importedMetrics.contains(scalar.text)
              ? ParameterValue.string(scalar.text) : nil
          }
          if let value = listed ?? definition.read(entry.value, into: &diagnostics) {
            assignments[path] = Assignment(
              value: value, keyPlace: entry.keyPlace, place: entry.value.place)
          } else {
            failed.insert(path)
          }
        } else {
          UnknownKey.report(entry, in: section, into: &diagnostics)
          // What was meant is not missing besides.
          if let meant = UnknownKey.sibling(of: entry.key, in: section) { failed.insert(meant) }
        }
      }
    }
  }

  private mutating func readSection(
    _ path: String, _ entry: SourceNode.Entry, into diagnostics: inout Diagnostics
  ) {
    if let entries = entry.value.entries {
      read(entries, in: path, into: &diagnostics)
      return
    }
    failed.insert(path)
    let keys = KeyDefinitions.children(of: path)
    // `schedule: cosine` is the likeliest slip.
    var hint = "its keys: \(keys.joined(separator: ", "))"
    if let scalar = entry.value.scalar, scalar.number == nil,
      let kind = KeyDefinitions.settings.first(where: { $0.section == path && $0.isKind }),
      case .word(let words, _) = kind.type, words.contains(scalar.text)
    {
      hint = "write \(entry.key): {\(kind.name): \(scalar.text)}"
    }
    let found = entry.value.scalar?.isAbsent == true ? "nothing" : entry.value.kindName
    diagnostics.error(
      "'\(path)' expects a mapping, not \(found)", at: entry.value.place, hint: hint)
  }

  private mutating func readExtends(
    _ entry: SourceNode.Entry, into diagnostics: inout Diagnostics
  ) {
    for item in entry.value.items ?? [entry.value] {
      guard let scalar = item.scalar, !scalar.isAbsent, !scalar.isNull, !scalar.text.isEmpty else {
        diagnostics.error(
          "'extends' expects a file or a list of files, not \(item.kindName)", at: item.place)
        continue
      }
      extends.append((scalar.text, item.place))
    }
  }
}

/// The error for a key that is not in the table, and the best guess at what was meant.
enum UnknownKey {
  static func report(
    _ entry: SourceNode.Entry, in section: String, into diagnostics: inout Diagnostics
  ) {
    let message =
      "unknown key \(quoted(entry.key))" + (section.isEmpty ? "" : " in '\(section)'")
    diagnostics.error(message, at: entry.keyPlace, hint: hint(for: entry.key, in: section))
  }

  /// The path of the key beside it that was probably meant.
  static func sibling(of key: String, in section: String) -> String? {
    let prefix = section.isEmpty ? "" : section + "."
    if key.contains("."), KeyDefinitions.byPath[prefix + key] != nil { return prefix + key }
    return Suggestion.nearest(to: key, among: KeyDefinitions.children(of: section))
      .map { prefix + $0 }
  }

  static func hint(for key: String, in section: String) -> String {
    let siblings = KeyDefinitions.children(of: section)
    let path = section.isEmpty ? key : "\(section).\(key)"
    if key.contains("."), KeyDefinitions.byPath[path] != nil {
      let nested = key.split(separator: ".").map(String.init)
      let written =
        nested.dropLast().map { "\($0): {" }.joined()
        + "\(nested.last ?? ""): …" + String(repeating: "}", count: nested.count - 1)
      return "in a file, write it nested: \(written)"
    }
    if key == "<<" { return "merge keys are not used here: 'extends' takes in another file" }
    if let near = Suggestion.nearest(to: key, among: siblings) { return "did you mean '\(near)'?" }
    if let meant = synonyms[fold(key)] { return "did you mean '\(meant)'?" }
    // The right word in the wrong place.
    let namesakes = KeyDefinitions.all.filter { $0.name == key || $0.name == fold(key) }
    if let namesake = namesakes.first, namesakes.count == 1 {
      return "did you mean '\(namesake.path)'?"
    }
    if let section = KeyDefinitions.sections.sorted().first(where: { $0.hasSuffix(".\(key)") }) {
      return "did you mean '\(section)'?"
    }
    return (section.isEmpty ? "the keys here: " : "its keys: ") + siblings.joined(separator: ", ")
  }

  /// What other tools call it.
  private static let synonyms = [
    "batch_size": "training.batch", "beta_schedule": "diffusion.schedule.kind",
    "channels": "model.base_channels", "dataset": "data.source", "dtype": "training.precision",
    "ema_decay": "training.ema", "epochs": "training.steps",
    "gradient_clip": "training.clip", "guidance_scale": "sampling.guidance",
    "image_size": "data.size", "iterations": "training.steps",
    "learning_rate": "training.optimizer.lr", "metrics": "evaluation.metrics",
    "noise_schedule": "diffusion.schedule.kind", "num_inference_steps": "sampling.steps",
    "num_train_timesteps": "diffusion.steps", "resolution": "data.size",
    "timesteps": "diffusion.steps",
  ]

  private static func fold(_ key: String) -> String {
    key.lowercased().split(separator: "-").joined(separator: "_")
  }
}
