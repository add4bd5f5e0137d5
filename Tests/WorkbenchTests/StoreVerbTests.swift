import ArgumentParser
import Foundation
import Reports
import Store
import StoreTestSupport
import TestSupport
import Testing

@testable import Workbench

/// Whole answers of the verbs that read the store, over the demo store.
@Suite struct StoreVerbTests {
  private func withDemo(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0, incidents: true)) }
  }

  private func runs(_ store: RunStore, _ arguments: String...) throws -> String {
    try RunsCommand.parse(arguments).output(store)
  }

  private func compare(_ store: RunStore, _ arguments: String...) throws -> String {
    try CompareCommand.parse(arguments).output(store)
  }

  private func sql(_ store: RunStore, _ arguments: String...) throws -> String {
    let command = try SQLCommand.parse(arguments)
    return try command.output(try #require(command.query), store)
  }

  private func expect(_ answer: String, is text: String) {
    #expect(answer == text)
  }

  /// The exit code that the program would end with.
  private func code(_ body: () throws -> String) -> Int32? {
    do {
      _ = try body()
      return nil
    } catch {
      return Failure(error)?.code.rawValue ?? Workbench.exitCode(for: error).rawValue
    }
  }

  // MARK: runs

  @Test func runsAreListed() throws {
    try withDemo { store in
      expect(
        try runs(store, "demo", "--where", "training.seed == 1 or state == 'queued'"),
        is: """
          id        experiment  label                              state                 step  seed   time  eval/frechet_pca64  train/loss
          d124fc42  demo        kind=linear,precision=fp32,seed=1  finished               200     1  5.0 s               12.61      0.1072
          72887440  demo        kind=linear,precision=bf16,seed=1  finished               200     1  5.0 s               12.78      0.1078
          a113e023  demo        kind=cosine,precision=fp32,seed=1  finished               200     1  5.0 s               8.841      0.1164
          b2c2a936  demo        kind=cosine,precision=bf16,seed=1  failed           70 of 200     1  4.0 s                   –         NaN
          58f9cb88  demo        kind=cosine,precision=bf16,seed=2  queued            0 of 200     2      –                   –           –
          3285ff46  demo        kind=sqrt,precision=fp32,seed=0    queued (orphan)   0 of 200     0      –                   –           –

          """)
    }
  }

  /// What is no longer in the file, what takes the room, and how far it is.
  @Test func orphansSizesAndProgress() throws {
    try withDemo { store in
      let orphans = try runs(store, "--where", "orphan", "--columns", "id,bytes,left", "--csv")
      let lines = orphans.split(separator: "\n")
      #expect(lines.count == 2 && lines[0] == "\"id\",\"bytes\",\"left\"")
      #expect(lines.last?.hasPrefix("\"3285ff46") == true && lines.last?.hasSuffix(",0,") == true)
      let none = try runs(store, "--where", "orphan and state == 'finished'", "--columns", "id")
      #expect(none.split(separator: "\n").count == 1)
      let sizes = try runs(store, "demo", "--state", "finished", "--columns", "bytes", "--csv")
        .split(separator: "\n").dropFirst().compactMap { Int($0) }
      #expect(!sizes.isEmpty && sizes.allSatisfy { $0 > 0 })
    }
  }

  @Test func runsAreSortedAndChosen() throws {
    try withDemo { store in
      func first(_ arguments: String...) throws -> [Substring] {
        try RunsCommand.parse(arguments).output(store).split(separator: "\n").dropFirst()
          .map { $0.prefix(8) }
      }
      let byLoss = try first("demo", "--sort", "eval/loss")
      #expect(byLoss.prefix(2) == ["4d91e977", "611e11e6"])
      // What has no value stays last.
      let reversed = try first("demo", "--sort", "eval/loss", "--reverse")
      #expect(reversed.first == "a113e023")
      #expect(Set(byLoss.suffix(3)) == Set(reversed.suffix(3)))
      #expect(try first("--state", "failed", "--state", "queued").count == 3)
      #expect(try first("--sort", "diffusion.schedule.kind").first == "7ca5c674", "cosine first")
      #expect(code { try runs(store, "demo", "--sort", "none") } == 65)
      #expect(code { try runs(store, "demo", "--where", "nothing > 1") } == 65)
      #expect(code { try runs(store, "demo", "--where", "1 +") } == 65)
      #expect(code { try runs(store, "none") } == 66)
      #expect(code { try runs(store, "--state", "dead") } == 64)
      #expect(code { try runs(store, "--json", "--csv") } == 64)
    }
  }

  @Test func runsInJSONHaveTheFieldsOthersRelyOn() throws {
    try withDemo { store in
      let text = try runs(store, "demo", "--json")
      let document = try JSONSerialization.jsonObject(with: Data(text.utf8))
      let list = try #require(document as? [[String: Any]])
      #expect(list.count == 13)
      #expect(
        Set(list[0].keys).isSuperset(of: [
          "id", "experiment", "label", "state", "created", "ended", "seed", "step", "metrics",
          "parameters",
        ]))
      #expect(list.allSatisfy { $0.keys == list[0].keys }, "every field is always there")
      let metrics = try #require(list[10]["metrics"] as? [String: [String: Any]])
      #expect(metrics["train/loss"]?["last"] as? String == "NaN")
      #expect(metrics["train/loss"]?["lastStep"] as? Int == 70)
      #expect(
        metrics["train/loss"].map { Set($0.keys) } == ["last", "lastStep", "min", "max"])
      let parameters = try #require(list[0]["parameters"] as? [String: Any])
      #expect(parameters["training.optimizer.betas"] as? [Double] == [0.9, 0.999])
      #expect(parameters["training.steps"] as? Int == 200)
      #expect(parameters["sampling.clip"] as? Bool == true)
      #expect(list[11]["ended"] is NSNull)
    }
  }

  // MARK: compare

  @Test func compareShowsWhatDiffersAgainstWhatCameOut() throws {
    try withDemo { store in
      expect(
        try compare(store, "demo", "--metric", "eval/frechet_pca64", "--metric", "eval/loss"),
        is: """
          best  diffusion.schedule.kind  training.precision  eval/frechet_pca64        eval/loss  n  missing  failed
                linear                   fp32                        12.1 ± 1.2  0.1012 ± 0.0016  3        0       0
                linear                   bf16                        12.3 ± 1.2  0.1010 ± 0.0016  3        0       0
                cosine                   fp32                         8.3 ± 1.2  0.1118 ± 0.0016  3        0       0
          best  cosine                   bf16                             8.050           0.1110  1        1       1

          """)
      expect(
        try compare(
          store, "demo", "--by", "training.precision", "--metric", "eval/loss", "--markdown"),
        is: """
          | training.precision | eval/loss | n | missing | failed |
          | --- | ---: | ---: | ---: | ---: |
          | fp32 | 0.1065 ± 0.0016 | 3 | 0 | 0 |
          | bf16 | 0.1057 | 1 | 1 | 1 |

          """)
      // Two precisions of one seed are no two seeds.
      expect(
        try compare(
          store, "demo", "--by", "diffusion.schedule.kind", "--where", "seed == 0", "--metric",
          "eval/loss", "--markdown"),
        is: """
          | diffusion.schedule.kind | eval/loss | n | missing | failed |
          | --- | ---: | ---: | ---: | ---: |
          | linear | 0.1005 | 1 | 0 | 0 |
          | cosine | 0.1111 | 1 | 0 | 0 |

          """)
      let csv = try compare(store, "demo", "--metric", "eval/loss", "--csv")
      #expect(
        csv.hasPrefix(
          #""diffusion.schedule.kind","training.precision","eval/loss","eval/loss ±","n","missing","#
            + "\"failed\"\n"))
      #expect(csv.hasSuffix("\"cosine\",\"bf16\",0.111,,1,1,1\n"))
      let all = try compare(store, "demo", "--json")
      let document = try JSONSerialization.jsonObject(with: Data(all.utf8)) as? [String: Any]
      let rows = try #require(document?["rows"] as? [[String: Any]])
      #expect(rows.map { $0["best"] as? Bool } == [false, false, false, true])
      #expect(rows.map { $0["failed"] as? Int } == [0, 0, 0, 1])
      #expect(code { try compare(store, "none") } == 66)
      #expect(code { try compare(store, "demo", "--by", "none") } == 65)
      #expect(code { try compare(store, "demo", "--metric", "none") } == 65)
      #expect(code { try compare(store) } == 64)
    }
  }

  @Test func runsByNameAreComparedToo() throws {
    try withDemo { store in
      let ids = demoRuns().map { String($0.id.prefix(10)) }
      expect(
        try compare(store, ids[0], ids[3], ids[0], "--metric", "eval/loss"),
        is: """
          training.precision  eval/loss  n  missing  failed
          fp32                   0.1005  1        0       0
          bf16                   0.1004  1        0       0

          """)
    }
  }

  // MARK: show, diff, logs

  @Test func diffSaysWhereRunsPart() throws {
    try withDemo { store in
      let ids = demoRuns().map(\.id)
      expect(
        try DiffCommand.parse([ids[0], ids[10]]).output(store),
        is: """
          a  611e11e6  demo/kind=linear,precision=fp32,seed=0
          b  b2c2a936  demo/kind=cosine,precision=bf16,seed=1

          Settings
            key                      a       b
            diffusion.schedule.kind  linear  cosine
            training.precision       fp32    bf16
            training.seed            0       1

          Code and environment: no difference

          Metrics
            metric                   differs from step  steps in both  last a  last b
            speed/images_per_second                 10              7   388.2   621.1
            time/seconds                            10              7   32.82   7.226
            train/loss                              10              7  0.1055     NaN

          Only in a: eval/class_agreement, eval/frechet_pca64, eval/loss

          """)
      let same = try DiffCommand.parse([ids[0], ids[0]]).output(store)
      #expect(same.contains("Settings: no difference\n"))
      #expect(same.contains("train/loss                           never"))
      #expect(code { try DiffCommand.parse([ids[0], "none"]).output(store) } == 66)
    }
  }

  @Test func showHasEverySection() throws {
    try withDemo { store in
      let run = demoRuns()[0].id
      try store.addTags(["good"], run: run)
      try store.addNote("a\u{1B}[31mb\nc", run: run)
      let page = try ShowCommand.parse(["demo/\(demoRuns()[0].label)"]).output(store)
      for line in [
        "run         \(run)\n", "state       finished\n",
        "\nSettings (* swept)\n    data.size                 32\n",
        "\n  * training.seed             0\n",
        "\n  train/loss               0.1055      200  0.1005      180   0.7714       10      20    0\n",
        "\n  samples   200  image/png  6.1 KiB  96×64   adf00ac4421b\n",
        "\nEnvironment\n  cpu.cores        2\n", "\nTags\n  good\n", "Z  a[31mb c\n",
        "\nEvents\n  2026-02-01T12:00:28.000Z  training 200 steps of 64 images\n",
      ] {
        #expect(page.contains(line), "\(line)")
      }
      let json = try ShowCommand.parse([run, "--json"]).output(store)
      let document = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      #expect(document?["tags"] as? [String] == ["good"])
      #expect((document?["notes"] as? [[String: String]])?.first?["text"] == "a\u{1B}[31mb\nc")
    }
  }

  @Test func logsAreEventsAsTheyCame() throws {
    try withDemo { store in
      let events = try store.events(run: demoRuns()[10].id)
      #expect(
        events.map(LogsCommand.line).joined() == """
          2026-02-01T12:01:28.000Z  training 200 steps of 64 images
          2026-02-01T12:01:30.000Z  error: the loss is not a number at step 70

          """)
    }
  }

  // MARK: sql

  @Test func sqlAnswersInEveryFormat() throws {
    try withDemo { store in
      let query = """
        SELECT label, "eval/loss" AS "loss|it" FROM wide WHERE seed = 0 AND "training.precision" = 'bf16'
        """
      expect(
        try sql(store, query, "--experiment", "demo"),
        is: """
          label                                          loss|it
          kind=linear,precision=bf16,seed=0  0.10036363636363636
          kind=cosine,precision=bf16,seed=0                0.111

          """)
      expect(
        try sql(store, query, "--experiment", "demo", "--csv"),
        is: """
          "label","loss|it"
          "kind=linear,precision=bf16,seed=0",0.10036363636363636
          "kind=cosine,precision=bf16,seed=0",0.111

          """)
      expect(
        try sql(store, query, "--experiment", "demo", "--markdown"),
        is: """
          | label | loss\\|it |
          | --- | ---: |
          | kind=linear,precision=bf16,seed=0 | 0.10036363636363636 |
          | kind=cosine,precision=bf16,seed=0 | 0.111 |

          """)
      let json = try sql(store, "SELECT 1 AS a, NULL AS b, 9e999 AS c, 'x' AS d", "--json")
      let compact = json.filter { !$0.isWhitespace }
      #expect(compact == #"{"columns":["a","b","c","d"],"rows":[[1,null,"Infinity","x"]]}"#)
      #expect(code { try sql(store, "DELETE FROM run") } == 65)
      #expect(code { try sql(store, "SELECT nothing") } == 65)
      #expect(code { try sql(store, "SELECT 1", "--experiment", "none") } == 66)
      #expect(code { try sql(store) } == 64)
    }
  }

  @Test func sqlDescribesItself() throws {
    let text = try SQLCommand.parse(["--schema"]).description()
    for view in StoreDocumentation.current.views {
      #expect(text.contains("\n  \(view.name) "), "\(view.name)")
    }
    for example in StoreDocumentation.current.examples {
      #expect(text.contains("-- \(example.question)\n"))
    }
  }

  // MARK: artifacts, tag, note

  @Test func artifactsAreWrittenUnderSafeNames() throws {
    try withDemo { store in
      let run = demoRuns()[0].id
      for name in ["../../etc/passwd", "/abs", "samples", "SAMPLES", ".hidden", "", "a\u{1}b\nc"] {
        try store.saveArtifact(
          run: run, name: name, mediaType: "text/plain", bytes: Array(name.utf8))
      }
      try store.saveReport(
        experiment: "demo",
        files: [
          ReportFile(name: "demo.md", mediaType: "text/markdown", bytes: Array("# x".utf8)),
          ReportFile(name: "../img/a.svg", mediaType: "image/svg+xml", bytes: [1]),
        ])
      let out = store.folder + "/out"
      let text = try ArtifactsCommand.parse([run, "-o", out]).output(store)
      let paths = text.split(separator: "\n").map { String($0.dropFirst(out.count + 1)) }
      #expect(
        Set(paths) == [
          "_.txt", "_.._.._etc_passwd.txt", "_.hidden.txt", "_abs.txt", "SAMPLES.txt",
          "2-samples.txt", "a_b_c.txt", "samples-200.png", "report-demo/demo.md",
          "report-demo/_../img/a.svg",
        ])
      for path in paths {
        #expect(FileManager.default.fileExists(atPath: out + "/" + path))
      }
      #expect(
        FileManager.default.contents(atPath: out + "/report-demo/demo.md") == Data("# x".utf8))
      #expect(
        code { try ArtifactsCommand.parse([run, "-o", store.databasePath + "/x"]).output(store) }
          == 73)
    }
  }

  @Test func tagsAndNotes() throws {
    try withDemo { store in
      #expect(try TagCommand.parse(["last", "b", "a"]).output(store) == "a\nb\n")
      #expect(try TagCommand.parse(["last", "a", "--remove"]).output(store) == "b\n")
      #expect(try TagCommand.parse(["last", "--json"]).output(store).contains("\"b\""))
      #expect(code { try TagCommand.parse(["last", "x", "--remove"]).output(store) } == 66)
      #expect(code { try TagCommand.parse(["last", "a b"]).output(store) } == 64)
      #expect(code { try TagCommand.parse(["last", "--remove"]).output(store) } == 64)
      let note = try NoteCommand.parse(["last", "looks\u{7} odd"]).output(store)
      #expect(note.hasSuffix("Z  looks odd\n"))
      #expect(code { try NoteCommand.parse(["last", "  "]).output(store) } == 64)
    }
  }
}
