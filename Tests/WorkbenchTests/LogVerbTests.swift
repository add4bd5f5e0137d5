import Foundation
import Store
import TestSupport
import Testing
import Values

/// `log`: a run of what another program prints.
@Suite struct LogVerbTests {
  /// A pipe with a name, which a test writes and the program reads.
  private final class Pipe {
    let path: String
    private var descriptor: Int32 = -1

    init(_ folder: TemporaryFolder) throws {
      path = folder.path + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
    }

    /// Waits for the reader.
    func open() throws {
      descriptor = Foundation.open(path, O_WRONLY)
      try #require(descriptor >= 0)
    }

    func write(_ text: String) throws {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        try #require(count > 0)
        rest = rest.dropFirst(count)
      }
    }

    func close() {
      if descriptor >= 0 { Foundation.close(descriptor) }
      descriptor = -1
    }

    deinit { close() }
  }

  /// Starts `log` with a file's lines; what pictures are called is looked for beside it.
  private func start(
    _ place: Workplace, from path: String, _ arguments: [String]
  ) throws -> WorkbenchProcess {
    try place.start(
      ["log"] + arguments, environment: ["INPUT": path],
      shell: "cd '\(place.path)' && exec \"$@\" < \"$INPUT\"")
  }

  private func log(
    _ place: Workplace, _ text: String, _ arguments: String...
  ) throws -> WorkbenchProcess.Ending {
    let path = try place.folder.write(Array(text.utf8), "lines-\(UUID().uuidString)")
    return try start(place, from: path, arguments).wait()
  }

  private func theRun(_ place: Workplace, _ experiment: String = "base") throws -> RunSummary {
    try #require(try place.store().runs(experiment: experiment).first)
  }

  private static func text(_ steps: Range<Int>) -> String {
    steps.map { "{\"step\": \($0), \"loss\": \(1 / Double($0 + 1))}\n" }.joined()
  }

  /// Waits for something that another process does.
  private func wait(_ process: WorkbenchProcess, until isThere: () throws -> Bool) throws {
    while try !isThere() {
      try #require(process.isRunning, "it ended before")
      usleep(2000)
    }
  }

  // MARK: Names

  /// What is logged under the name of a setting, or of what a run has besides, is a curve all the same.
  @Test(arguments: ["lr", "seconds", " <b> "]) func aMetricOfASettingsName(name: String) throws {
    let place = try Workplace()
    let lines = (1...9).map { "{\"step\": \($0), \"\(name)\": \($0)}\n" }.joined()
    #expect(try log(place, lines, "base", "\(name)=0.5").code == 0)
    let picture = "\(place.path)/x.svg"
    let ending = try place.ending(of: "plot", "base", "y='\(name)'", "-o", picture)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(try String(contentsOfFile: picture, encoding: .utf8).contains("against training step"))
  }

  /// Of more settings than there are colours, those are drawn that have what is asked for.
  @Test func aMetricThatFewRunsHave() throws {
    let place = try Workplace()
    for number in 1...12 {
      let rare = number == 12 ? ", \"rare\": 7" : ""
      let line = "{\"step\": 1, \"loss\": \(number)\(rare)}\n"
      #expect(try log(place, line, "base", "x=\(number)", "--minimize", "loss").code == 0)
    }
    let picture = "\(place.path)/x.svg"
    let ending = try place.ending(
      of: "plot", "base", "y=rare", "color=setting", "-o", picture)
    #expect(ending.code == 0 && ending.output.contains("11 runs have no rare"), "\(ending)")
    let all = try place.ending(of: "plot", "base", "y=loss", "color=setting", "-o", picture)
    #expect(all.output.contains("The best 10 of 12 settings"), "\(all)")
  }

  // MARK: From beginning to end

  @Test func linesBecomeARun() throws {
    let place = try Workplace()
    try place.folder.write(tinyPNG(width: 8, height: 8) { x, y in UInt8(16 * x + y) }, "out/5.png")
    let ending = try log(
      place,
      """
      Epoch 1
      {"step": 5, "train/loss": 0.5, "val": {"acc": NaN}, "samples": "out/5.png"}

      {"step": 6, "train/loss": 0.25, "note": "text"}
      {"step": "six"}
      """, "base", "lr=1e-3", "seed=3", "amp=True", "name=unet")
    #expect(ending.code == 0)
    let run = try theRun(place)
    let short = run.id.prefix(8)
    let label = "lr=0.001,seed=3,amp=true,name=unet"
    #expect(
      ending.output == "base/\(label) (\(short)): finished, 5 lines, 3 points, 1 picture\n")
    #expect(
      ending.errors == """
        base/\(label) (\(short)): begins
        standard input, line 1: no JSON, from byte 1 on; left out
        standard input, line 5: the step ('step') is "six", and a whole number is expected; left out
        note: texts, left out: 1
        note: lines that are no JSON objects with a whole step, left out: 2

        """)
    #expect(run.state == .finished && run.seed == 3 && run.step == 6)
    #expect(run.metrics["train/loss"]?.last == 0.25 && run.metrics["val/acc"]?.nanCount == 1)
    #expect(try place.workbench("artifacts", "base/\(label)").contains("samples-00000005.png"))
    #expect(try place.workbench("logs", "base/\(label)").contains("warning: texts, left out: 1"))
    let list = try place.workbench(
      "runs", "base", "--where", "source == 'log' and lr < 0.01 and amp == true", "--columns",
      "label, name, seed", "--csv")
    #expect(list == "\"label\",\"name\",\"seed\"\n\"\(label)\",\"unet\",3\n")
    let sample = try place.ending(of: "sample", "base/\(label)", "-o", "\(place.path)/x.png")
    #expect(
      sample.code == 66 && sample.errors.contains("was logged by another program"),
      "\(sample.errors)")
    let doctor = try place.ending(of: "doctor")
    #expect(doctor.code == 0, "\(doctor.output)")
  }

  @Test func aNameGoesOnAndIsToldAsJSON() throws {
    let place = try Workplace()
    for (range, count) in [(0..<10, 10), (5..<15, 15), (0..<15, 15)] {
      let ending = try log(place, Self.text(range), "base", "--run", "a", "--json")
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any])
      #expect(document["label"] as? String == "a" && document["state"] as? String == "finished")
      #expect(document["lines"] as? Int == range.count && document["points"] as? Int == range.count)
      #expect(document["id"] as? String == (try theRun(place).id))
      #expect(try theRun(place).metrics["loss"]?.count == count)
    }
    #expect(try place.store().runs(experiment: "base").count == 1)
  }

  @Test func linesThatAreNoneCanBeRefused() throws {
    let place = try Workplace()
    let ending = try log(
      place, Self.text(0..<3) + "Traceback\n" + Self.text(3..<5), "base", "--on-error", "refuse")
    #expect(ending.code == 65)
    #expect(
      ending.errors.hasSuffix(
        "error: standard input, line 4: no JSON, from byte 1 on; what came before is kept, and --on-error skip "
          + "leaves such lines out\n"), "\(ending.errors)")
    let run = try theRun(place)
    #expect(run.state == .failed && run.metrics["loss"]?.count == 3)
    #expect(run.error?.hasPrefix("standard input, line 4: no JSON") == true)
  }

  @Test func onlySomeMalformedLinesAreTold() throws {
    let place = try Workplace()
    let prints = (0..<50).map { "print \($0)\u{1B}[31m\n" }.joined()
    let ending = try log(place, prints + Self.text(0..<1), "base")
    #expect(ending.errors.split(separator: "\n").count == 1 + 5 + 1)
    #expect(ending.errors.contains("left out: 50\n"))
    let echo = try log(place, prints + Self.text(0..<1), "base", "--echo")
    #expect(echo.errors.contains("\nprint 0[31m\nprint 1[31m\n") && !echo.errors.contains("\u{1B}"))
    #expect(echo.output.hasSuffix("finished, 51 lines, 1 point\n"))
  }

  @Test func hostileNamesAreShownAsText() throws {
    let place = try Workplace()
    let ending = try log(
      place, "{\"step\":0,\"\\u001b[2Jloss\":1}\n", "base", "--run", "\u{1B}[31mred\u{202E}",
      "k\u{7}=\u{1B}[0m")
    #expect(ending.code == 0)
    let texts = [
      ending.output, ending.errors, try place.workbench("runs", "base"),
      try place.workbench("show", String(theRun(place).id.prefix(8))),
      try place.workbench("compare", "base"),
      try place.ending(of: "report", "base", "-o", place.reports).errors,
    ]
    for text in texts {
      #expect(!text.unicodeScalars.contains { ["\u{1B}", "\u{7}", "\u{202E}"].contains($0) })
    }
    #expect(try theRun(place).label == "\u{1B}[31mred\u{202E}")
  }

  @Test func wrongUse() throws {
    let place = try Workplace()
    for (arguments, message) in [
      (["a/b"], "a name cannot hold"), (["base", "lr"], "key=value"),
      (["base", "=1"], "key=value"),
      (["base", "a=1", "a=2"], "set twice"), (["base", "--run", ""], "empty"),
      (["base", "--ack", "--json"], "Choose one"),
      (["base", "--minimize", "a", "--maximize", "b"], "not both"),
    ] {
      let ending = try place.start(["log"] + arguments).wait()
      #expect(ending.code == 64 && ending.errors.contains(message), "\(ending.errors)")
    }
    let seed = try log(place, "{}", "base", "lr=1", "--seed", "sed")
    #expect(seed.code == 65 && seed.errors.contains("'sed'"), "\(seed.errors)")
    #expect(try place.store().runs().isEmpty, "nothing is begun")
  }

  @Test func settingsAndSeedsAreComparedPlottedAndClaimed() throws {
    let place = try Workplace()
    for (rate, offset) in [("0.1", 0.0), ("0.01", 1.0)] {
      for seed in 0..<3 {
        let loss = offset + 0.25 * Double(seed)
        let ending = try log(
          place, "{\"step\":0,\"loss\":9}\n{\"step\":1,\"loss\":\(loss)}\n", "base", "lr=\(rate)",
          "seed=\(seed)", "--minimize", "loss")
        #expect(ending.code == 0, "\(ending.errors)")
      }
    }
    let document = try place.json("compare", "base") as? [String: Any]
    let rows = try #require(document?["rows"] as? [[String: Any]])
    #expect(document?["settings"] as? [String] == ["lr"])
    #expect(rows.count == 2 && rows.allSatisfy { $0["n"] as? Int == 3 })
    let means = rows.map { row in
      let metrics = row["metrics"] as? [String: [String: Any]]
      return metrics?["loss"]?["mean"] as? Double
    }
    #expect(Set(means) == [0.25, 1.25])
    let best = try place.workbench("best", "base")
    #expect(best.contains("lr=0.1 is best"), "\(best)")
    try place.workbench("plot", "base", "x=lr", "y=loss", "-o", "\(place.path)/plot.svg")
    #expect(try String(decoding: place.contents("plot.svg"), as: UTF8.self).contains("</svg>"))
    let notebook = """
      ---
      workbench: 1
      name: base
      imported: {settings: [lr], metrics: [loss]}
      objective: {metric: loss, goal: minimize}
      ---
      ```{assert}
      mean("loss" where lr == 0.1) < mean("loss" where lr == 0.01)
      ```

      """
    let path = try place.folder.write(Array(notebook.utf8), "base.md")
    let report = try place.workbench("report", path, "-o", place.reports, "--check")
    #expect(report.hasPrefix("HOLDS: "), "\(report)")
  }

  // MARK: While it goes on

  @Test func aRunIsSeenWhileItsPipeIsOpen() throws {
    let place = try Workplace()
    let pipe = try Pipe(place.folder)
    let process = try start(place, from: pipe.path, ["base", "--run", "a", "--ack"])
    try pipe.open()
    try pipe.write(Self.text(0..<3))
    try wait(process) { process.output == "3\n" }
    #expect(try place.workbench("runs", "base", "--csv").contains("\"running\",2"))
    let second = try log(place, Self.text(0..<1), "base", "--run", "a")
    #expect(second.code == 75, "\(second.errors)")
    // Half a line is none yet.
    try pipe.write("{\"step\": 3, \"loss\":")
    try pipe.write(" 7}\nnot JSON\n")
    try wait(process) { process.output.hasSuffix("\n5\n") }
    #expect(try theRun(place).metrics["loss"]?.last == 7)
    pipe.close()
    let ending = process.wait()
    #expect(ending.code == 0 && ending.output.hasSuffix("\n5\n"))
    #expect(ending.errors.hasSuffix("finished, 5 lines, 4 points\n"), "\(ending.errors)")
    #expect(try theRun(place).state == .finished)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsItWithWhatIsInThePipe(signal: Int32) throws {
    let place = try Workplace()
    let pipe = try Pipe(place.folder)
    let process = try start(place, from: pipe.path, ["base"])
    try pipe.open()
    try pipe.write(Self.text(0..<10))
    try wait(process) {
      (try? place.store().runs(experiment: "base").first?.metrics["loss"]?.count) == 10
    }
    process.send(SIGSTOP)
    try pipe.write(Self.text(10..<20))
    process.send(signal)
    process.send(SIGCONT)
    let ending = process.wait()
    #expect(ending.code == 128 + Int(signal) && !ending.isSignalled)
    let run = try theRun(place)
    #expect(run.state == .interrupted && run.metrics["loss"]?.count == 20)
    #expect(ending.output.contains("interrupted, 20 lines, 20 points"))
  }

  /// Wherever it is killed: each line up to the last that it acknowledged is there, and a second writing of all makes it whole.
  @Test(arguments: [1, 2, 4, 7])
  func killed(acknowledgements: Int) throws {
    let place = try Workplace()
    let count = 400_000
    let path = try place.folder.write(Array(Self.text(0..<count).utf8), "lines")
    let process = try start(place, from: path, ["base", "--run", "a", "--ack"])
    try wait(process) { process.output.split(separator: "\n").count >= acknowledgements }
    usleep(UInt32.random(in: 0..<20_000))
    process.send(SIGKILL)
    let ending = process.wait()
    let numbers = try ending.output.split(separator: "\n").map { try #require(Int($0)) }
    #expect(numbers == numbers.sorted())
    let acknowledged = try #require(numbers.last)
    #expect(ending.isSignalled && acknowledged < count)
    let store = try place.store()
    try store.markCrashedRuns()
    let run = try theRun(place)
    #expect(run.state == .crashed)
    func expectLines() throws -> Int {
      let loss = try store.history(run: run.id, metric: "loss")
      #expect(loss.steps == Array(loss.steps.indices), "each once, none between them missing")
      #expect(
        zip(loss.steps, loss.values).allSatisfy { $1 == 1 / Double($0 + 1) }, "as they were")
      #expect(try theRun(place).metrics["loss"]?.count == loss.steps.count)
      return loss.steps.count
    }
    #expect(try expectLines() >= acknowledged)
    // From the last line that was acknowledged.
    let rest = try place.folder.write(Array(Self.text(acknowledged..<count).utf8), "rest")
    #expect(try start(place, from: rest, ["base", "--run", "a"]).wait().code == 0)
    #expect(try expectLines() == count)
  }
}
