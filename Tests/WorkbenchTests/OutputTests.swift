import Foundation
import Store
import TestSupport
import Testing
import Values

/// Streams that cannot be written: results that are lost are an error, messages that are lost are not.
@Suite struct OutputTests {
  private static let place = Result {
    let place = try Workplace("training: {steps: 4, batch: 4}\n")
    try place.run()
    return place
  }

  static let verbs = [
    ["runs"], ["sql", "SELECT * FROM runs", "--csv"], ["show", "last"], ["schema"], ["--help"],
    ["runs", "--help"], ["--version"], ["plan", "tiny.yaml", "--json"], ["logs", "last"],
  ]

  private func start(_ arguments: [String], _ shell: String) throws -> WorkbenchProcess.Ending {
    let place = try Self.place.get()
    return try place.start(
      arguments.map { $0 == "tiny.yaml" ? place.file : $0 }, shell: shell
    ).wait()
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")), arguments: verbs)
  func aFullDiskBehindStandardOutput(arguments: [String]) throws {
    let ending = try start(arguments, "exec \"$@\" >/dev/full")
    #expect(ending.code == 74 && !ending.isSignalled)
    #expect(
      ending.errors == "error: cannot write to standard output: No space left on device\n")
  }

  @Test(arguments: verbs) func aClosedStandardOutput(arguments: [String]) throws {
    let ending = try start(arguments, "exec \"$@\" >&-")
    #expect(ending.code == 74 && !ending.isSignalled)
    #expect(ending.errors == "error: cannot write to standard output: Bad file descriptor\n")
  }

  /// The pipe's reader is gone before anything is written.
  @Test func aReaderThatHasGone() throws {
    let ending = try start(
      ["schema"],
      "{ sleep 0.2; \"$@\"; echo code $? >&2; } | true")
    #expect(ending.errors == "code \(128 + SIGPIPE)\n", "without a word, as other programs end")
  }

  /// Relative ones of one character too, which trap in Foundation.
  @Test func shortNamesOfPlaces() throws {
    let place = try Workplace("training: {steps: 4, batch: 4}\n")
    let ending = try place.start(
      ["run", place.file, "-o", "r"], environment: ["WORKBENCH_STORE": "s"],
      shell: "cd \(place.path) && exec \"$@\""
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    for arguments in [
      ["sample", "last", "-o", "g"], ["sample", "last", "-o", "h.png", "--output", "x"],
      ["model", "x"], ["export", "last", "--format", "safetensors", "-o", "n"],
      ["export", "tiny", "--format", "csv", "-o", "c"], ["artifacts", "last", "-o", "a"],
    ] {
      let ending = try place.start(
        arguments, environment: ["WORKBENCH_STORE": "s"], shell: "cd \(place.path) && exec \"$@\""
      ).wait()
      #expect(!ending.isSignalled && ending.code != 128 + 4, "\(arguments): \(ending.errors)")
    }
    #expect(
      Set(filesBelow(place.path)).isSuperset(of: ["s/workbench.sqlite", "r/tiny.md", "n", "x"]))
  }

  @Test(arguments: ["2>/dev/full", "2>&-", "2>&1 >/dev/null | true", ">&- 2>&- <&-"])
  func lostMessagesEndNoSweep(redirection: String) throws {
    let place = try Workplace(
      "training: {steps: 4, batch: 4}\nsweep: {parameters: {training.seed: [0, 1]}}\n")
    _ = try place.start(
      ["run", place.file, "-o", place.reports], shell: "\"$@\" \(redirection); exit 0"
    ).wait()
    #expect(try place.runs().map(\.state) == [.finished, .finished])
    #expect(FileManager.default.fileExists(atPath: place.reports + "/tiny.md"))
    // No message has got into a file of the store.
    let lock = try String(contentsOfFile: place.storeFolder + "/workbench.lock", encoding: .utf8)
    #expect(lock.isEmpty)
    try place.workbench("doctor", "--deep")
  }
}
