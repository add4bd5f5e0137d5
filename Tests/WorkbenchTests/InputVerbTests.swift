import Foundation
import Store
import TestSupport
import Testing
import Values

/// Files that settings name, changed under the program.
@Suite struct InputVerbTests {
  private static func images(_ place: Workplace) -> String {
    """
    data: {source: npy, path: \(place.path)/images.npy, size: 8}
    conditioning: {kind: none}
    evaluation: {metrics: [loss]}
    training: {steps: 6, batch: 8}
    sweep: {repeat: {training.seed: 2}}

    """
  }

  private func place() throws -> Workplace {
    let place = try Workplace()
    try place.write(Self.images(place))
    return place
  }

  /// Images (40, 8, 8) of bytes.
  private func writeImages(_ value: UInt8, in place: Workplace) throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 8, 8), }"
    let text = Array(header.utf8) + [UInt8](repeating: 32, count: 117 - header.utf8.count) + [10]
    let pixels = (0..<40 * 64).map { UInt8(truncatingIfNeeded: $0 * 7 + Int(value)) }
    try place.folder.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0] + text + pixels, "images.npy")
  }

  /// Planned with some data, the runs' processes find others: they fail, nothing of them counts, and the next `run` plans
  /// with what is there.
  @Test func dataThatChangeUnderWay() throws {
    let place = try place()
    try writeImages(1, in: place)
    // Plans, and executes nothing.
    try place.workbench("report", place.file, "-o", place.reports)
    let planned = try place.runs().map(\.id)
    try writeImages(2, in: place)
    let ending = try place.start(["execute-run", planned[0]]).wait()
    #expect(ending.code == 93)
    #expect(ending.errors.hasPrefix("error: the data changed since this run was planned (content "))
    #expect(try place.runs().map(\.state) == [.failed, .queued])
    #expect(try place.workbench("logs", planned[0]).contains("error: the data changed since"))

    try place.run()
    let runs = try place.runs().filter { !$0.isOrphan }
    #expect(Set(runs.map(\.id)).isDisjoint(with: planned))
    #expect(runs.map(\.state) == [.finished, .finished])

    try writeImages(1, in: place)
    let text = try place.workbench("plan", place.file, "--no-timing")
    #expect(text.hasPrefix("tiny: 2 runs: 1 new, 1 failed; 2 orphans\n"))
  }

  @Test func planSaysWhyARunIsNew() throws {
    let place = try place()
    try writeImages(1, in: place)
    try place.run()
    let ids = try place.runs().map { String($0.id.prefix(8)) }
    try writeImages(2, in: place)
    let text = try place.workbench("plan", place.file, "--no-timing")
    #expect(text.contains("\nseed=0: its data changed since run \(ids[0])\n"))
    #expect(text.contains("\nseed=1: its data changed since run \(ids[1])\n"))
    let document = try #require(try place.json("plan", place.file) as? [String: Any])
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(runs[0]["reason"] as? String == "its data changed since run \(ids[0])")

    // Two runs that one change of the file concerns share a line.
    try writeImages(1, in: place)
    try place.write(Self.images(place).replacing("steps: 6", with: "steps: 6, ema: 0.9"))
    #expect(
      try place.workbench("plan", place.file, "--no-timing")
        .contains("\nseed=0 and 1 more: changed: training.ema was none, is 0.9\n"))
  }

  @Test func whatARunBeginsWithIsShown() throws {
    let place = try Workplace()
    try place.run()
    let base = try place.runs()[0].id
    let network = "the network of run \(base.prefix(8)) (tiny/tiny)"
    try place.write("name: more\n" + Workplace.training.replacing("ema", with: "from: last, ema"))
    try place.run()
    let run = try place.store().runs(experiment: "more")[0].id
    let page = try place.workbench("show", run)
    #expect(page.contains("\nInputs\n"))
    #expect(page.contains("  training.from  \(network)  "))
    let inputs = try #require(
      (try place.json("show", run) as? [String: Any])?["inputs"] as? [[String: Any]])
    #expect(inputs.map { $0["name"] as? String } == ["data", "held_out", "training.from"])
    #expect(inputs[2]["run"] as? String == base)
    let hash = try #require(inputs[2]["sha256"] as? String)
    #expect(
      try place.workbench("logs", run).contains(
        "training begins with \(network), content \(hash.prefix(8))\n"))
    let report = String(decoding: try place.contents("reports/more.md"), as: UTF8.self)
    #expect(
      report.contains("| `training.from` | \(network), content \(hash.prefix(8)) |"))
    let rows = try place.json("sql", "SELECT source FROM inputs WHERE name = 'training.from'")
    #expect((rows as? [String: Any])?["rows"] as? [[String]] == [[base]])
    // Nothing is done again.
    try place.run()
    #expect(try place.store().attempts(run: run).count == 1)
  }

  @Test func missingDataAreSaidByTheirKey() throws {
    let place = try Workplace()
    let ending = try place.ending(
      of: "plan", place.file, "data.source=npy", "data.path=/no/such.npy",
      "conditioning.kind=none", "evaluation.metrics=[loss]")
    #expect(ending.code == 66)
    #expect(ending.errors.hasPrefix("error: data.path: /no/such.npy: No such file"))
  }

  /// What the file names may be gone when the runs are there.
  @Test func aReportNeedsNoFile() throws {
    let place = try Workplace()
    try place.run()
    try place.write(Workplace.training.replacing("ema", with: "from: nobody, ema"))
    let ending = try place.ending(of: "report", place.file, "-o", place.reports)
    #expect(ending.code == 66)
    #expect(
      ending.errors.hasSuffix(
        "\n  hint: 'workbench report tiny' reports what the store has, without the file\n"))
    try place.workbench("report", "tiny", "-o", place.reports)
  }

  @Test func aNameThatMeansNothingIsSaidAtOnce() throws {
    let place = try Workplace(Workplace.training.replacing("ema", with: "from: nobody, ema"))
    for verb in ["plan", "run"] {
      let ending = try place.ending(of: verb, place.file)
      #expect(ending.code == 66)
      #expect(
        ending.errors
          == "error: training.from: 'nobody' is neither a file nor a run of this store\n")
    }
    #expect(!FileManager.default.fileExists(atPath: place.storeFolder))
  }
}
