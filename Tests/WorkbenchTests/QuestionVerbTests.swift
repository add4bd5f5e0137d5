import ArgumentParser
import Foundation
import Images
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Workbench

/// Whole answers of the verbs that ask questions and keep the store in order.
@Suite struct QuestionVerbTests {
  private func withDemo(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0)) }
  }

  private let ids = demoRuns().map(\.id)

  private func code(_ body: () throws -> String) -> Int32? {
    do {
      _ = try body()
      return nil
    } catch {
      return Failure(error)?.code.rawValue ?? Workbench.exitCode(for: error).rawValue
    }
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func compareAgainstABaseline() throws {
    try withDemo { store in
      let arguments = ["demo", "--baseline", "linear", "--metric", "eval/frechet_pca64"]
      let text = try CompareCommand.parse(arguments).output(store)
      let lines = text.split(separator: "\n")
      #expect(lines[0].contains("Δ eval/frechet_pca64  verdict   more seeds  n  missing  failed"))
      #expect(lines[1].contains("  baseline "))
      #expect(lines[3].contains(" better ") && lines[4].contains(" better "))
      let csv = try CompareCommand.parse(arguments + ["--csv"]).output(store)
      #expect(
        csv.hasPrefix(
          [
            "best", "diffusion.schedule.kind", "training.precision", "eval/frechet_pca64",
            "eval/frechet_pca64 ±", "Δ eval/frechet_pca64", "Δ eval/frechet_pca64 ±", "verdict",
            "more seeds", "n", "missing", "failed",
          ].map { "\"\($0)\"" }.joined(separator: ",") + "\n"))
      let document = try object(CompareCommand.parse(arguments + ["--json"]).output(store))
      let rows = try #require(document["rows"] as? [[String: Any]])
      let held = rows.map { $0["held"] as? [String: Any] }
      #expect(held.map { $0?["baseline"] as? Int } == [nil, nil, 0, 1])
      #expect(held[2]?["verdict"] as? String == "better")
      #expect(held[2]?["moreSeeds"] as? Int == 0)
      // Two baselines, one verdict each.
      #expect(document["comparisons"] as? Int == 2 && document["method"] as? String == "pooled")
      #expect((document["possiblyBest"] as? [[String: Any]])?.isEmpty == false)
      #expect(text.contains("\n2 comparisons, whose intervals and verdicts hold together at 95 %"))
      let difference = try #require(held[2]?["difference"] as? [String: Any])
      #expect(Set(difference.keys) == ["mean", "halfWidth", "n"])
      #expect(code { try CompareCommand.parse(["demo", "--baseline", "x"]).output(store) } == 65)
      #expect(
        code { try CompareCommand.parse(["demo", "--goal", "minimize"]).output(store) } == 64)
      #expect(
        code {
          try CompareCommand.parse(["demo", "--baseline", "fp32", "--goal", "x"]).output(store)
        }
          == 64)
    }
  }

  /// Of the last setting one run has finished, one failed and one never began.
  @Test func aRowWithoutADifferenceSaysWhy() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder, incidents: true)
      func line(_ number: Int, baseline: String) throws -> Substring {
        try CompareCommand.parse([
          "demo", "--baseline", baseline, "--metric", "eval/loss", "--csv",
        ]).output(store).split(separator: "\n")[number]
      }
      try store.remove([ids[9]])
      #expect(
        try line(4, baseline: "linear").hasPrefix(#""cosine","bf16",,,,,"not finished",,0,1,1"#))
      try store.remove([ids[11]])
      #expect(try line(4, baseline: "linear").hasPrefix(#""cosine","bf16",,,,,"failed",,0,0,1"#))
      let held = try line(2, baseline: "cosine")
      #expect(
        held.hasPrefix(#""linear","bf16","#) && held.contains(#",,,"baseline failed",,3,0,0"#))
    }
  }

  @Test func compareOnlySomeRuns() throws {
    try withDemo { store in
      let some = try CompareCommand.parse([
        "demo", "--where", "training.precision == 'fp32'", "--metric", "eval/loss",
      ]).output(store)
      #expect(
        some == """
          diffusion.schedule.kind        eval/loss  n  missing  failed
          linear                   0.1012 ± 0.0016  3        0       0
          cosine                   0.1118 ± 0.0016  3        0       0

          """)
      let all = try CompareCommand.parse([
        "--where", "experiment == 'demo' and training.precision == 'fp32'", "--metric", "eval/loss",
      ]).output(store)
      #expect(all == some)
      #expect(code { try CompareCommand.parse(["demo", "--where", "x > 1"]).output(store) } == 65)
    }
  }

  @Test func runsAreAskedForByExpressions() throws {
    try withDemo { store in
      try store.addTags(["keep", "x"], run: ids[0])
      func list(_ arguments: String...) throws -> [String] {
        try RunsCommand.parse(arguments).output(store).split(separator: "\n").map(String.init)
      }
      let condition = #"training.precision == "bf16" and min("eval/loss") > 0.105 or tag == "keep""#
      let chosen = try list("--where", condition, "--columns", "id")
      #expect(
        Set(chosen.dropFirst()) == Set(([0] + [9, 10, 11]).map { String(ids[$0].prefix(8)) }))
      #expect(try list("--tag", "keep", "--tag", "x").count == 2)
      #expect(try list("--tag", "keep", "--tag", "y").count == 1)
      #expect(try list("--limit", "3").count == 4)
      let sorted = try list(
        "--sort", #"0 - min("train/loss")"#, "--limit", "1", "--columns",
        #"label, max("train/loss"), training.precision,training.batch * 2"#)
      #expect(sorted[0].split(separator: " ").last == "2")
      let lowest = try store.runs().max {
        ($0.metrics["train/loss"]?.min ?? 0) < ($1.metrics["train/loss"]?.min ?? 0)
      }
      let parts = sorted[1].split(separator: " ").map(String.init)
      #expect(parts.first == lowest?.label)
      #expect(parts[1] == NumberText.value(lowest?.metrics["train/loss"]?.max ?? 0))
      #expect(parts.last == "128")
      let plain = try list()
      #expect(plain[0].contains("  tags  ") && plain[1].contains("  keep, x  "))
      for arguments in [
        ["--columns", "nothing"], ["--sort", "1 +"], ["--sort", "42"],
        ["--where", "min('train/los') < 1"],
      ] {
        #expect(code { try RunsCommand.parse(arguments).output(store) } == 65, "\(arguments)")
      }
      #expect(code { try RunsCommand.parse(["--limit", "-1"]).output(store) } == 64)
      #expect(code { try RunsCommand.parse(["--columns", ","]).output(store) } == 64)
    }
  }

  @Test func columnsAreSplitOutsideBracketsAndQuotes() {
    #expect(
      RunsCommand.split(#" id, min("a,b") ,(x, y),'p,q' ,"#)
        == ["id", #"min("a,b")"#, "(x, y)", "'p,q'"])
  }

  @Test func bestTellsTheWinnerAndHowSureThatIs() throws {
    try withDemo { store in
      let text = try BestCommand.parse(["demo"]).output(store)
      #expect(
        text.hasPrefix("cosine · fp32 is best in eval/frechet_pca64: 8.3 ± 1.2,"))
      #expect(text.contains("Not decided: ") || text.contains("Decided: "))
      #expect(text.contains("\nsetting                  winner     runner-up\n"))
      let document = try object(BestCommand.parse(["demo", "--json"]).output(store))
      #expect(
        Set(document.keys) == [
          "experiment", "objective", "winner", "runnerUp", "difference", "verdict", "moreSeeds",
          "decided", "unfinished", "run", "command", "tied", "notComparable", "possiblyBest",
          "comparisons", "method",
        ])
      #expect(document["comparisons"] as? Int == 3 && document["method"] as? String == "pooled")
      let candidates = try #require(document["possiblyBest"] as? [[String: Any]])
      #expect(candidates.first { $0["label"] as? String == "cosine · fp32" } != nil)
      #expect(document["decided"] as? Bool == (candidates.count == 1))
      #expect(
        text.replacing("\n", with: " ")
          .contains("3 comparisons, whose intervals and verdicts hold together"))
      let run = try #require(document["run"] as? String)
      #expect(text.contains("  workbench sample \(run.prefix(12)) -o best.png\n"))
      #expect(code { try BestCommand.parse(["none"]).output(store) } == 66)
    }
  }

  /// Seeds of one setting: the experiment's name, and nothing that it is the best of.
  @Test func oneSettingIsNotTheBest() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      try store.remove(Array(ids.dropFirst(3)))
      let text = try BestCommand.parse(["demo"]).output(store)
      #expect(text.hasPrefix("One setting, so nothing to compare: eval/frechet_pca64 "))
      #expect(text.contains(" (3 seeds, 95 %") && !text.contains("is best"))
      let best = try object(BestCommand.parse(["demo", "--json"]).output(store))
      #expect((best["winner"] as? [String: Any])?["label"] as? String == "demo")
      #expect(best["run"] is String)
      let table = try CompareCommand.parse(["demo", "--csv"]).output(store)
      #expect(table.contains("\"experiment\",") && table.contains("\"demo\","))
    }
  }

  @Test func whyAnswersAndDrawsADifference() throws {
    try withDemo { store in
      let path = store.folder + "/why.png"
      let text = try WhyCommand.parse([ids[0], ids[6], "-o", path]).output(store)
      #expect(text.contains("\na  \(ids[0].prefix(8))  demo/") && text.contains("\nSettings\n"))
      #expect(text.contains("\nOutcome\n") && text.contains("\nPictures\n  samples: at most "))
      let bytes = try #require(FileManager.default.contents(atPath: path))
      let sheet = try Image(png: [UInt8](bytes), name: path)
      // Two pictures of 96 and their map, side by side.
      #expect(sheet.width >= 3 * 96 && sheet.height >= 64)
      let document = try object(
        WhyCommand.parse([ids[0], ids[6], "--json"]).output(store))
      #expect((document["answer"] as? String)?.contains("did better than") == true)
      #expect(document["picture"] is NSNull)
      #expect((document["difference"] as? [String: Any])?["settings"] != nil)
      #expect(code { try WhyCommand.parse([ids[0], "none"]).output(store) } == 66)
      #expect(code { try WhyCommand.parse([ids[0], ids[1], "--metric", "x"]).output(store) } == 65)
      let nowhere = store.folder + "/none/why.png"
      #expect(code { try WhyCommand.parse([ids[0], ids[6], "-o", nowhere]).output(store) } == 73)
      #expect(!FileManager.default.fileExists(atPath: store.folder + "/none"))
      let blocked = store.databasePath + "/x.png"
      #expect(code { try WhyCommand.parse([ids[0], ids[6], "-o", blocked]).output(store) } == 73)
    }
  }

  @Test func pinRemoveRestoreAndCollect() throws {
    try withDemo { store in
      let first = String(ids[0].prefix(8))
      #expect(try PinCommand.parse([first]).output(store).contains(first))
      #expect(try ShowCommand.parse([first]).output(store).contains("\npinned      2026-"))
      #expect(try RunsCommand.parse([]).output(store).contains("finished (pinned)"))
      #expect(code { try RmCommand.parse([first]).output(store) } == 65)
      #expect(try UnpinCommand.parse([first]).output(store) == "")
      let removed = try RmCommand.parse(["--where", "training.seed == 0"]).output(store)
      #expect(removed.split(separator: "\n").count == 5)
      #expect(try RunsCommand.parse([]).output(store).split(separator: "\n").count == 9)
      let list = try RunsCommand.parse(["--deleted"]).output(store)
      #expect(list.split(separator: "\n").count == 5 && list.contains("  deleted "))
      #expect(code { try ShowCommand.parse([first]).output(store) } == 66)
      let again = try RestoreCommand.parse([first]).output(store)
      #expect(again.hasPrefix("restored  run") && again.contains(first))
      #expect(code { try RestoreCommand.parse([first]).output(store) } == 66)

      let plan = try object(GcCommand.parse(["--dry-run", "--json"]).output(store))
      #expect((plan["items"] as? [[String: Any]])?.count { $0["kind"] as? String == "run" } == 3)
      #expect(try GcCommand.parse(["--dry-run"]).output(store).contains("\nwould remove "))
      #expect(try GcCommand.parse([]).output(store).contains("\nremoved "))
      #expect(try GcCommand.parse([]).output(store) == "nothing to remove\n")
      #expect(try RunsCommand.parse(["--deleted"]).output(store).split(separator: "\n").count == 1)
      #expect(code { try RmCommand.parse([]).output(store) } == 64)
      #expect(code { try RmCommand.parse([first, "--where", "seed == 1"]).output(store) } == 64)
    }
  }

  @Test func notesAreTakenAwayAndTagsCounted() throws {
    try withDemo { store in
      _ = try NoteCommand.parse(["last", "one"]).output(store)
      _ = try NoteCommand.parse(["last", "two"]).output(store)
      let left = try NoteCommand.parse(["last", "--remove", "1"]).output(store)
      #expect(left.hasSuffix("Z  two\n") && !left.contains("one"))
      #expect(code { try NoteCommand.parse(["last", "--remove", "2"]).output(store) } == 66)
      for id in ids.prefix(3) { try store.addTags(["good"], run: id) }
      #expect(try TagCommand.parse([]).output(store) == "tag   runs\ngood     3\n")
    }
  }

  /// `run` brings a deleted run of its plan back without doing it again.
  @Test func aDeletedRunOfThePlanComesBack() throws {
    let place = try Workplace()
    try place.run()
    let run = try #require(try place.runs().first)
    let attempts = try place.store().attempts(run: run.id).count
    try place.workbench("rm", String(run.id.prefix(10)))
    #expect(try place.runs().isEmpty)
    let plan = try place.workbench("plan", place.file)
    #expect(plan.contains("deleted; 'workbench run' restores it"))
    try place.run()
    #expect(try place.runs().map(\.id) == [run.id])
    #expect(try place.store().attempts(run: run.id).count == attempts)
    // After gc it is done anew.
    try place.workbench("rm", String(run.id.prefix(10)))
    try place.workbench("gc")
    try place.run()
    let anew = try #require(try place.runs().first)
    #expect(anew.id == run.id && anew.created > run.created && anew.state == .finished)
  }
}
