import Diffusion
import Foundation
import GRDB
import TestSupport
import Testing
import Values

@testable import Analysis
@testable import Exchange
@testable import Execution
@testable import Planning
@testable import Store

/// The content of `training.from` is part of what a run is.
@Suite struct StartingWeightsTests {
  private static func text(_ place: InputPlace, sampling: Int = 2) -> String {
    InputPlace.text("ft", sampling: sampling, from: place.path("base.safetensors"))
  }

  @Test func aFileThatHoldsOtherWeightsIsAnotherRun() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1)
    let first = try place.run(Self.text(place))[0]
    #expect(try place.status(Self.text(place)).entries.map(\.state) == [.done])

    try place.writeNetwork(seed: 2)
    let status = try place.status(Self.text(place))
    #expect(status.entries[0].state == .new)
    #expect(
      status.entries[0].reason
        == "training.from means other weights than run \(first.prefix(8)) began with")
    let second = try place.run(Self.text(place))[0]
    #expect(second != first)
    #expect(try place.loss(second) != place.loss(first))

    // The same bits as in a store that never saw the other.
    let fresh = try InputPlace()
    try fresh.writeNetwork(seed: 2)
    let text = Self.text(fresh)
    #expect(try fresh.loss(fresh.run(text)[0]) == place.loss(second))

    // What was there comes back, under another date.
    try place.writeNetwork(seed: 1)
    let back = try place.status(Self.text(place))
    #expect(back.entries[0].id == first && back.entries[0].state == .done)
  }

  /// A run that only samples differently takes weights that began with the same, and no others.
  @Test func weightsAreSharedByWhatTheyBeganWith() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1)
    let first = try place.run(Self.text(place))[0]
    let alike = try place.run(Self.text(place, sampling: 3))[0]
    #expect(try place.store.events(run: alike).contains { $0.text.hasPrefix("reuses") })
    try place.writeNetwork(seed: 2)
    let other = try place.run(Self.text(place, sampling: 3))[0]
    #expect(try !place.store.events(run: other).contains { $0.text.hasPrefix("reuses") })
    #expect(try place.network(of: alike) == place.network(of: first))
    #expect(try place.network(of: other) != place.network(of: first))
  }

  /// Names, shapes and values count, not where a file lies and how it is laid out.
  @Test func aCopyHoldsTheSame() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1)
    try place.writeNetwork(seed: 1, "copy.safetensors")
    func input(_ name: String) throws -> RunInput {
      try NamedWeights.find(place.path(name), in: nil, store: { nil }).input
    }
    #expect(try input("base.safetensors").sha256 == input("copy.safetensors").sha256)
    #expect(try input("base.safetensors").run == nil)
    // The lowest bit of the last value.
    var bytes = try InputPlace.network(seed: 1).bytes()
    bytes[bytes.count - 4] ^= 1
    try place.folder.write(bytes, "copy.safetensors")
    #expect(try input("base.safetensors").sha256 != input("copy.safetensors").sha256)
  }

  // MARK: Runs

  /// `best:pre` is another run once a better one has finished, or the goal is another.
  @Test func whatIsBestMayChange() throws {
    let place = try InputPlace()
    let pre = InputPlace.text("pre", more: "sweep: {parameters: {training.seed: [0, 1]}}")
    let bases = try place.run(pre)
    let text = InputPlace.text("ft", from: "best:pre")
    let first = try place.run(text)[0]
    let losses = try bases.map { Double(bitPattern: try #require(try place.loss($0))) }
    let (best, worst) = losses[0] < losses[1] ? (0, 1) : (1, 0)
    #expect(try place.store.inputs(run: first).content(of: .weights)?.run == bases[best])

    try place.run(pre.replacing("eval/loss}", with: "eval/loss, goal: maximize}"))
    let status = try place.status(text)
    #expect(status.entries[0].state == .new)
    #expect(
      status.entries[0].reason
        == "training.from means other weights than run \(first.prefix(8)) began with (the network "
        + "of run \(bases[best].prefix(8)) (pre/seed=\(best)) then, the network of run "
        + "\(bases[worst].prefix(8)) (pre/seed=\(worst)) now)")
    let second = try place.run(text)[0]
    #expect(second != first)
    #expect(try place.store.inputs(run: second).content(of: .weights)?.run == bases[worst])
    #expect(
      try place.store.events(run: second).contains {
        $0.text.hasPrefix("training begins with the network of run \(bases[worst].prefix(8)) (pre/")
      })
  }

  /// An experiment that repeats one setting stands for the run of the same seed, and what begins with it are repeats too.
  @Test func eachSeedBeginsWithItsOwn() throws {
    let place = try InputPlace()
    let bases = try place.run(InputPlace.text("pre", more: "sweep: {repeat: {training.seed: 3}}"))
    let text = InputPlace.text("ft", from: "pre", more: "sweep: {repeat: {training.seed: 3}}")
    let runs = try place.run(text)
    for (run, base) in zip(runs, bases) {
      #expect(try place.store.inputs(run: run).content(of: .weights)?.run == base)
    }
    #expect(try Set(runs.map(place.network)).count == 3)
    #expect(try place.status(text).entries.map(\.state) == [.done, .done, .done])
    #expect(try Set(place.plan(text).runs.map(\.groupKey)).count == 1)
    #expect(try SettingPaths(place.store.runs(experiment: "ft")).telling.isEmpty)
    // Of more settings than one, or of a seed that there is not, none is meant.
    let other = InputPlace.text(
      "ft", from: "pre", more: "sweep: {parameters: {training.seed: [7]}}")
    #expect(throws: StoreError.self) { try place.plan(other) }
    let steps = "sweep: {parameters: {training.batch: [8, 4]}, repeat: {training.seed: 3}}"
    try place.run(InputPlace.text("pre", more: steps))
    #expect(throws: StoreError.self) { try place.plan(text) }
  }

  /// It is the run begun last before this one, however often this one is planned.
  @Test func lastIsTheOneBefore() throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("pre"))[0]
    let text = InputPlace.text("ft", from: "last")
    let run = try place.run(text)[0]
    #expect(try place.store.inputs(run: run).content(of: .weights)?.run == base)
    #expect(try place.status(text).entries.map(\.state) == [.done])
    #expect(try place.status(text).entries[0].id == run)
    // An override is no reason to begin with the run itself.
    let more = InputPlace.text("ft", sampling: 3, from: "last")
    let sampled = try place.run(more)[0]
    #expect(try place.store.inputs(run: sampled).content(of: .weights)?.run == base)
    #expect(try place.network(of: sampled) == place.network(of: run))
    // Another experiment's run in between is the last one.
    let other = try place.run(InputPlace.text("pre", steps: 3))[0]
    let again = try place.run(text)[0]
    #expect(again != run)
    #expect(try place.store.inputs(run: again).content(of: .weights)?.run == other)
  }

  /// What begins with an experiment's own earlier run does not then begin with itself.
  @Test func anExperimentMayGoOnFromItself() throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("ft"))[0]
    for reference in ["last", "ft/ft", "best:ft", "ft"] {
      let text = InputPlace.text("ft", steps: 3, from: reference)
      let run = try place.run(text)[0]
      #expect(
        try place.store.inputs(run: run).content(of: .weights)?.run == base, "\(reference)")
      #expect(try place.status(text).entries.filter { $0.index != nil }.map(\.state) == [.done])
      _ = try place.store.remove([run])
      _ = try place.store.clean()
      try place.register(InputPlace.text("ft"))
    }
  }

  // MARK: What cannot be had

  @Test(arguments: ["nobody", "pre", "best:pre", "pre/pre", "/nowhere/n.safetensors"])
  func aPlanOfWhichNothingCanBeginIsAnError(from: String) throws {
    let place = try InputPlace()
    if from.contains("pre") { try place.register(InputPlace.text("pre")) }
    let error = #expect(throws: StoreError.self) {
      try place.plan(InputPlace.text("ft", from: from))
    }
    #expect(error?.kind == .notFound)
    #expect(error?.description.hasPrefix("training.from: ") == true)
  }

  @Test func oneRunThatCannotBeginLeavesTheOthersAlone() throws {
    let place = try InputPlace()
    let text = InputPlace.text(
      "two", more: "sweep: {method: list, runs: [{training.from: pre}, {training.seed: 1}]}")
    let status = try place.status(text)
    #expect(status.entries.map(\.state) == [.new, .new])
    #expect(
      status.entries.map(\.reason) == [
        "training.from: 'pre' is neither a file nor a run of this store", nil,
      ])
    let plan = try place.register(text)
    try place.execute(plan.runs[1].id)
    #expect(throws: StoreError.self) { try place.execute(plan.runs[0].id) }
    // It has come by now, but the run was planned without it.
    let base = try place.run(InputPlace.text("pre"))[0]
    let error = #expect(throws: InputsChanged.self) { try place.execute(plan.runs[0].id) }
    #expect(
      error?.description == "training.from: 'pre' could not be read when this run was planned; "
        + "run 'workbench run' again to plan with it")
    let run = try place.run(text)[0]
    #expect(run != plan.runs[0].id)
    #expect(try place.store.inputs(run: run).content(of: .weights)?.run == base)
  }

  /// The network is gone, as in a capsule without networks, or the whole run; what was made of it is known still.
  @Test(arguments: [false, true]) func whatIsDoneStaysDone(isRunGone: Bool) throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("pre"))[0]
    let text = InputPlace.text("ft", from: "pre")
    try place.run(text)
    try place.store.write { db in
      try db.execute(
        sql: isRunGone
          ? "DELETE FROM run WHERE id = ?" : "DELETE FROM runArtifact WHERE runId = ?",
        arguments: [base])
    }
    #expect(try place.status(text).entries.map(\.state) == [.done])
    let error = #expect(throws: StoreError.self) {
      try place.plan(InputPlace.text("ft", steps: 3, from: "pre"))
    }
    #expect(
      error?.description
        == "training.from: the network of run \(base.prefix(8)) (pre/pre) is gone from the store; "
        + "run it again, or name another")
  }

  @Test func whatIsDeletedCanBeBroughtBack() throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("pre"))[0]
    let (text, more) = (
      InputPlace.text("ft", from: "pre"), InputPlace.text("ft", steps: 3, from: "pre")
    )
    try place.run(text)
    let planned = try place.register(more).runs[0].id
    _ = try place.store.remove([base])
    #expect(try place.status(text).entries[0].state == .done)
    for body in [{ _ = try place.plan(more) }, { try place.execute(planned) }] {
      let error = #expect(throws: StoreError.self) { try body() }
      #expect(
        error?.description
          == "training.from: the network of run \(base.prefix(8)) (pre/pre) is deleted; "
          + "'workbench restore \(base.prefix(8))' brings it back")
    }
  }

  /// What runs began with goes along in a capsule, and they are known where it is taken in.
  @Test func capsulesTakeItAlong() throws {
    let place = try InputPlace()
    try place.run(InputPlace.text("pre"))
    let text = InputPlace.text("ft", from: "pre")
    let run = try place.run(text)[0]
    let path = place.path("ft.capsule")
    try CapsuleExport(ExportSelection(["pre", "ft"], store: place.store, orphans: true))
      .write(to: path)
    let other = try InputPlace()
    _ = try CapsuleImport(into: other.store)(path)
    #expect(try other.store.inputs(run: run) == place.store.inputs(run: run))
    #expect(try other.status(text).entries.map(\.state) == [.done])
    // Twice is the same as once.
    _ = try CapsuleImport(into: other.store)(path)
    #expect(try other.store.inputs(run: run) == place.store.inputs(run: run))
  }
}
