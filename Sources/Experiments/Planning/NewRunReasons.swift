internal import Diffusion
import ExperimentFiles
import Store
import Values

/// Why a planned run is new though the store has one that is nearly the same.
struct NewRunReasons {
  private let experiment: String
  /// Runs of the store by what they are but for the content of what they name.
  private var alike: [String: [RunSummary]] = [:]
  /// The same, less how long they train, how they sample and what they measure.
  private var alikeInTraining: [String: [RunSummary]] = [:]
  /// Of the experiment, by label.
  private var labelled: [String: RunSummary] = [:]
  private var inputs: [String: [RunInput]] = [:]

  /// - Parameter known: the store's runs.
  init(_ plan: Plan, _ known: [RunSummary], store: RunStore?) throws {
    experiment = plan.experiment
    let ids = Set(plan.runs.map(\.id))
    let states = Set(known.map(\.id))
    // Nothing is asked where nothing is new.
    guard let store, !ids.isSubset(of: states) else { return }
    for run in known where !ids.contains(run.id) {
      alike[Self.text(run.parameters) { $0.isIdentity }, default: []].append(run)
      alikeInTraining[Self.trainingText(run.parameters), default: []].append(run)
      if run.experiment == experiment, let label = run.label { labelled[label] = run }
    }
    inputs = try store.inputs(runs: Set(known.map(\.id)))
  }

  /// Why what the store has is not this run, and cannot be resumed from.
  func reason(_ run: PlannedRun) -> String? {
    if let problem = run.inputs.problem { return "\(problem)" }
    if alike.isEmpty { return nil }
    if let other = best(alike[Self.text(run.parameters) { $0.isIdentity }] ?? []) {
      return difference(run, other)
    }
    let shorter = (alikeInTraining[Self.trainingText(run.parameters)] ?? []).filter {
      $0.experiment == experiment && $0.step > 0 && $0.trainKey != run.trainKey
        && $0.trainingSteps <= run.settings.training.steps
    }
    return best(shorter).flatMap { other in
      difference(run, other).map { "starts over: \($0)" }
    }
  }

  /// What the experiment's run of the same label had set otherwise; nil where there is none.
  func change(_ run: PlannedRun) -> String? {
    guard let other = labelled[run.label] else { return nil }
    let changes = KeyDefinitions.settings.filter(\.isIdentity).compactMap {
      definition -> String? in
      let path = definition.path
      let (before, now) = (other.parameters[path], run.parameters[path])
      // A key that a run does not have is at its default, or not its kind's.
      guard let before, let now, before.text != now.text else { return nil }
      return "\(path) was \(before.text), is \(now.text)"
    }
    if changes.isEmpty { return nil }
    return changes.prefix(3).joined(separator: "; ")
      + (changes.count > 3 ? "; and \(changes.count - 3) more" : "")
  }

  /// Of several runs the one that a person is likeliest to think of.
  private func best(_ runs: [RunSummary]) -> RunSummary? {
    runs.max { a, b in
      func rank(_ run: RunSummary) -> (Int, Int, String, String) {
        (
          run.state == .finished ? 1 : 0, run.experiment == experiment ? 1 : 0, run.created, run.id
        )
      }
      return rank(a) < rank(b)
    }
  }

  // MARK: Content

  private func difference(_ run: PlannedRun, _ other: RunSummary) -> String? {
    let (now, before) = (run.inputs.recorded, inputs[other.id] ?? [])
    func differs(_ input: NamedInput) -> (now: RunInput, before: RunInput)? {
      guard let a = now.content(of: input), let b = before.content(of: input), a.sha256 != b.sha256
      else { return nil }
      return (a, b)
    }
    let name = "run \(Self.name(other))"
    var reasons: [String] = []
    if let data = differs(.data) {
      reasons.append("its data changed since \(name)" + Self.then(data))
    } else if before.content(of: .data) == nil, other.trainKey != run.trainKey,
      other.trainKey != run.earlierTrainKey
    {
      reasons.append(
        "\(name) has these settings; its data changed since, or this version reads them or holds some of them out "
          + "otherwise")
    }
    if let schedule = differs(.schedule) {
      reasons.append("its noise schedule's file changed since \(name)" + Self.then(schedule))
    }
    if let inception = differs(.inception) {
      reasons.append(
        "evaluation.inception holds other weights than \(name) was measured by"
          + Self.then(inception))
    }
    if let weights = differs(.weights) {
      reasons.append(
        "training.from means other weights than \(name) began with" + Self.then(weights))
    } else if now.content(of: .weights) != nil, before.content(of: .weights) == nil,
      other.trainKey == run.earlierTrainKey
    {
      reasons.append("\(name) has these settings, but it is not known which weights it began with")
    }
    if let guide = differs(.guide) {
      reasons.append(
        "sampling.guide means another network than \(name) was guided by" + Self.then(guide))
    }
    if reasons.isEmpty, let heldOut = differs(.heldOut) {
      reasons.append(
        "other images are held out now than \(name) was measured on" + Self.then(heldOut))
    }
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  /// What was meant then and now, where the words differ.
  private static func then(_ input: (now: RunInput, before: RunInput)) -> String {
    input.now.text == input.before.text
      ? "" : " (\(input.before.text) then, \(input.now.text) now)"
  }

  private static func name(_ run: RunSummary) -> String {
    String(run.id.prefix(ShortID.minimumLength))
  }

  // MARK: Settings as text

  private static func trainingText(_ values: [String: ParameterValue]) -> String {
    text(values) { $0.stage == .train && $0.path != "training.steps" }
  }

  /// Settings that differ from their default: a run of an earlier version lacks the keys that came later.
  private static func text(
    _ values: [String: ParameterValue], where isPart: (KeyDefinition) -> Bool
  ) -> String {
    var text = ""
    for definition in KeyDefinitions.settings where isPart(definition) {
      let usual = definition.defaultValue(values.kind)
      guard let value = values[definition.path], value != usual else { continue }
      // 1 and 1.0 are the same here.
      let written = value.json.canonical
      if written == usual?.json.canonical { continue }
      text += "\(definition.path)=\(written)\n"
    }
    return text
  }
}
