import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing

@testable import Exchange
@testable import Values

@Suite struct MLflowExportTests {
  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The lines of a `meta.yaml`: keys and values as written.
  private func meta(_ path: String) throws -> [String: String] {
    let lines = try text(path + "/meta.yaml").split(separator: "\n")
    return Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let colon = line.firstIndex(of: ":")!
        return (
          String(line[..<colon]), line[line.index(after: colon)...].drop { $0 == " " }.description
        )
      })
  }

  private func folders(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter {
      FileManager.default.fileExists(atPath: "\(path)/\($0)/meta.yaml")
    }.sorted()
  }

  /// The keys that `mlflow/store/tracking/file_store.py` of MLflow 3 reads and writes.
  @Test func foldersAreThoseOfTheFileStore() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: true)
      let root = folder + "/mlruns"
      let changed = try MLflowExport(ExportSelection(["demo"], store: store)).write(to: root)
      #expect(changed.isEmpty)
      let experiments = try folders(root)
      #expect(experiments.count == 1 && experiments[0].wholeMatch(of: /[1-9][0-9]{17}/) != nil)
      let experiment = "\(root)/\(experiments[0])"
      let about = try meta(experiment)
      #expect(
        about.keys.sorted() == [
          "artifact_location", "creation_time", "experiment_id", "last_update_time",
          "lifecycle_stage", "name",
        ])
      #expect(about["name"] == "\"demo\"" && about["experiment_id"] == "\"\(experiments[0])\"")
      #expect(about["creation_time"] == "1769947200000")  // 2026-02-01T12:00:00Z

      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      #expect(try folders(experiment).count == runs.count)
      for id in try folders(experiment) {
        let place = "\(experiment)/\(id)"
        let run = try #require(runs.first { $0.id == (try? text("\(place)/tags/workbench.run")) })
        #expect(id.wholeMatch(of: /[0-9a-f]{32}/) != nil && run.id.hasPrefix(id.prefix(16)))
        let about = try meta(place)
        #expect(
          about.keys.sorted() == [
            "artifact_uri", "end_time", "entry_point_name", "experiment_id", "lifecycle_stage",
            "run_id", "run_name", "run_uuid", "source_name", "source_type", "source_version",
            "start_time", "status", "tags", "user_id",
          ])
        #expect(about["run_id"] == "\"\(id)\"" && about["run_uuid"] == "\"\(id)\"")
        #expect(about["run_name"] == "\"\(run.label!)\"")
        let status = [RunState.finished: "3", .failed: "4", .queued: "2"][run.state]
        #expect(about["status"] == status && about["lifecycle_stage"] == "\"active\"")
        #expect((about["end_time"] == "null") == (run.ended == nil))
        #expect(
          about["artifact_uri"]?.hasSuffix("/mlruns/\(experiments[0])/\(id)/artifacts\"") == true)
        for (path, value) in run.parameters {
          #expect(try text("\(place)/params/\(path)") == value.text)
        }
        for name in run.metrics.keys {
          let history = try store.history(run: run.id, metric: name)
          let lines = try text("\(place)/metrics/\(name)").split(separator: "\n").map {
            $0.split(separator: " ")
          }
          #expect(lines.allSatisfy { $0.count == 3 && Int($0[0]) != nil })
          #expect(lines.map { Int($0[2]) } == history.steps)
          let values = lines.map { Double(String($0[1])).map { $0.isNaN ? 0x7ff8 : $0.bitPattern } }
          #expect(values == history.values.map { $0.isNaN ? 0x7ff8 : $0.bitPattern })
        }
        for artifact in try store.artifacts(run: run.id) {
          let bytes = FileManager.default.contents(
            atPath: "\(place)/artifacts/\(artifact.fileName)")
          #expect(try bytes.map { [UInt8]($0) } == store.content(sha256: artifact.sha256))
        }
      }
    }
  }

  /// What `validate_param_and_metric_name` and `path_not_unique` of MLflow's `utils/validation.py`
  /// let pass.
  private func isAllowed(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return !name.isEmpty && name.unicodeScalars.count <= 250
      && parts.allSatisfy { !["", ".", ".."].contains($0) && $0.utf8.count <= 255 }
      && name.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "/_.- ".unicodeScalars.contains($0)
      }
  }

  /// The name again, as a reader of the export has it: every escape replaced, from left to right.
  private func original(_ mapped: String) -> String {
    mapped.replacing(/_u([0-9a-f]*)_/.matchingSemantics(.unicodeScalar)) { escape in
      UInt32(escape.1, radix: 16).flatMap(Unicode.Scalar.init).map { String($0) } ?? ""
    }
  }

  @Test func namesAreMappedAndTakenBack() {
    let names = MLflowNames(hostileNames)
    #expect(Set(names.mapped.values).count == hostileNames.count)
    for name in hostileNames {
      let mapped = names[name]
      #expect(isAllowed(mapped), "\(mapped)")
      if name.count <= 100 { #expect(original(mapped) == name, "\(mapped)") }
    }
    #expect(names["a|b"] == "a_u7c_b")
    #expect(names["x_u7c_y"] == "x_u5f_u7c_y")
    // `..` is the folder of `../escape`, `train` that of `train/../…`.
    #expect(names[".."] == "_u2e__u2e__u_" && names["train"] == "train_u_")
    #expect(MLflowNames([".."])[".."] == "_u2e__u2e_")
    #expect(MLflowNames(["nul\0"])["nul\0"] == "nul_u0_")
    #expect(names["a//b"] == "a/_u_/b")
    #expect(names["ünïcödé"] == "ünïcödé")
    #expect(names.changed["a_u7c_b"] == "a|b" && names.changed["ünïcödé"] == nil)
  }

  /// Lengths are those of Python's texts: code points, of which a letter that is seen may have many.
  @Test func textsAreCutByCodePoints() {
    let family = "👨‍👩‍👧‍👦"  // seven
    #expect(MLflowLimits.cut(family + "x", to: 8).unicodeScalars.count == 8)
    let long = String(repeating: family, count: 1000)
    #expect(MLflowLimits.cut(long, to: 250).unicodeScalars.count == 250)
    #expect(MLflowRun.text(.string(long)).unicodeScalars.count == 6000)
    #expect(MLflowLimits.cut("abc", to: 250) == "abc")
  }

  /// Any two names stay two names: scalars that matter, at random.
  @Test(arguments: 0..<200) func mappingIsReversible(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    let letters = Array("_u57c/.. -a|\u{0}é🙂")
    let names = (0..<20).map { _ in
      String(
        (0..<Int(random.next() % 9)).map { _ in letters[Int(random.next() % UInt64(letters.count))]
        })
    }
    let mapped = MLflowNames(names)
    for name in names {
      #expect(original(mapped[name]) == name, "\(name.debugDescription)")
      #expect(isAllowed(mapped[name]), "\(name.debugDescription) \(mapped[name])")
    }
    let folders = Set(
      names.flatMap { name -> [String] in
        let parts = mapped[name].split(separator: "/")
        return (1..<max(1, parts.count)).map { parts.prefix($0).joined(separator: "/") }
      })
    #expect(folders.isDisjoint(with: names.map { mapped[$0] }))
  }

  @Test func hostileNamesStayInside() throws {
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/runs")
      let root = folder + "/mlruns"
      let changed = try MLflowExport(ExportSelection(["hostile"], store: store)).write(to: root)
      #expect(changed["a_u7c_b"] == "a|b" && changed["odd.a_u7c_b"] == "odd.a|b")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["mlruns", "runs"])
      let experiment = try "\(root)/\(folders(root)[0])"
      let ids = try folders(experiment)
      #expect(ids.count == hostileNames.count)
      for id in ids {
        let place = "\(experiment)/\(id)"
        // A line a key: nothing got out of its quotes.
        #expect(try meta(place).count == 15)
        for kind in ["params", "metrics", "tags"] {
          for name in try FileManager.default.subpathsOfDirectory(atPath: "\(place)/\(kind)") {
            #expect(isAllowed(name), "\(name.debugDescription)")
          }
        }
        for name in try FileManager.default.subpathsOfDirectory(atPath: "\(place)/params") {
          let content = FileManager.default.contents(atPath: "\(place)/params/\(name)")
          #expect(content?.contains(UInt8(ascii: "\n")) != true, "\(name)")
        }
      }
      let place = try #require(
        ids.map { "\(experiment)/\($0)" }.first {
          (try? text("\($0)/tags/workbench.error")) == "a|b"
        })
      let lines = try text("\(place)/metrics/a_u7c_b").split(separator: "\n")
      #expect(
        lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
          == ["NaN 1", "-Infinity 2", "0.1 7"])
      let told = try text("\(place)/artifacts/workbench/names.json")
      #expect(told.contains(#""metrics":{"a_u7c_b":"a|b"}"#), "\(told)")
    }
  }
}
