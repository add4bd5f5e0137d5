import Analysis
import Diffusion
import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Execution
@testable import Planning

/// What changes between the plan and the run, or under the runs that are done.
@Suite struct ChangedInputsTests {
  /// The way of a run that notices: failed, nothing of it counted, and planned anew.
  private func expectFailure(
    _ place: InputPlace, _ text: String, begins what: String,
    sourceLocation: SourceLocation = #_sourceLocation, after change: () throws -> Void
  ) throws {
    let planned = try place.register(text).runs[0]
    try change()
    let error = #expect(throws: InputsChanged.self, sourceLocation: sourceLocation) {
      try place.execute(planned.id)
    }
    let words = error?.description ?? ""
    #expect(
      words.hasPrefix("\(what) since this run was planned (content "),
      sourceLocation: sourceLocation)
    #expect(
      words.hasSuffix(
        " now); run 'workbench run' again to plan with the current content, or restore the earlier one"
      ),
      sourceLocation: sourceLocation)
    let run = try place.store.memberships(run: planned.id)[0]
    #expect(run.state == .failed && run.error == words, sourceLocation: sourceLocation)
    #expect(run.metrics.isEmpty && run.step == 0, sourceLocation: sourceLocation)
    let next = try place.run(text)
    #expect(next != [planned.id], sourceLocation: sourceLocation)
    #expect(
      try place.status(text).entries.first { $0.id == next[0] }?.state == .done,
      sourceLocation: sourceLocation)
  }

  @Test func dataThatChange() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    try expectFailure(place, place.images(), begins: "the data changed") {
      try place.writeImages(2, heldOut: 9)
    }
  }

  @Test func heldOutImagesThatChange() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    try expectFailure(place, place.images(), begins: "the held-out images changed") {
      try place.writeImages(1, heldOut: 8)
    }
  }

  @Test func weightsThatChange() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1)
    let path = place.path("base.safetensors")
    try expectFailure(
      place, InputPlace.text("ft", from: path),
      begins: "training.from: the network in \(path) changed"
    ) { try place.writeNetwork(seed: 2) }
  }

  @Test func aScheduleThatChanges() throws {
    let place = try InputPlace()
    let path = try place.folder.write(Array("0.01 0.1 0.3 0.9".utf8), "betas.txt")
    let text = InputPlace.text(
      "own", more: "diffusion: {steps: 4, schedule: {kind: betas, betas: '\(path)'}}")
    let first = try place.run(text)[0]
    try place.folder.write(Array("0.01 0.1 0.3 0.8".utf8), "betas.txt")
    let entry = try place.status(text).entries[0]
    #expect(entry.state == .new && entry.id != first)
    #expect(entry.reason == "its noise schedule's file changed since run \(first.prefix(8))")
    try expectFailure(place, text, begins: "the betas of the schedule changed") {
      try place.folder.write(Array("0.01, 0.1, 0.3, 0.9".utf8), "betas.txt")
    }
    // The numbers count, not how they are written.
    #expect(try place.status(text).entries[0].id == first)
  }

  /// Put back in time, nothing has happened.
  @Test func whatIsPutBackIsTheSame() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let run = try place.register(place.images()).runs[0].id
    try place.writeImages(2, heldOut: 9)
    #expect(throws: InputsChanged.self) { try place.execute(run) }
    try place.writeImages(1, heldOut: 9)
    #expect(try place.status(place.images()).entries.map(\.state) == [.failed])
    #expect(try place.run(place.images()) == [run])
  }

  // MARK: Runs that are done

  @Test func otherDataAreAnotherRun() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let first = try place.run(place.images())[0]
    try place.writeImages(1, heldOut: 9, count: 50)
    let entry = try place.status(place.images()).entries[0]
    #expect(entry.state == .new && entry.id != first)
    #expect(
      entry.reason
        == "its data changed since run \(first.prefix(8)) (36 images of 1×8×8 then, 45 images of "
        + "1×8×8 now)")
  }

  /// The weights are the same and are taken over; what is measured is not.
  @Test func otherHeldOutImagesAreAnotherRunWithTheSameWeights() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let text = place.images()
    let first = try place.run(text)[0]
    try place.writeImages(1, heldOut: 100)
    let entry = try place.status(text).entries[0]
    #expect(entry.state == .new && entry.id != first)
    #expect(
      entry.reason
        == "other images are held out now than run \(first.prefix(8)) was measured on; reuses the "
        + "weights of \(first.prefix(8))")
    let second = try place.run(text)[0]
    #expect(second == entry.id)
    #expect(try place.network(of: second) == place.network(of: first))
    #expect(try place.loss(second) != place.loss(first))
    #expect(try place.status(text).entries[0].state == .done)

    // In a store that never saw the others it has the id that it always had.
    let fresh = try InputPlace()
    let alone = try Plan(try fresh.file(text), store: fresh.store, inputs: InputReader()).runs[0]
    #expect(alone.id == first)

    // And the first is known again when its images come back.
    try place.writeImages(1, heldOut: 9)
    #expect(try place.status(text).entries.first { $0.index == 0 }?.id == first)
  }

  /// What a run logged on its way against other images is not taken over: it is trained again.
  @Test func measuresOnTheWayAreNotTakenOver() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let text = place.images(steps: 4).replacing("{images: 4}", with: "{images: 4, every: 2}")
    let first = try place.run(text)[0]
    // The same images: nothing is trained for another way of sampling.
    let alike = try place.run(text.replacing("steps: 2, count", with: "steps: 3, count"))[0]
    #expect(try place.store.events(run: alike).contains { $0.text.hasPrefix("reuses the weights") })
    try place.writeImages(1, heldOut: 100)
    let second = try place.run(text)[0]
    #expect(
      try !place.store.events(run: second).contains { $0.text.hasPrefix("reuses the weights") })
    func onTheWay(_ run: String) throws -> Double? {
      let history = try place.store.history(run: run, metric: "eval/loss")
      return zip(history.steps, history.values).first { $0.0 == 2 }?.1
    }
    #expect(try onTheWay(second) != nil && onTheWay(second) != onTheWay(first))
    #expect(try place.network(of: second) == place.network(of: first))
  }

  /// Seeds are averaged over only where all of them were measured against the same.
  @Test func groupsAreApart() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let text = place.images(more: "sweep: {repeat: {training.seed: 2}}")
    let before = try place.register(text)
    try place.writeImages(1, heldOut: 100)
    let after = try place.plan(text)
    #expect(Set(before.runs.map(\.groupKey)).count == 1)
    #expect(Set(after.runs.map(\.groupKey)).count == 1)
    #expect(before.runs[0].groupKey != after.runs[0].groupKey)
    #expect(before.runs.map(\.trainKey) == after.runs.map(\.trainKey))
  }

  // MARK: Changed settings

  @Test func aChangedFileSaysWhatChanged() throws {
    let place = try InputPlace()
    try place.run(InputPlace.text("one"))
    let status = try place.status(
      InputPlace.text("one", sampling: 3).replacing("batch: 8", with: "batch: 4"))
    #expect(
      status.entries[0].change == "training.batch was 8, is 4; sampling.steps was 2, is 3")
    #expect(status.entries[0].reason == nil)
    guard case .object(let document) = status.json, case .array(let runs)? = document["runs"],
      case .object(let run)? = runs.first
    else {
      Issue.record("no run")
      return
    }
    #expect(
      run["change"] == .string("training.batch was 8, is 4; sampling.steps was 2, is 3"))
    #expect(run["reason"] == nil)
  }

  // MARK: What differs

  @Test func differencesAreNamed() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let first = try place.run(place.images())[0]
    try place.writeImages(2, heldOut: 9)
    let second = try place.run(place.images())[0]
    let difference = try place.store.difference(first, second)
    #expect(difference.settings.isEmpty)
    #expect(difference.inputs.map(\.key) == ["data"])
    let hash = try place.store.inputs(run: first).content(of: .data)?.sha256 ?? ""
    #expect(
      difference.inputs[0].a == "36 images of 1×8×8, content \(hash.prefix(8))")
    #expect(
      try place.store.explanation(first, second).answer
        .contains("They were trained on different data."))
  }
}
