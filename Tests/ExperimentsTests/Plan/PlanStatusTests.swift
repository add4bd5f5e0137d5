import Statistics
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Store
@testable import Values

@Suite struct PlanStatusTests {
  private static let text = """
    name: demo
    question: Why?
    data: {source: shapes, size: 16}
    training: {steps: 100, lr_schedule: {kind: cosine}}
    sweep:
      parameters: {training.batch: [2, 4, 8]}
      repeat: {training.seed: 2}
    """

  private func planned(_ text: String = text) throws -> (file: ExperimentFile, plan: Plan) {
    let file = try ExperimentFile.read(text: text, path: "x.yaml")
    return (file, try Plan(file) { _ in "" })
  }

  @Test func withoutAStoreEverythingIsNew() throws {
    let status = try PlanStatus(planned().plan, store: nil)
    #expect(status.entries.map(\.state) == Array(repeating: .new, count: 6))
    #expect(status.entries.allSatisfy { $0.cost == nil && $0.reason == nil })
  }

  @Test func statesAreTheStores() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let (file, plan) = try planned()
      try store.register(try plan.registration(of: file))
      let ends: [RunState] = [.finished, .failed, .interrupted, .crashed, .pruned]
      for (run, state) in zip(plan.runs, ends) {
        try store.beginAttempt(run: run.id, environment: [:])
        try store.finishAttempt(run: run.id, state: state)
      }
      let status = try PlanStatus(plan, store: store)
      #expect(
        // The last of them was pruned, and this plan prunes nothing.
        status.entries.map(\.state) == [
          .done, .failed, .interrupted, .interrupted, .interrupted, .new,
        ])
    }
  }

  @Test func whatTheFileNoLongerAsksForIsAnOrphan() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let (file, plan) = try planned()
      try store.register(try plan.registration(of: file))
      let smaller = Self.text.replacing("[2, 4, 8]", with: "[4, 8]")
      let status = try PlanStatus(try planned(smaller).plan, store: store)
      #expect(status.entries.map(\.state) == [.new, .new, .new, .new, .orphan, .orphan])
      #expect(status.entries[4].label == "batch=2,seed=0")
      #expect(status.entries[4].index == nil)
      #expect(status.entries[4].settingsJSON == plan.runs[0].settingsJSON)

      // An override asks for less on purpose.
      let overridden = try ExperimentFile.read(
        text: Self.text, path: "x.yaml", overrides: ["sweep.parameters.training.batch=[4, 8]"])
      let less = try PlanStatus(try Plan(overridden) { _ in "" }, store: store)
      #expect(less.entries.count == 4)
    }
  }

  @Test func moreStepsUnderAScheduleThatDependsOnThemBeginAnew() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let (file, plan) = try planned()
      try store.register(try plan.registration(of: file))
      let run = plan.runs[0]
      try store.beginAttempt(run: run.id, environment: [:])
      try store.appendPoints(
        [SeriesPoints(name: "train/loss", steps: [100], values: [1])], run: run.id)
      try store.finishAttempt(run: run.id, state: .finished)
      let longer = Self.text.replacing("steps: 100", with: "steps: 200")
      let status = try PlanStatus(try planned(longer).plan, store: store)
      #expect(
        status.entries[0].reason
          == "cannot resume from \(run.id.prefix(8)) (100 steps): lr_schedule 'cosine' depends on "
          + "training.steps")
      #expect(status.entries[1].reason == nil)
      let constant = longer.replacing("cosine", with: "constant")
      #expect(try PlanStatus(planned(constant).plan, store: store).entries[0].reason == nil)
      // Fewer steps of it are no reason to say anything.
      let shorter = Self.text.replacing("steps: 100", with: "steps: 50")
        .replacing("cosine", with: "constant")
      #expect(try PlanStatus(planned(shorter).plan, store: store).entries[0].reason == nil)
    }
  }

  /// The fields that other programs rely on.
  @Test func theDocumentsShape() throws {
    let (file, plan) = try planned()
    let status = try PlanStatus(plan, store: nil)
    #expect(status.canonicalJSON == status.json.canonical)
    guard case .object(let document) = status.json,
      case .array(let runs)? = document["runs"], case .object(let run)? = runs.last
    else {
      Issue.record("not an object")
      return
    }
    #expect(document["experiment"] == .string("demo"))
    #expect(Set(document.keys) == ["experiment", "runs"])
    #expect(
      Set(run.keys) == ["index", "id", "label", "state", "overrides", "settings"])
    #expect(run["index"] == .integer(5))
    #expect(run["label"] == .string("batch=8,seed=1"))
    #expect(run["state"] == .string("new"))
    #expect(
      run["overrides"]
        == .object(["training.batch": .integer(8), "training.seed": .integer(1)]))
    guard case .object(let settings)? = run["settings"],
      case .object(let training)? = settings["training"]
    else {
      Issue.record("no settings")
      return
    }
    #expect(training["batch"] == .integer(8))
    #expect(training["steps"] == .integer(100))

    let registration = try plan.registration(of: file)
    #expect(registration.question == "Why?")
    #expect(registration.fileText == Self.text)
    #expect(registration.sweep == SweepRegistration(method: "grid", paths: ["training.batch"]))
    let groups = registration.runs.map(\.repeatGroup)
    #expect(Set(groups).count == 3 && !groups.contains(nil))
    #expect(groups[0] == groups[1] && groups[2] == groups[3] && groups[4] == groups[5])
    #expect(registration.runs.map(\.seed) == [0, 1, 0, 1, 0, 1])
    #expect(
      registration.objective == Objective(metric: "eval/loss", goal: .minimize))
  }
}
