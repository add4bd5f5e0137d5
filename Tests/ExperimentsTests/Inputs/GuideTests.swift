import Diffusion
import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Analysis
@testable import Execution
@testable import Planning

/// The content of what `sampling.guide` names is part of what a run is, and not of its weights.
@Suite struct GuideTests {
  private static func text(
    _ place: InputPlace, guide: String? = "guide.safetensors", guidance: Int = 2, more: String = ""
  ) -> String {
    let name = guide.map { $0.hasSuffix(".safetensors") ? place.path($0) : $0 }
    return InputPlace.text("led", more: more).replacing(
      "count: 2}",
      with: "count: 2, guidance: \(guidance)\(name.map { ", guide: '\($0)'" } ?? "")}")
  }

  private func samples(_ place: InputPlace, _ run: String) throws -> String? {
    try place.store.artifacts(run: run).first { $0.name == "samples.png" }?.sha256
  }

  @Test func aFileThatHoldsAnotherNetworkIsAnotherRunOfTheSameWeights() throws {
    let place = try InputPlace()
    let plain = try place.run(Self.text(place, guide: nil, guidance: 1))[0]
    try place.writeNetwork(seed: 1, "guide.safetensors")
    let first = try place.run(Self.text(place))[0]
    #expect(try place.status(Self.text(place)).entries.first?.state == .done)
    #expect(try place.network(of: first) == place.network(of: plain))
    #expect(try samples(place, first) != samples(place, plain))
    let input = try #require(try place.store.inputs(run: first).content(of: .guide))
    #expect(input.text == "the network in \(place.path("guide.safetensors"))")
    // It stays with the run.
    let kept = try #require(
      try place.store.network(of: first, RunStore.NetworkName.guide))
    #expect(kept.contentHash == input.sha256)

    try place.writeNetwork(seed: 2, "guide.safetensors")
    let entry = try place.status(Self.text(place)).entries[0]
    #expect(entry.state == .new && entry.id != first)
    #expect(
      entry.reason?.hasPrefix(
        "sampling.guide means another network than run \(first.prefix(8)) was guided by; reuses the "
          + "weights of ") == true)
    let second = try place.run(Self.text(place))[0]
    #expect(try place.network(of: second) == place.network(of: first))
    #expect(try samples(place, second) != samples(place, first))
    #expect(
      try place.store.explanation(first, second).answer.contains(
        "Their samples were guided by different networks"))
    // What was there comes back.
    try place.writeNetwork(seed: 1, "guide.safetensors")
    #expect(try place.status(Self.text(place)).entries[0].id == first)
  }

  @Test func aGuideThatChangesMeanwhile() throws {
    let place = try InputPlace()
    try place.writeNetwork(seed: 1, "guide.safetensors")
    let planned = try place.register(Self.text(place)).runs[0].id
    try place.writeNetwork(seed: 2, "guide.safetensors")
    let error = #expect(throws: InputsChanged.self) { try place.execute(planned) }
    #expect(
      error?.description.hasPrefix(
        "sampling.guide: the network in \(place.path("guide.safetensors")) changed since this run was planned"
      ) == true)
  }

  /// Each run of a sweep is guided by the one of its own seed of another experiment's sweep.
  @Test func anotherNetworkOfTheSameSeed() throws {
    let place = try InputPlace()
    let sizes = try place.run(
      InputPlace.text(
        "sizes",
        more: "sweep: {parameters: {model.levels: [3, 2]}, repeat: {training.seed: 2}}"))
    let text = Self.text(
      place, guide: "sizes/levels=3", more: "sweep: {repeat: {training.seed: 2}}")
    let runs = try place.run(text)
    #expect(try Set(place.plan(text).runs.map(\.groupKey)).count == 1)
    for (run, guide) in zip(runs, sizes.prefix(2)) {
      #expect(try place.store.inputs(run: run).content(of: .guide)?.run == guide)
      #expect(
        try place.store.events(run: run).contains {
          $0.text.hasPrefix(
            "samples are guided by the network of run \(guide.prefix(8)) (sizes/levels=3")
        })
    }
    // The weights are those of the ones with two levels.
    #expect(try runs.map(place.network) == sizes.suffix(2).map(place.network))
    // A seed that there is not.
    let other = Self.text(
      place, guide: "sizes/levels=3", more: "sweep: {parameters: {training.seed: [7]}}")
    let error = #expect(throws: StoreError.self) { try place.plan(other) }
    #expect(error?.description.hasPrefix("sampling.guide: 'sizes/levels=3' is neither") == true)
  }

  @Test func whatCannotBeHad() throws {
    let place = try InputPlace()
    func message(_ text: String) -> String? {
      let error = #expect(throws: StoreError.self) { try place.plan(text) }
      return error?.description
    }
    #expect(
      message(Self.text(place, guide: "nobody"))
        == "sampling.guide: 'nobody' is neither a file nor a run of this store")
    try place.register(InputPlace.text("pre"))
    #expect(
      message(Self.text(place, guide: "pre"))
        == "sampling.guide: run pre has no network yet; run it first")
    let fits = Self.text(place, guide: "guide.safetensors")
      .replacing("size: 8", with: "size: 16").replacing("limit: 32", with: "limit: 16")
    try place.writeNetwork(seed: 1, "guide.safetensors")
    let run = try place.register(fits).runs[0].id
    let error = #expect(throws: DiffusionError.self) { try place.execute(run) }
    #expect(
      error?.description
        == "sampling.guide: the guide is of images of 3×8×8, and what it would guide of 3×16×16")
  }
}
