import Diffusion
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Store
@testable import Values

/// Which part of an identity the content of what settings name is.
@Suite struct InputIdentityTests {
  private static let zeros = String(repeating: "0", count: 64)

  private func plan(_ text: String, _ inputs: [RunInput]) throws -> PlannedRun {
    let file = try ExperimentFile.read(text: text, path: "x.yaml")
    let plan = try Plan(file, store: nil) { _ in
      RunInputs(fingerprint: "abc", recorded: inputs)
    }
    return plan.runs[0]
  }

  /// Every key that takes any text, but for a colour and what is inside an archive, names a file, a folder or a run, and
  /// what those hold has to be looked at.
  @Test func everyKeyThatNamesSomethingIsListed() {
    let texts = KeyDefinitions.settings.filter { $0.type == .text(.any) }.map(\.path)
    let others = ["data.background", "data.image_array", "data.label_array"]
    #expect(Set(NamedInput.all.flatMap(\.keys)) == Set(texts).subtracting(others))
  }

  @Test func pinned() throws {
    let run = try plan(
      "data: {source: shapes}\ntraining: {steps: 100, from: r}\n",
      [RunInput(name: "training.from", sha256: Self.zeros, text: "")])
    // printf '%s' '{"dataFingerprint":"abc","inputs":{"training.from":"0…0"},"settings":{"data":{"source":"shapes"},
    // "training":{"from":"r"}},"version":1}' | sha256sum, and the like.
    #expect(run.trainKey == "0d948d88f4de4dd94adfa933f3a7ff85f591d3268884006bc1a3f31cdfb9111e")
    #expect(run.id == "b95297533aa0b2496a4555874c33cb55bfa421de681181140915b2cce106c943")
    #expect(run.groupKey == "ea149b24c00676d6176a7e5c54436a50e3263335de37e6524cb149531c5b5ea3")
    // What it was before.
    let earlier = try plan("data: {source: shapes}\ntraining: {steps: 100, from: r}\n", [])
    #expect(run.earlierTrainKey == earlier.trainKey)
    #expect(earlier.earlierTrainKey == nil)
  }

  /// What a run is measured by is part of its id and of its group, and not of what its weights follow from.
  @Test func theNetworkOfTheFID() throws {
    let text = """
      data: {source: shapes}
      training: {steps: 100}
      evaluation: {metrics: [fid], inception: w}
      """
    func planned(_ content: String) throws -> PlannedRun {
      try plan(
        text,
        content.isEmpty
          ? [] : [RunInput(name: "evaluation.inception", sha256: content, text: "")])
    }
    let runs = try ["", Self.zeros, "1"].map(planned)
    #expect(Set(runs.map(\.id)).count == 3 && Set(runs.map(\.groupKey)).count == 3)
    #expect(Set(runs.map(\.trainKey)).count == 1)
    #expect(runs.allSatisfy { $0.earlierTrainKey == nil })
  }

  /// Held-out images are no part of the id, unless a store has a run of that id that was measured against others.
  @Test func heldOutImagesTellRunsApartOnlyWhereTheyDiffer() throws {
    let heldOut = RunInput(name: "held_out", sha256: Self.zeros, text: "")
    let text = "data: {source: shapes}\ntraining: {steps: 100}\n"
    let run = try plan(text, [heldOut])
    // As IdentityTests has it.
    #expect(run.id == "53b336c864e3d6508f429aa60efd743a4d749efc58b82bfa55769457c34e2b32")
    // printf '%s' '{"inputs":{"held_out":"0…0"},"of":"53b3…","version":1}' | sha256sum
    #expect(
      Identity.apart(run.id, by: heldOut)
        == "e185b8c995a08fdfe6a711701b619d307bae2dcce569330170151ea28d974462")
  }

  /// A search whose settings name other weights is another search.
  @Test func aSearchFollowsFromWhatItsRunsBeginWith() throws {
    var name = "training.from"
    func key(_ content: String) throws -> String {
      let text = """
        data: {source: shapes}
        training: {steps: 4, from: r}
        objective: {metric: eval/loss}
        sweep:
          {method: tpe, seed: 1, max_runs: 4, round: 2,
           parameters: {training.optimizer.lr: {log_uniform: [1.0e-4, 1.0e-2]}}}
        """
      let file = try ExperimentFile.read(text: text, path: "x.yaml")
      return try #require(
        try Plan(file, store: nil, failed: [], proposes: true) { _ in
          RunInputs(
            fingerprint: "abc",
            recorded: content.isEmpty ? [] : [RunInput(name: name, sha256: content, text: "")])
        }.search
      ).key
    }
    #expect(try Set([key(""), key("a"), key("b")]).count == 3)
    name = "evaluation.inception"
    #expect(try Set([key(""), key("a"), key("b")]).count == 3)
  }
}
