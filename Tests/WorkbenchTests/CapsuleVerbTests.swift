import Foundation
import TestSupport
import Testing

@testable import Workbench

/// A capsule that somebody sent: asked where it lies, and its runs done again.
@Suite struct CapsuleVerbTests {
  private let place: Workplace
  private let capsule: String

  init() throws {
    place = try Workplace(
      """
      training: {steps: 4, batch: 8, log_every: 1}
      sweep: {parameters: {training.optimizer.lr: [1.0e-3, 1.0e-2]}}
      report:
        - name: losses
          plot: {y: train/loss, color: training.optimizer.lr}

      """)
    capsule = place.path + "/sent.capsule"
    #expect(try place.startRun().wait().code == 0)
    let ending = try place.start(["export", "--all", "--format", "capsule", "-o", capsule]).wait()
    #expect(ending.code == 0, "\(ending.errors)")
  }

  /// From a folder without a store, as who received it.
  private func receiver(_ arguments: String...) throws -> WorkbenchProcess.Ending {
    try place.start(arguments, environment: ["WORKBENCH_STORE": capsule]).wait()
  }

  @Test func itIsAskedWhereItLies() throws {
    let before = try Data(contentsOf: URL(filePath: capsule))
    #expect(try receiver("runs").output.split(separator: "\n").count == 3)
    #expect(try receiver("show", "best:tiny").output.contains("finished"))
    let answer = try receiver(
      "sql", "--experiment", "tiny", "SELECT count(*) AS n FROM wide WHERE \"eval/loss\" > 0")
    #expect(answer.output.contains("2"), "\(answer)")
    let report = try receiver("report", "tiny", "-o", place.path + "/theirs")
    #expect(
      report.code == 0 && FileManager.default.fileExists(atPath: place.path + "/theirs/tiny.md"))
    let figure = place.path + "/fig.svg"
    #expect(try receiver("plot", "tiny", "losses", "-o", figure).code == 0)
    // What is written would be lost.
    let tag = try receiver("tag", "best:tiny", "mine")
    #expect(tag.code == 73 && tag.errors.contains("is a capsule, which is only asked"), "\(tag)")
    #expect(try Data(contentsOf: URL(filePath: capsule)) == before)
  }

  @Test func runsAreDoneAgain() throws {
    let ending = try place.start(["verify", capsule]).wait()
    #expect(ending.code == 0 && ending.output.hasSuffix("2 runs: 2 the same bits.\n"), "\(ending)")
    let one = try place.start(["verify", capsule, "--limit", "1", "--workers", "1"]).wait()
    #expect(one.code == 0 && one.output.hasSuffix("1 run: 1 the same bits.\n"), "\(one)")
    let other = place.path + "/none.capsule"
    #expect(try place.start(["verify", other]).wait().code == 66)
  }

  /// As it was opened, with what it extends beside it.
  @Test func theExperimentsFileComesBack() throws {
    let folder = place.path + "/file"
    let ending = try place.start(
      ["export", "tiny", "--format", "experiment-file", "-o", folder]).wait()
    #expect(ending.code == 0, "\(ending)")
    for name in ["tiny.yaml", "base.yaml"] {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      #expect(try text == String(contentsOfFile: "\(place.path)/\(name)", encoding: .utf8))
    }
    #expect(
      try place.start(["export", "--format", "experiment-file", "-o", folder + "2"]).wait().code
        == 64)
    #expect(
      try place.start(["export", "tiny", "--all", "--format", "csv", "-o", folder + "2"]).wait()
        .code
        == 64)
  }
}
