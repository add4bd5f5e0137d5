import Foundation
import Store
import TestSupport
import Testing
import Values

/// `run` from end to end, and what the other verbs say about what it left.
@Suite struct RunVerbTests {
  private static let schedules =
    Workplace.training + "sweep: {parameters: {diffusion.schedule.kind: [linear, cosine]}}\n"

  // MARK: A plan from beginning to end

  @Test func everythingAskedForIsThere() throws {
    let place = try Workplace(Self.schedules)
    let ending = try place.run()
    #expect(ending.output.hasSuffix("\n\(place.reports)/tiny.md\n"))

    let store = try place.store()
    let runs = try place.runs()
    #expect(runs.map(\.label) == ["kind=linear", "kind=cosine"])
    for run in runs {
      #expect(run.state == .finished)
      #expect(run.step == 30)
      #expect(run.error == nil)
      #expect(
        try store.history(run: run.id, metric: "train/loss").steps == [5, 10, 15, 20, 25, 30])
      for name in ["eval/loss", "eval/class_agreement", "eval/frechet_pca64"] {
        #expect(run.metrics[name]?.count == 1, "\(name)")
        #expect(run.metrics[name]?.lastStep == 30, "\(name)")
      }
      #expect(
        Set(try store.artifacts(run: run.id).map(\.name)) == [
          "network.safetensors", "network.raw.safetensors", "samples.png",
        ])
      let attempts = try store.attempts(run: run.id)
      #expect(attempts.map(\.state) == [.finished])
      #expect((run.metrics["memory/peak_mib"]?.last ?? 0) > 1)
      for fact in ["cpu.model", "engine.kernels", "engine.winograd", "engine.workers"] {
        #expect(attempts[0].environment[fact]?.isEmpty == false, "\(fact)")
      }
      // Nothing left of what was under way but the lock.
      let work = "\(place.storeFolder)/work/\(run.id)"
      #expect(try FileManager.default.contentsOfDirectory(atPath: work) == ["lock"])
    }

    let page = String(decoding: try place.contents("reports/tiny.md"), as: UTF8.self)
    let pictures = page.matches(of: /\((tiny\/[^)]+)\)/).map { String($0.1) }
    #expect(pictures.count > 1 && pictures.allSatisfy { $0.hasSuffix(".svg") })
    #expect(pictures.contains("tiny/samples.svg"))
    for picture in pictures { #expect(try place.contents("reports/\(picture)").count > 100) }
  }

  @Test func otherVerbsAnswer() throws {
    let place = try Workplace(Self.schedules)
    try place.run()
    let ids = try place.runs().map(\.id)

    let rows = try #require(try place.json("sql", "SELECT * FROM runs") as? [String: Any])
    #expect(
      rows["columns"] as? [String] == [
        "id", "experiment", "label", "state", "created", "ended", "seconds", "seed", "step",
        "error",
      ])
    #expect((rows["rows"] as? [[Any]])?.map { $0[0] as? String } == ids)

    let listed = try #require(try place.json("runs") as? [[String: Any]])
    #expect(listed.map { $0["id"] as? String } == ids)
    #expect(listed.map { $0["state"] as? String } == ["finished", "finished"])
    #expect(listed.map { $0["step"] as? Int } == [30, 30])

    let comparison = try place.workbench("compare", "tiny", "--csv").split(separator: "\n")
    #expect(comparison.count == 3)
    #expect(comparison[0].hasPrefix(#""best","diffusion.schedule.kind","eval/frechet_pca64","#))
    #expect(comparison.dropFirst().count { $0.hasPrefix("\"best\",") } == 1)
    #expect(comparison[1].contains("\"linear\",") && comparison[2].contains("\"cosine\","))

    let difference = try place.workbench("diff", "tiny/kind=linear", "tiny/kind=cosine")
    #expect(difference.contains("diffusion.schedule.kind"))
    #expect(!difference.contains("training.seed"), "it is the same in both")

    let page = try place.workbench("show", String(ids[0].prefix(12)))
    #expect(page.contains(ids[0]))
    #expect(page.contains("eval/frechet_pca64"))
    let log = try place.workbench("logs", "last").split(separator: "\n")
    #expect(log.count == 2)
    #expect(log[0].hasSuffix("Z  attempt 1 begins") && log[1].hasSuffix("Z  finished"))

    let folder = place.path + "/out"
    let written = try place.workbench("artifacts", ids[0], "-o", folder).split(separator: "\n")
    #expect(written.contains("\(folder)/samples.png"))
    #expect(written.contains("\(folder)/network.safetensors"))
    #expect(
      try place.contents("out/report-tiny/tiny.md") == place.contents("reports/tiny.md"))
    let document = try place.json("plan", place.file) as? [String: Any]
    let planned = document?["runs"] as? [[String: Any]]
    #expect(planned?.map { $0["state"] as? String } == ["done", "done"])
    #expect(planned?.map { $0["id"] as? String } == ids)
  }

  @Test func againThereIsNothingToDo() throws {
    let place = try Workplace(Self.schedules)
    try place.run()
    func report() throws -> [String: Data] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: place.reports)
      return Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, FileManager.default.contents(atPath: "\(place.reports)/\($0)") ?? Data())
        })
    }
    let (bits, first) = (try place.bits(), try report())
    let ending = try place.run()
    #expect(ending.errors == "tiny: 2 of 2 runs were done before.\n")
    #expect(try report() == first)
    #expect(first.count >= 5, "the page, two plots, two sheets of samples and their folder")
    #expect(try place.bits() == bits)
    for run in try place.runs() {
      #expect(try place.store().attempts(run: run.id).count == 1)
    }
  }

  @Test func whatTheFileAsksForLaterIsAdded() throws {
    let place = try Workplace(Self.schedules)
    try place.run()
    let before = try place.bits()
    try place.write(
      Workplace.training
        + "sweep: {parameters: {diffusion.schedule.kind: [cosine], training.seed: [0, 1]}}\n")
    let ending = try place.run()
    #expect(
      ending.errors.contains("1 earlier run is no longer in the file; kept unchanged: kind=linear"))
    let runs = try place.runs()
    #expect(runs.map(\.isOrphan) == [false, false, true])
    #expect(runs.allSatisfy { $0.state == .finished })
    #expect(try place.store().attempts(run: runs[0].id).count == 1, "it was there before")
    #expect(try RunBits(runs[0], in: place.store()) == before["kind=cosine"])
  }

  /// Two at once: the second waits for what the first is doing, and both end with everything done once.
  @Test func twoRunsOfOneFileAtOnce() throws {
    let place = try Workplace(
      Workplace.training + "sweep: {parameters: {diffusion.schedule.kind: [linear, cosine]}}\n")
    let first = try place.startRun()
    let second = try place.startRun()
    #expect(first.wait().code == 0)
    #expect(second.wait().code == 0)
    let runs = try place.runs()
    #expect(runs.map(\.state) == [.finished, .finished])
    for run in runs {
      #expect(try place.store().attempts(run: run.id).map(\.state) == [.finished])
    }
  }

  // MARK: Shared training, force

  @Test func runsThatOnlySampleDifferentlyAreTrainedOnce() throws {
    let place = try Workplace(
      Workplace.training + "sweep: {parameters: {sampling.steps: [3, 5]}}\n")
    try place.run("-j", "2")
    let store = try place.store()
    let runs = try place.runs()
    #expect(runs.map(\.state) == [.finished, .finished])
    #expect(runs[0].trainKey == runs[1].trainKey)
    let events = try runs.map { try store.events(run: $0.id).map(\.text) }
    #expect(events[0] == ["attempt 1 begins", "finished"])
    #expect(
      events[1] == [
        "attempt 1 begins",
        "reuses the weights of run \(runs[0].id.prefix(8)), trained with the same settings: only sampling and evaluation differ",
        "finished",
      ])
    let (first, second) = (try RunBits(runs[0], in: store), try RunBits(runs[1], in: store))
    for name in ["train/loss", "train/gradient_norm", "eval/loss"] {
      #expect(first.points[name] != nil && first.points[name] == second.points[name], "\(name)")
    }
    // The clock of a training that was done once.
    #expect(
      try store.history(run: runs[0].id, metric: "time/unix")
        == store.history(run: runs[1].id, metric: "time/unix"))
    for name in ["network.safetensors@-1", "network.raw.safetensors@-1"] {
      #expect(first.artifacts[name] != nil && first.artifacts[name] == second.artifacts[name])
    }
    #expect(first.artifacts["samples.png@-1"] != second.artifacts["samples.png@-1"])
  }

  /// Widths of averages are swept after one training, whichever run is first, and as if each had trained.
  @Test func widthsOfAveragesAreSweptWithoutTraining() throws {
    func experiment(_ widths: String) -> String {
      Workplace.training.replacing(
        "training: {", with: "training: {ema_widths: [0.05, 0.1], ema_every: 2, ")
        + "sweep: {parameters: {sampling.ema: \(widths)}}\n"
    }
    let place = try Workplace(experiment("[none, 0.07, 0.1]"))
    try place.run()
    let store = try place.store()
    let runs = try place.runs()
    #expect(runs.map(\.state) == [.finished, .finished, .finished])
    #expect(Set(runs.map(\.trainKey)).count == 1)
    for run in runs.dropFirst() {
      let events = try store.events(run: run.id).map(\.text)
      #expect(events.contains { $0.hasPrefix("reuses the weights of run") }, "\(events)")
    }
    let networks = try runs.map { try RunBits($0, in: store).artifacts["network.safetensors@-1"] }
    #expect(Set(networks).count == 3 && !networks.contains(nil))
    let alone = try Workplace(experiment("[0.07]"))
    try alone.run()
    let trained = try #require(try alone.bits().values.first)
    #expect(try place.bits()["ema=0.07"] == trained)
  }

  @Test func adoptedWeightsSampleLikeTrainedOnes() throws {
    let place = try Workplace(
      Workplace.training + "sweep: {parameters: {sampling.steps: [3, 5]}}\n")
    try place.run()
    let alone = try Workplace(
      Workplace.training + "sweep: {parameters: {sampling.steps: [5]}}\n")
    try alone.run()
    let trained = try #require(try alone.bits().values.first)
    #expect(try place.bits()["steps=5"] == trained)
  }

  /// Samples on the way need the weights of every such step: whatever is in the store, a run brings what it asks for.
  @Test func whatIsDrawnOnTheWayIsTrainedFor() throws {
    let experiment =
      Workplace.training
      + "sampling: {every: 10}\nsweep: {parameters: {sampling.steps: [3, 5]}}\n"
    let place = try Workplace(experiment)
    try place.write("name: other\n" + experiment.replacing("every: 10", with: "every: 30"))
    try place.run()
    try place.write(experiment)
    let plan = try place.workbench("plan", place.file, "--no-timing")
    #expect(plan.contains("trains again, although "))
    try place.run()
    for run in try place.runs() {
      let grids = try place.store().artifacts(run: run.id).filter { $0.name.hasPrefix("samples-") }
      #expect(grids.map(\.step) == [10, 20])
    }
    let alone = try Workplace(experiment)
    try alone.run("-j", "2")
    #expect(try place.bits() == alone.bits())
  }

  /// `eval/loss` on the way is the same however samples are drawn; of another run's it is left.
  @Test func takenCurvesHoldWhatTheRunAsksFor() throws {
    let every = Workplace.training + "evaluation: {every: 10, metrics: [loss]}\n"
    let place = try Workplace(every)
    try place.run()
    try place.write(every + "sampling: {steps: 5}\n")
    #expect(
      try place.workbench("plan", place.file, "--no-timing").contains("reuses the weights of "))
    try place.run()
    let store = try place.store()
    func losses(_ experiment: String) throws -> [[Int]] {
      try store.runs(experiment: experiment).map {
        try store.history(run: $0.id, metric: "eval/loss").steps
      }
    }
    #expect(try losses("tiny") == [[10, 20, 30], [10, 20, 30]])
    try place.write("name: other\n" + Workplace.training + "evaluation: {metrics: [loss]}\n")
    try place.run()
    #expect(try losses("other") == [[30]])
  }

  @Test func forceIsANewAttemptThatReplacesPoints() throws {
    let place = try Workplace()
    try place.run()
    let store = try place.store()
    let run = try place.runs()[0]
    let bits = try place.bits()
    let times = try store.history(run: run.id, metric: "time/unix")
    try place.run("--force")
    #expect(try store.attempts(run: run.id).map(\.state) == [.finished, .finished])
    #expect(try place.bits() == bits)
    let again = try store.history(run: run.id, metric: "time/unix")
    #expect(again.steps == times.steps)
    #expect(zip(again.values, times.values).allSatisfy { $0 > $1 })
  }

  // MARK: Failing runs

  private static let oneFails =
    Workplace.training
    + "sweep: {method: list, runs: [{training.from: /nowhere/n.safetensors}, {training.seed: 1}]}\n"
  private static let why = "training.from: '/nowhere/n.safetensors' is neither a file"

  @Test func aFailedRunLeavesTheOthersAlone() throws {
    let place = try Workplace(Self.oneFails)
    let ending = try place.run(code: 1)
    #expect(ending.errors.contains(Self.why))
    #expect(ending.output.hasSuffix("\n\(place.reports)/tiny.md\n"), "the report is written")
    let runs = try place.runs()
    #expect(runs.map(\.state) == [.failed, .finished])
    #expect(runs[0].error?.contains(Self.why) == true)
    let rows = try place.json("sql", "SELECT error FROM runs WHERE state = 'failed'")
    let errors = (rows as? [String: Any])?["rows"] as? [[String]]
    #expect(errors?.count == 1 && errors?[0][0].contains(Self.why) == true)
    #expect(try place.workbench("logs", runs[0].id).contains("error: " + Self.why))

    // The next `run` tries it again, and only it.
    try place.run(code: 1)
    #expect(try runs.map { try place.store().attempts(run: $0.id).count } == [2, 1])
  }

  @Test func failFastStartsNoFurtherRun() throws {
    let place = try Workplace(Self.oneFails)
    try place.run("--fail-fast", code: 1)
    #expect(try place.runs().map(\.state) == [.failed, .queued])
    try place.run(code: 1)
    #expect(try place.runs().map(\.state) == [.failed, .finished])
  }
}
