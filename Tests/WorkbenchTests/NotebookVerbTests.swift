import ArgumentParser
import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Workbench

/// `report` of files with cells, as a shell starts it.
@Suite struct NotebookVerbTests {
  private static func document(_ claim: String) -> String {
    """
    ---
    name: note
    data: {source: shapes, size: 8, limit: 64}
    model: {levels: 2, base_channels: 8, time_embedding: {dim: 16}}
    diffusion: {steps: 100}
    training: {steps: 3, batch: 8}
    sampling: {sampler: ddim, steps: 3, count: 4}
    evaluation: {images: 8}
    ---

    # A note

    {{ count(runs where state == "finished") }} of {{ count(runs) }} done.

    ```{assert}
    \(claim)
    ```
    """
  }

  private let folder: TemporaryFolder
  private var file: String { folder.path + "/note.md" }
  private var page: String { folder.path + "/out/note.md" }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func report(_ arguments: String...) throws -> WorkbenchProcess.Ending {
    try WorkbenchProcess(
      ["report"] + arguments + ["--store", folder.path + "/runs", "-o", folder.path + "/out"],
      folder: folder.path, environment: [:]
    ).wait()
  }

  @Test func checkGuardsAConclusion() throws {
    for (claim, verdict, reason, code) in [
      ("count(runs) == 1", "HOLDS", "", 0), ("count(runs) == 2", "FAILS", "", 1),
      ("mean('eval/loss') < 1", "UNDECIDED", " (no run that is looked at has a value)", 0),
    ] {
      try folder.write(Array(Self.document(claim).utf8), "note.md")
      let checked = try report(file, "--check")
      #expect(checked.code == code)
      #expect(checked.output == "\(verdict): \(claim)\(reason)\n0 of 1 runs finished.\n\(page)\n")
      // Without being asked, a claim is no failure.
      #expect(try report(file).code == 0)
    }
  }

  /// A diverged run lets no guard pass; what is merely undecided does, unless it is told not to.
  @Test func checkFailsOnWhatIsNotANumber() throws {
    func write(_ claim: String, rate: String) throws {
      let text = Self.document(claim).replacing(
        "training: {steps: 3, batch: 8}",
        with: "training: {steps: 12, batch: 8, log_every: 1, optimizer: {lr: \(rate)}}")
      try folder.write(Array(text.utf8), "note.md")
    }
    let claim = "max('train/loss') < 5"
    try write(claim, rate: "1.0e+30")
    #expect(
      try WorkbenchProcess(
        ["run", file, "--store", folder.path + "/runs", "-o", folder.path + "/out"],
        folder: folder.path, environment: [:]
      ).wait().code == 1)
    let checked = try report(file, "--check")
    #expect(checked.code == 1)
    #expect(
      checked.output
        == "UNDECIDED: \(claim) (a value is not a number)\n0 of 1 runs finished.\n\(page)\n")
    #expect(try report(file).code == 0)
    let json = try report(file, "--json").output
    #expect(json.contains(#""reason" : "a value is not a number""#))
    // Frozen, it is no more a number.
    #expect(try report(file, "--frozen").code == 0)
    #expect(try report(folder.path + "/out/note/frozen.json", "--check").code == 1)
    try FileManager.default.removeItem(atPath: folder.path + "/out")
    // One seed: undecided, and no more.
    try write("mean('speed/images_per_second') < 1", rate: "1.0e+30")
    #expect(try report(file, "--check").code == 0)
    #expect(try report(file, "--check", "--strict").code == 1)
    #expect(try report(file, "--strict").code == 64)
  }

  @Test func everyVerbTakesADocument() throws {
    try folder.write(Array(Self.document("count(runs) == 1").utf8), "note.md")
    func run(_ arguments: [String]) throws -> WorkbenchProcess.Ending {
      try WorkbenchProcess(arguments, folder: folder.path, environment: [:]).wait()
    }
    let store = ["--store", folder.path + "/runs"]
    #expect(try run(["check", file]).output == "\(file): OK, 1 run, 2 cells\n")
    #expect(try run(["plan", file] + store).output.hasPrefix("note: 1 run: 1 new\n"))
    let done = try run(["run", file, "-o", folder.path + "/out"] + store)
    #expect(done.output == "HOLDS: count(runs) == 1\n1 of 1 runs finished.\n\(page)\n")
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("\n1 of 1 done.\n"))
    // By name, from the store alone.
    #expect(try report("note").output == done.output)
  }

  @Test func frozenNeedsNoStore() throws {
    try folder.write(Array(Self.document("count(runs) == 2").utf8), "note.md")
    #expect(try report(file, "--frozen").code == 0)
    let frozen = try String(contentsOfFile: page, encoding: .utf8)
    #expect(frozen.hasPrefix("# A note\n\n> [!NOTE]\n> Frozen: "))
    // Nobody writes over it without being told to.
    let refused = try report(file)
    #expect(refused.code == 73 && refused.errors.contains("note.md' is a frozen report"))
    #expect(try String(contentsOfFile: page, encoding: .utf8) == frozen)
    #expect(try report(file, "--frozen").code == 0)
    try FileManager.default.moveItem(
      atPath: folder.path + "/out", toPath: folder.path + "/kept")
    try FileManager.default.removeItem(atPath: folder.path + "/runs")
    let again = try report(folder.path + "/kept/note/frozen.json", "--check")
    #expect(again.code == 1)
    #expect(try String(contentsOfFile: page, encoding: .utf8) == frozen)
  }

  @Test func watchFollowsTheRuns() async throws {
    try folder.write(Array(Self.document("count(runs) == 1").utf8), "note.md")
    let process = try WorkbenchProcess(
      ["report", file, "--watch", "--store", folder.path + "/runs", "-o", folder.path + "/out"],
      folder: folder.path, environment: [:])
    func wait(for text: String) async throws {
      // Until it is there; a process that hangs ends the test by its own patience.
      while process.isRunning,
        (try? String(contentsOfFile: page, encoding: .utf8))?.contains(text) != true
      {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    try await wait(for: "0 of 1 done.")
    let store = try RunStore(folder: folder.path + "/runs")
    let run = try store.runs()[0].id
    try store.beginAttempt(run: run, environment: [:])
    try store.finishAttempt(run: run, state: .finished)
    try await wait(for: "1 of 1 done.")
    // And the file.
    try folder.write(
      Array(Self.document("count(runs) == 1").replacing("A note", with: "Another").utf8), "note.md")
    try await wait(for: "# Another")
    process.send(SIGINT)
    let ending = process.wait()
    #expect(ending.code == 130 && !ending.isSignalled)
    #expect(ending.output.contains("changed: markdown-1\n"))
  }
}
