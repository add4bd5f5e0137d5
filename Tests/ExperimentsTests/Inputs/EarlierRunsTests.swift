import Diffusion
import ExperimentFiles
import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Planning

/// Runs that were planned before the content of what they name was part of what they are.
@Suite struct EarlierRunsTests {
  /// Makes a run as an older store has it: under the id and key without content, and with nothing written down.
  private func runAsBefore(_ place: InputPlace, _ text: String) throws -> String {
    let file = try place.file(text)
    let reader = InputReader { [store = place.store] in store }
    let plan = try Plan(file, store: nil) { settings in
      RunInputs(fingerprint: try reader.inputs(of: settings, in: file.name).fingerprint)
    }
    try place.store.register(try plan.registration(of: file))
    try place.execute(plan.runs[0].id)
    #expect(try place.store.inputs(run: plan.runs[0].id).isEmpty)
    return plan.runs[0].id
  }

  @Test(arguments: ["pre", "pre/pre", "best:pre", "id"])
  func weightsThatAreKnown(from reference: String) throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("pre"))[0]
    let from = reference == "id" ? String(base.prefix(10)) : reference
    let text = InputPlace.text("ft", from: from)
    let old = try runAsBefore(place, text)
    let other = try runAsBefore(place, InputPlace.text("ft", sampling: 3, from: from))
    #expect(try place.status(text).entries.first?.id == old)
    #expect(try place.status(text).entries.first?.state == .done)
    // One of other settings takes their weights, before anything is written down of them and after.
    let more = InputPlace.text("ft", sampling: 4, from: from)
    #expect(
      try place.status(more).entries.first?.reason?.hasPrefix("reuses the weights of ") == true)
    let taken = try place.run(more)[0]
    #expect(try place.store.events(run: taken).contains { $0.text.hasPrefix("reuses the weights") })
    #expect(try place.network(of: taken) == place.network(of: old))
    for run in [old, other, taken] {
      #expect(try place.store.inputs(run: run).content(of: .weights)?.run == base)
      #expect(
        try place.store.memberships(run: run)[0].trainKey
          == place.store.memberships(run: taken)[0].trainKey)
    }
    #expect(try place.run(text) == [old], "nothing is done again")
    #expect(try place.store.attempts(run: old).count == 1)
  }

  /// Done again since, or one of several that can have been meant: new, and it says why.
  @Test func weightsThatAreNotKnown() throws {
    let place = try InputPlace()
    let base = try place.run(InputPlace.text("pre"))[0]
    let text = InputPlace.text("ft", from: "pre/pre")
    let old = try runAsBefore(place, text)
    func expectNew(_ comment: Comment) throws {
      let entry = try place.status(text).entries[0]
      #expect(entry.state == .new && entry.id != old, comment)
      #expect(
        entry.reason
          == "run \(old.prefix(8)) has these settings, but it is not known which weights it began "
          + "with", comment)
    }
    #expect(try place.status(text).entries[0].id == old)
    // Its network was made again since.
    try place.store.clearResults(run: base)
    try place.execute(base)
    try expectNew("made again")

    let second = try InputPlace()
    try second.run(InputPlace.text("pre"))
    let before = try runAsBefore(second, text)
    #expect(try second.status(text).entries[0].id == before)
    // 'pre/pre' can have meant either.
    try second.run(InputPlace.text("pre", steps: 3))
    #expect(try second.status(text).entries[0].state == .new)
  }

  /// An earlier file can have held anything.
  @Test func aFileIsNotKnown() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1)
    let text = InputPlace.text("ft", from: place.path("base.safetensors"))
    let old = try runAsBefore(place, text)
    let run = try place.run(text)[0]
    #expect(run != old)
    #expect(try place.loss(run) == place.loss(old), "the file has not changed, as it is")
    // Its weights are not taken for those that the file holds.
    #expect(try place.store.memberships(run: old)[0].trainKey != place.plan(text).runs[0].trainKey)
  }

  /// Runs on data are known by what they are; against what they were measured is not written down afterwards.
  @Test func runsOnDataKeepTheirIDs() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let old = try runAsBefore(place, place.images())
    #expect(try place.run(place.images()) == [old])
    #expect(try place.store.attempts(run: old).count == 1)
    #expect(try place.store.inputs(run: old).map(\.name) == ["data"])
    try place.writeImages(2, heldOut: 9)
    #expect(
      try place.status(place.images()).entries[0].reason
        == "its data changed since run \(old.prefix(8))")
  }

  @Test func dataOfBeforeMayBeReadOtherwise() throws {
    let place = try InputPlace()
    try place.writeImages(1, heldOut: 9)
    let old = try runAsBefore(place, place.images())
    try place.writeImages(2, heldOut: 9)
    #expect(
      try place.status(place.images()).entries[0].reason
        == "run \(old.prefix(8)) has these settings; its data changed since, or this version reads "
        + "them or holds some of them out otherwise")
  }
}
