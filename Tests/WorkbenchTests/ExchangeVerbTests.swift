import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

/// `export` of runs, `import`, and `bench store`.
@Suite struct ExchangeVerbTests {
  private func demo() throws -> Workplace {
    let place = try Workplace()
    try seedDemoStore(folder: place.storeFolder, incidents: true)
    return place
  }

  @Test func everyFormatIsWritten() throws {
    let place = try demo()
    for (format, name, files) in [
      ("csv", "tables", ["history.csv", "runs.csv"]), ("jsonl", "runs.jsonl", []),
      ("tensorboard", "tb", ["demo"]), ("mlflow", "mlruns", nil), ("capsule", "demo.sqlite", []),
    ] as [(String, String, [String]?)] {
      let path = "\(place.path)/\(name)"
      let ending = try place.ending(of: "export", "demo", "--format", format, "-o", path)
      #expect(ending.code == 0 && ending.output.isEmpty, "\(ending.errors)")
      #expect(ending.errors.hasSuffix("wrote \(path)\n"), "\(ending.errors)")
      let isCapsule = format == "capsule"
      #expect(ending.errors.contains(isCapsule ? "13 runs" : "12 runs"), "\(ending.errors)")
      #expect(ending.errors.contains("left out 1 run that") != isCapsule)
      if let files, !files.isEmpty {
        // The summary of TensorBoard's has a time in its name.
        let found = try FileManager.default.contentsOfDirectory(atPath: path).sorted().filter {
          !$0.hasPrefix("events.out.tfevents.")
        }
        #expect(found == files)
      }
      // A second time it is there.
      let again = try place.ending(of: "export", "demo", "--format", format, "-o", path)
      #expect(again.code == 73 && again.errors.contains("already exists"), "\(again.errors)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: place.path)
    #expect(!left.contains { $0.hasSuffix(".tmp") }, "\(left)")
  }

  @Test func errorsOfExport() throws {
    let place = try demo()
    let path = "\(place.path)/x"
    #expect(try place.ending(of: "export", "nobody", "--format", "csv", "-o", path).code == 66)
    let nowhere = "\(place.path)/none/x"
    for format in ["csv", "jsonl", "tensorboard", "mlflow", "capsule"] {
      let ending = try place.ending(of: "export", "demo", "--format", format, "-o", nowhere)
      #expect(ending.code == 73 && ending.errors.contains("cannot create"), "\(ending.errors)")
    }
    for wrong in [
      ["demo", "--format", "csv", "--raw"], ["demo", "--format", "csv", "--networks"],
      ["a", "b", "--format", "safetensors"], ["demo", "--format", "xml"], ["demo"],
      ["demo", "--format", "csv", "--layout", "tall"],
    ] {
      #expect(try place.start(["export"] + wrong + ["-o", path]).wait().code == 64)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func capsulesGoRound() throws {
    let place = try demo()
    let capsule = "\(place.path)/demo.capsule"
    try place.workbench("export", "demo", "--format", "capsule", "-o", capsule)
    let other = "\(place.path)/other"
    let first = try place.workbench("import", capsule, "--store", other)
    #expect(first == "\(capsule): 13 new\n")
    let second = try place.workbench("import", capsule, "--store", other)
    #expect(second == "\(capsule): 13 already here\n")
    let lists = try [place.storeFolder, other].map {
      try place.workbench("runs", "demo", "--json", "--store", $0)
    }
    #expect(lists[0] == lists[1])
    let document = try place.json("import", capsule, "--store", other) as? [[String: Any]]
    let runs = document?.first?["runs"] as? [[String: String]]
    #expect(runs?.count == 13 && runs?.allSatisfy { $0["outcome"] == "same" } == true)
  }

  @Test func errorsOfImport() throws {
    let place = try demo()
    #expect(try place.ending(of: "import", "\(place.path)/none").code == 66)
    let text = try place.folder.write(Array("no capsule\n".utf8), "text")
    let ending = try place.ending(of: "import", text)
    #expect(
      ending.code == 65 && ending.errors.contains("is neither a capsule nor"), "\(ending.errors)")
    let wrong = try place.ending(of: "import", text, "--conflict", "fight")
    #expect(wrong.code == 64 && wrong.errors.contains("keep"), "\(wrong.errors)")
  }

  @Test func benchStoreMeasuresAndKeepsItsStore() throws {
    let place = try Workplace()
    let folder = "\(place.path)/bench"
    let document = try #require(
      try place.json(
        "bench", "store", "--runs", "7", "--steps", "30", "--metrics", "3", "--batch", "50", "-o",
        folder) as? [String: Any])
    #expect(
      Set(document.keys) == [
        "runs", "points", "pointsPerSecond", "pointsPerCPUSecond", "pointsPerTransaction",
        "bytesPerPoint",
        "nanosecondsPerLoggedPoint", "registrationSeconds", "listSeconds", "compareSeconds",
        "reportSeconds", "planSeconds",
      ])
    #expect(document["runs"] as? Int == 7)
    for key in ["pointsPerSecond", "bytesPerPoint", "listSeconds", "reportSeconds"] {
      #expect((document[key] as? Double).map { $0 > 0 } == true, "\(key)")
    }
    let store = try RunStore(folder: folder)
    let runs = try store.runs(experiment: "large")
    #expect(runs.count == 7 && runs.allSatisfy { $0.state.isDone || $0.state == .failed })
    let points = runs.flatMap { $0.metrics.values.map(\.count) }.reduce(0, +)
    #expect(document["points"] as? Int == points && points <= 7 * 30 * 3)
    #expect(try store.tags(run: runs[0].id) == ["keep"])
    // What is there stays.
    let again = try place.ending(of: "bench", "store", "--runs", "1", "--keep", folder)
    #expect(again.code == 73 && again.errors.contains("already"), "\(again.errors)")
    #expect(try place.ending(of: "bench", "store", "--runs", "0").code == 64)
  }
}
