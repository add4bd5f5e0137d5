import Foundation
import TestSupport
import Testing

/// What is half written goes with a program that is told to end.
@Suite struct InterruptedExportTests {
  /// 60 runs, which the tests here only read.
  private static let place = Result {
    let place = try Workplace()
    try place.workbench(
      "bench", "store", "--runs", "60", "--steps", "600", "--keep", place.storeFolder)
    return place
  }

  @Test(arguments: [
    ("mlflow", SIGINT), ("capsule", SIGTERM), ("csv", SIGTERM), ("jsonl", SIGINT),
    ("tensorboard", SIGTERM),
  ])
  func nothingIsLeft(format: String, signal: Int32) throws {
    let place = try Self.place.get()
    let folder = "\(place.path)/\(format)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder) }
    // Where the machine is quick, it is done before it is told.
    for round in 0..<20 {
      let target = "\(folder)/\(round)"
      let export = try place.start(["export", "large", "--format", format, "-o", target])
      while try export.isRunning && !names().contains(where: { $0.hasSuffix(".tmp") }) {
        usleep(100)
      }
      export.send(signal)
      let ending = export.wait()
      guard ending.isSignalled else {
        #expect(ending.code == 0, "\(ending.errors)")
        continue
      }
      #expect(ending.code == 128 + Int(signal))
      #expect(try names().allSatisfy { !$0.hasSuffix(".tmp") && $0 != "\(round)" })
      return
    }
    Issue.record("it was never told in time")
  }

  /// As `nohup` and shells have it, which start programs in the background.
  @Test func aSignalThatIsIgnoredStaysSo() throws {
    let place = try Self.place.get()
    let target = "\(place.path)/ignoring.jsonl"
    let export = try place.start(
      ["export", "large", "--format", "jsonl", "-o", target], shell: "trap '' INT; exec \"$@\"")
    func isUnderWay() throws -> Bool {
      try FileManager.default.contentsOfDirectory(atPath: place.path).contains {
        $0.hasPrefix("ignoring.jsonl.")
      }
    }
    while try export.isRunning && !isUnderWay() { usleep(100) }
    for _ in 0..<5 { export.send(SIGINT) }
    #expect(export.wait().code == 0)
    #expect(FileManager.default.fileExists(atPath: target))
  }
}
